import type { Statement } from '../db/database.ts'
import type { Address } from '../fhir/resource.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { labelledBy } from './assigned-labels.ts'
import { keyOf } from './hash.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'

/** The record whose rules are asked for; of this owner, or of any. */
export interface TraceQuestion extends Address {
  readonly owner: number | null
}

/** What a consent says about the record to the caller: permits, denies, or neither. */
export interface TracedConsent {
  readonly id: string
  readonly version: number
  readonly decision: -1 | 0 | 1
  /** Its provisions that apply to the caller at this moment, by their order in the tree, the root 0. */
  readonly provisions: readonly number[]
}

/** What decides about one patient whom the record names. */
export interface TracedPatient {
  /** Null where nobody keeps the Patient. */
  readonly id: string | null
  readonly consulted: boolean
  /** Consultations that are open to the caller's hospital at this moment. */
  readonly consultations: readonly { readonly id: string; readonly version: number }[]
  readonly consents: readonly TracedConsent[]
  /** What all of them come to: as for one, and 2 where nothing of the owner's is kept back. */
  readonly decision: -1 | 0 | 1 | 2
  /** Tasks by which the owner reviews what the caller has opened in an emergency. */
  readonly glasses: readonly string[]
}

/** A record, and the rules that decide about it for one caller. */
export interface TraceRow {
  readonly owner: number
  readonly owner_id: string
  readonly version: number
  readonly deleted: boolean
  readonly keys: readonly bigint[]
  /** The caller's hospital is among those it is addressed to, or whose request it answers. */
  readonly addressed: boolean
  readonly confidentiality: number
  readonly screened: boolean
  /** By the value sets in force. */
  readonly labelled: boolean
  readonly policy: {
    readonly default_policy: string
    readonly gate: string
    readonly gate_precision: string
    readonly honor_opt_in: boolean
    readonly grace_days: number
    readonly directed_exchange: boolean
  } | null
  readonly patients: readonly TracedPatient[]
}

const judged = 'r.type, r.key, r.facts, r.confidentiality, r.screened, r.date_low, r.date_high'

/** Consultations, consents and emergencies of the patient `n.key`, by the functions the predicate calls. */
const patientText = (caller: Sql, organization: Sql, actors: Sql): Sql => `select json_build_object(
  'id', (select p.id from resource p where p.key = n.key and p.owner = r.owner),
  'consulted', is_consulted(${organization}, ${actors}, n.key, r.owner),
  'consultations', (select coalesce(json_agg(json_build_object('id', s.id, 'version', s.version) order by s.id), '[]')
    from consultation_gate g join resource s on s.key = g.service_request
    where g.recipient = ${organization} and g.patient = n.key and g.owner = r.owner
      and now() >= g.valid_from and now() < g.valid_to),
  'consents', (select coalesce(json_agg(json_build_object('id', k.id, 'version', k.version,
      'decision', d.decision, 'provisions', d.provisions) order by k.id), '[]')
    from (
      select (c.node).consent as key, array_agg((c.node).ordinal order by (c.node).ordinal) as provisions,
        consent_decision(array_agg(c.node order by (c.node).ordinal), array_agg(c.certain order by (c.node).ordinal),
          r.key, r.type, r.facts, r.confidentiality, r.screened, r.date_low, r.date_high) as decision
      from live_provision(${caller}, array[n.key]) c where c.owner = r.owner group by (c.node).consent
    ) d join resource k on k.key = d.key),
  'decision', patient_decision(${caller}, n.key, r.owner, ${judged}),
  'glasses', (select coalesce(json_agg(t.id order by t.id), '[]')
    from break_glass b join resource t on t.key = b.task
    where b.person = any(${actors}) and b.organization = ${organization} and b.patient = n.key
      and b.owner = r.owner and now() >= b.valid_from and now() < b.valid_to and not b.disputed))`

/**
 * The rules about one record for the caller of the question, as one `TraceRow`; none when there is no
 * such record of that owner. Whether the caller sees it is not decided here: that is what a read says.
 */
export const compileTrace = ({ asked, visibility }: Permitted<TraceQuestion>): Statement => {
  const values = new Values()
  const key = values.bigint(keyOf(asked.resourceType, asked.id))
  const type = values.smallint(resourceTypeNumber(asked.resourceType)!)
  const organization = values.integer(visibility.organization)
  const actors = values.bigints(visibility.actors)
  const caller = [organization, actors, values.texts(visibility.purposes)].join(', ')
  const owner = asked.owner === null ? '' : ` and r.owner = ${values.integer(asked.owner)}`
  const text = `select r.owner, o.id as owner_id, r.version, r.deleted, n.keys,
  coalesce(${organization} = any(r.audience), false) as addressed, r.confidentiality, r.screened,
  ${values.bigint(labelledBy())} = any(r.facts) as labelled,
  (select to_json(p) from owner_policy p where p.owner = r.owner) as policy,
  (select coalesce(json_agg((${patientText(caller, organization, actors)})), '[]') from unnest(n.keys) n(key)) as patients
from resource r join organization o on o.number = r.owner
cross join lateral (select array_remove(array_append(r.other_patients, r.patient), null) as keys) n
where r.key = ${key} and r.type = ${type}${owner}`
  return statement('trace', text, values)
}
