import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values } from './statement-text.ts'

/** One disclosure of the caller's own hospital, of which is asked on what grounds it was. */
export interface Disclosed {
  /** When, ISO 8601 in UTC. */
  readonly recorded: string
  /** Number of the organization that asked. */
  readonly organization: number
  /** Keys of its Organization and, for a person, the Practitioner. */
  readonly actors: readonly bigint[]
}

/** Disclosures of the records of one patient. */
export interface GroundsQuestion {
  /** Key of the Patient. */
  readonly patient: bigint
  readonly disclosures: readonly Disclosed[]
}

/** A version of a consent about the patient, or of a request addressed to one of who asked. */
export interface PaperRow {
  readonly key: bigint
  readonly type: number
  readonly id: string
  readonly version: number
  readonly last_updated: string
  /** When the next version came; null for the current one. */
  readonly until: string | null
  readonly audience: number[] | null
  readonly content: Buffer
}

/** Papers and their versions looked at for one page; of more the latest. */
const papersMax = 2000
const versionsMax = 2000

/**
 * The versions of a patient's consents, and of requests that were addressed to somebody, that the caller's
 * hospital has filed, deleted ones included: `PaperRow`s, the latest first. Uses the
 * indexes `resource_patient` and `resource_deleted_paper`, and the primary key of `resource_version`.
 */
export const compilePapers = ({ asked, visibility }: Permitted<GroundsQuestion>): Statement => {
  const values = new Values()
  const [consent, request] = ['Consent', 'ServiceRequest'].map(type =>
    values.smallint(resourceTypeNumber(type)!),
  )
  const patient = values.bigint(asked.patient)
  const owner = values.integer(visibility.organization)
  const askers = values.integers([
    ...new Set(asked.disclosures.map(({ organization }) => organization)),
  ])
  const columns = 'key, type, id, version, deleted, last_updated, audience, content'
  const text = `with paper as materialized (
  select key from resource r
  where r.patient = ${patient} and r.type in (${consent}, ${request}) and r.owner = ${owner}
  order by last_updated desc limit ${papersMax}
)
select key, type, id, version, last_updated, until, audience, content from (
  select *, lead(last_updated) over (partition by key order by version) as until from (
    select ${columns} from resource where key = any(array(select key from paper))
    union all
    select ${columns} from resource_version where key = any(array(select key from paper))
  ) v
) w where not deleted and (type = ${consent} or audience && ${askers})
order by last_updated desc limit ${versionsMax}`
  return statement('papers', text, values)
}

/** In whose name each of who asked acted: rows of the place of a disclosure, and the keys. */
export const compileActing = ({ asked }: Permitted<GroundsQuestion>): Statement => {
  const values = new Values()
  const actors = asked.disclosures.flatMap(({ actors: keys }, place) =>
    keys.map(key => ({ key, place })),
  )
  const text = `with recursive asker as (
  select * from unnest(${values.integers(asked.disclosures.map(({ organization }) => organization))},
    ${values.times(asked.disclosures.map(({ recorded }) => recorded))}) with ordinality a(organization, recorded, place)
), acting(place, key) as (
  select * from unnest(${values.integers(actors.map(({ place }) => place + 1))}, ${values.bigints(actors.map(({ key }) => key))}) k(place, key)
  union
  select g.place, m.actor from acting g join asker a on a.place = g.place
  join actor_membership m on m.member = g.key and m.owner = a.organization
  where a.recorded >= m.valid_from and a.recorded < m.valid_to
)
select (place - 1)::integer as place, array_agg(key) as keys from acting group by place`
  return statement('acting', text, values)
}

/** The reviews of what was opened in an emergency: rows of the place of a disclosure, and ids of Tasks. */
export const compileGlasses = ({ asked, visibility }: Permitted<GroundsQuestion>): Statement => {
  const values = new Values()
  const actors = asked.disclosures.flatMap(({ actors: keys, recorded }, place) =>
    keys.map(key => ({ key, recorded, place })),
  )
  const text = `select a.place, array_agg(t.id order by t.id) as tasks
from unnest(${values.integers(actors.map(({ place }) => place))}, ${values.bigints(actors.map(({ key }) => key))},
  ${values.times(actors.map(({ recorded }) => recorded))}) a(place, key, recorded)
join break_glass b on b.person = a.key and a.recorded >= b.valid_from and a.recorded < b.valid_to
join resource t on t.key = b.task
where b.patient = ${values.bigint(asked.patient)} and b.owner = ${values.integer(visibility.organization)}
group by a.place`
  return statement('glasses', text, values)
}
