import type { Statement } from '../db/database.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'

/** Which rows of the audit trail are asked for. All of a list hold; within one, any of the values. */
export interface TrailQuestion {
  /** One row. */
  readonly number?: bigint
  /** Half-open ranges of the time recorded. */
  readonly times: readonly { readonly low: string; readonly high: string }[]
  /** Keys of Patients. */
  readonly patients: readonly (readonly bigint[])[]
  /** `Type/id` of what was disclosed or written. */
  readonly entities: readonly (readonly string[])[]
  /** Practitioners by id, or organizations by number. */
  readonly agents: readonly {
    readonly practitioners: readonly string[]
    readonly organizations: readonly number[]
  }[]
  readonly interactions: readonly (readonly string[])[]
  /** Codes of AuditEvent.outcome, each as a range of HTTP statuses. */
  readonly outcomes: readonly (readonly (readonly [from: number, to: number])[])[]
  /** Rows about the records of the caller's organization alone, by anybody else. */
  readonly isDisclosure: boolean
  readonly isAscending: boolean
  readonly count: number
}

/** Time and number of the last row shown. */
export type TrailPosition = readonly [recorded: string, number: string]

/** One row of the trail as its reader may know it. */
export interface TrailRow {
  readonly number: bigint
  /** ISO 8601 in UTC, with microseconds. */
  readonly recorded: string
  readonly request_id: string
  /** Whether it is about the reader's own records; of others only that it happened is told. */
  readonly own: boolean
  readonly cross_hospital: boolean
  readonly asker: string | null
  readonly asker_name: string | null
  readonly client: string | null
  readonly subject: string | null
  readonly practitioner: string | null
  readonly token_id: string | null
  readonly purpose: string | null
  readonly interaction: string
  readonly resource_type: string | null
  readonly outcome: number
  readonly detail: string | null
  readonly entities: readonly string[]
  readonly parameters: readonly string[] | null
  readonly address: string | null
  readonly occurrences: number
  /** What was refused, where it is the reader's own: number of the type in fhir/resource-types.ts, `/`, id. */
  readonly refused: string | null
  /** Ids of the Patients concerned that are the reader's own. */
  readonly patients: readonly { readonly key: string; readonly id: string }[]
}

/**
 * Rows about the caller's own records, and rows of the caller's own people about others' records; of
 * the latter nothing is asked or told that would say whose or which they were.
 */
const sources = (query: Permitted<TrailQuestion>, values: Values): readonly Sql[] => {
  const { asked, visibility } = query
  const organization = values.integer(visibility.organization)
  const isOwn = `e.owner = ${organization}`
  const isAbroad = `e.organization = ${organization} and e.owner <> e.organization`
  const isAboutContent = asked.patients.length > 0 || asked.entities.length > 0
  if (asked.isDisclosure) return [`${isOwn} and e.cross_hospital`]
  return isAboutContent ? [isOwn] : [isOwn, isAbroad]
}

const conditions = (asked: TrailQuestion, values: Values): readonly Sql[] => [
  ...(asked.number === undefined ? [] : [`e.number = ${values.bigint(asked.number)}`]),
  ...asked.times.map(
    ({ low, high }) => `e.recorded >= ${values.time(low)} and e.recorded < ${values.time(high)}`,
  ),
  ...asked.patients.map(keys => `e.patients && ${values.bigints(keys)}`),
  ...asked.entities.map(entities => `e.entities && ${values.texts(entities)}`),
  ...asked.agents.map(
    ({ practitioners, organizations }) =>
      `(e.practitioner = any(${values.texts(practitioners)}) or e.organization = any(${values.integers(organizations)}))`,
  ),
  ...asked.interactions.map(names => `e.interaction = any(${values.texts(names)})`),
  ...asked.outcomes.map(
    ranges =>
      `(${ranges.map(([from, to]) => `e.outcome between ${values.smallint(from)} and ${values.smallint(to)}`).join(' or ')})`,
  ),
]

const columns = [
  ...['number', 'request_id', 'cross_hospital', 'client', 'subject', 'practitioner', 'token_id'],
  ...['purpose', 'interaction', 'resource_type', 'outcome', 'detail', 'parameters', 'address'],
  'occurrences',
]
  .map(name => `e.${name}`)
  .join(', ')

/** One page of the trail, one row more than asked for where another follows. Gives `TrailRow`s. */
export const compileTrail = (
  query: Permitted<TrailQuestion>,
  position?: TrailPosition,
): Statement => {
  const { asked, visibility } = query
  const values = new Values()
  const direction = asked.isAscending ? '' : ' desc'
  const after =
    position === undefined
      ? []
      : [
          `(e.recorded, e.number) ${asked.isAscending ? '>' : '<'} (${values.time(position[0])}, ${values.bigint(BigInt(position[1]))})`,
        ]
  const rest = [...conditions(asked, values), ...after]
  const limit = values.integer(asked.count + 1)
  const order = `order by recorded${direction}, number${direction} limit ${limit}`
  const branches = sources(query, values).map(
    source => `(select e.* from audit_event e where ${[source, ...rest].join(' and ')} ${order})`,
  )
  const own = `e.owner = ${values.integer(visibility.organization)}`
  const text = `select ${columns},
  to_char(e.recorded at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded,
  ${own} as own, o.id as asker, o.name as asker_name,
  case when ${own} then e.entities else '{}' end as entities,
  (select f.type || '/' || f.id from resource f where f.key = e.target and f.owner = e.owner and ${own}) as refused,
  (select coalesce(json_agg(json_build_object('key', p.key::text, 'id', p.id)), '[]') from resource p
    where ${own} and p.key = any(e.patients) and p.owner = e.owner) as patients
from (select * from (${branches.join(' union all ')}) b ${order}) e
left join organization o on o.number = e.organization
order by e.recorded${direction}, e.number${direction}`
  return statement('trail', text, values)
}

/** How many rows there are in all, as one row with `total`. */
export const compileTrailTotal = (query: Permitted<TrailQuestion>): Statement => {
  const values = new Values()
  const branches = sources(query, values).map(
    source =>
      `(select count(*) from audit_event e where ${[source, ...conditions(query.asked, values)].join(' and ')})`,
  )
  return statement('trail-total', `select (${branches.join(' + ')})::integer as total`, values)
}
