import type { Queryable } from '../db/database.ts'

/** A hospital as an internal grant needs it. */
export interface ConsultationParty {
  readonly number: number
  readonly id: string
  readonly name: string
}

/** What is kept of a consultation beside its Task. */
export interface ConsultationRow {
  readonly state: string
  readonly owner: ConsultationParty
  readonly recipient: ConsultationParty
  /** Whether the person asked about is one of the experts, by name or by a role. */
  readonly isExpert: boolean
}

/** The consultation of a Task; undefined where the Task is none. `person` is the key of a Practitioner. */
export const readConsultation = async (
  queryable: Queryable,
  task: bigint,
  person: bigint | null,
): Promise<ConsultationRow | undefined> => {
  const [row] = await queryable.query<ConsultationRow>({
    name: 'consultation-read',
    text: `select t.state,
        jsonb_build_object('number', o.number, 'id', o.id, 'name', o.name) as owner,
        jsonb_build_object('number', p.number, 'id', p.id, 'name', p.name) as recipient,
        coalesce($2::bigint = any(t.performers) or exists (
          select from actor_membership m where m.member = $2::bigint and m.owner = t.recipient
            and m.actor = any(t.performers) and now() >= m.valid_from and now() < m.valid_to), false) as "isExpert"
      from consultation_task t
      join organization o on o.number = t.owner join organization p on p.number = t.recipient
      where t.task = $1::bigint`,
    values: [task, person],
  })
  return row
}

/** Whom the stored Task is addressed to: the hospitals of the Organization or person it names as owner. */
export const readAddressees = async (
  queryable: Queryable,
  task: bigint,
): Promise<readonly ConsultationParty[]> =>
  queryable.query<{ number: number; id: string; name: string }>({
    name: 'consultation-addressees',
    text: `select o.number, o.id, o.name from resource r join organization o on o.number = any(r.audience)
      where r.key = $1::bigint`,
    values: [task],
  })

/** A consultation as its Task says it now. */
export interface ConsultationChange {
  readonly task: bigint
  readonly request: bigint
  readonly patient: bigint
  readonly owner: number
  readonly recipient: number
  readonly state: string
  /** The records are open in this state. */
  readonly isOpen: boolean
  /** The opinion is signed. */
  readonly hasEnded: boolean
  readonly performers: readonly bigint[]
  /** The moment of the write. */
  readonly now: string
}

/** When it was accepted and when it ended stay as they were first said. */
export const writeConsultation = async (
  transaction: Queryable,
  change: ConsultationChange,
): Promise<void> => {
  const { task, request, patient, owner, recipient, state, isOpen, hasEnded } = change
  await transaction.query({
    name: 'consultation-write',
    text: `insert into consultation_task as t
        (task, service_request, owner, recipient, patient, state, performers, opened, ended)
      values ($1::bigint, $2::bigint, $3, $4, $5::bigint, $6, $7::bigint[],
        case when $8::boolean then $10::timestamptz end, case when $9::boolean then $10::timestamptz end)
      on conflict (task) do update set state = excluded.state, performers = excluded.performers,
        opened = coalesce(t.opened, excluded.opened),
        ended = case when $9::boolean then coalesce(t.ended, excluded.ended) end`,
    values: [
      ...[task, request, owner, recipient, patient, state],
      ...[`{${change.performers.join(',')}}`, isOpen, hasEnded, change.now],
    ],
  })
}

export const removeConsultations = async (
  transaction: Queryable,
  tasks: readonly bigint[],
): Promise<void> => {
  await transaction.query({
    name: 'consultation-remove',
    text: 'delete from consultation_task where task = any($1::bigint[])',
    values: [tasks],
  })
}

/** The Tasks about a patient that are in one of the states; with `request` those on it alone. */
export const listConsultations = async (
  queryable: Queryable,
  asked: {
    readonly request?: bigint
    readonly owner: number
    readonly patient: bigint
    readonly states: readonly string[]
  },
): Promise<readonly { readonly task: bigint; readonly id: string }[]> =>
  queryable.query({
    name: 'consultation-list',
    text: `select t.task, r.id from consultation_task t join resource r on r.key = t.task
      where t.owner = $1 and t.patient = $2::bigint and t.state = any($3::text[])
        and ($4::bigint is null or t.service_request = $4::bigint) order by t.task`,
    values: [asked.owner, asked.patient, asked.states, asked.request ?? null],
  })

/**
 * Whether a consent of the owner's is in force that may permit the hospital something for treatment. It
 * says that a consultation can begin, not what it opens: that is the predicate's to say.
 */
export const hasPermit = async (
  queryable: Queryable,
  asked: { readonly owner: number; readonly patient: bigint; readonly actors: readonly bigint[] },
): Promise<boolean> => {
  const [row] = await queryable.query<{ found: boolean }>({
    name: 'consultation-permit',
    text: `select exists (select from consent_rule c
        where c.owner = $1 and c.patient = $2::bigint and c.kind = 'P' and c.counts and c.parent is null
          and now() >= c.valid_from and now() < c.valid_to
          and (c.purposes is null or c.purposes && '{TREAT}')
          and (c.actors is null or c.actors && $3::bigint[])) as found`,
    values: [asked.owner, asked.patient, `{${asked.actors.join(',')}}`],
  })
  return row!.found
}
