import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { conjuncts, criteriaSql, driverOf, identifyingAtMost } from './criterion-sql.ts'
import { withMerged, type MergedPatients } from './merged-patients.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import type { SearchQuery } from './tree.ts'
import { Guard } from './visible.ts'

/** Which resource some criteria mean: one, none, or not exactly one. */
export interface MatchQuestion {
  readonly query: SearchQuery
  /** Only the caller's own: for what will be written. Otherwise whatever is visible. */
  readonly isOwn: boolean
  /** How many are meant at most; one when left out. One more is given, to say that there are more. */
  readonly countMax?: number
}

const columns: Sql = `r.key, r.id, r.version, r.owner, r.deleted, r.last_updated as "lastUpdated", r.patient,
  r.other_patients as "otherPatients", r.content`

/**
 * The resources that meet the criteria, one more than are meant, own ones first. The restriction to own rows stands in
 * the statement, so that nothing of another tenant is met, counted or waited for. The rarest
 * criterion finds the rows, fenced by `offset 0` (see compile.ts): the index `resource_tokens` for
 * an identifier, with one plan for all values. A Patient that is named stands for those it has replaced,
 * too, as in a search.
 */
export const compileMatch = (
  { asked, visibility }: Permitted<MatchQuestion>,
  merged: MergedPatients | undefined,
): Statement => {
  const { isOwn, countMax = 1 } = asked
  const isWidened = merged !== undefined && merged.size > 0
  const query = isWidened ? withMerged(asked.query, merged) : asked.query
  const values = new Values()
  const guard = new Guard(visibility, values)
  const criteria = conjuncts(query.criteria)
  const [driver = 'true', ...others] = criteriaSql(criteria, 'r', { values, guard })
  const type = values.smallint(resourceTypeNumber(query.resourceType)!)
  const order = isOwn ? '' : `\norder by (${guard.own('r')}) desc`
  const isIdentified = driverOf(criteria).rarity <= identifyingAtMost
  const reach = isIdentified ? 'few' : 'any'
  const types = [query.resourceType]
  const permitted = isOwn ? guard.ownVisible('r', types) : guard.visible('r', types, reach)
  const ofType = `r.type = ${type}`
  // Tokens of an identifier are of one type already. Beside the driver the type would offer its own
  // index, which PostgreSQL walks in whole when it takes identifiers for frequent.
  const found = isIdentified ? [driver] : [ofType, driver]
  const kept = [...(isIdentified ? [ofType] : []), ...others, permitted]
  const body = `select ${columns}
from (select * from resource r where ${found.join(' and ')} and not r.deleted offset 0) r
where ${kept.join(' and ')}${order} limit ${countMax + 1}`
  const ctes = guard.ctes()
  const text = ctes.length === 0 ? body : `with ${ctes.join(',\n')}\n${body}`
  const one = statement('match', text, values)
  if (!isIdentified) return one
  const isShort = criteria.every(one => one.kind === 'match' && one.test.kind !== 'text')
  return { ...one, plan: 'generic', ...(isShort ? { isShort } : {}) }
}
