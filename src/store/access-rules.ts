import type { Queryable } from '../db/database.ts'
import { arrayLiteral } from '../db/array-literal.ts'
import type { AccessRules, ConsentRule } from './rows.ts'

/**
 * Replaces what resources said about access before with what they say now, in the transaction that
 * writes them. The gate opens for the tenants in the row's `audience`, so the row must be written
 * first.
 */
export const replaceAccessRules = async (
  transaction: Queryable,
  rules: readonly AccessRules[],
): Promise<void> => {
  if (rules.length === 0) return
  const keys = rules.map(rule => rule.key)
  await transaction.query({
    name: 'access-rules-gone',
    text: `with gates as (delete from consultation_gate where service_request = any($1::bigint[])),
        consents as (delete from consent_rule where consent = any($1::bigint[]))
      delete from actor_membership where source = any($1::bigint[])`,
    values: [keys],
  })
  await openGates(transaction, rules)
  await insertConsentRules(transaction, rules)
  await insertMemberships(transaction, rules)
  await endDisputed(transaction, rules)
}

/** What a disputed review is about is shut; the owner of the grant must be that of the review. */
const endDisputed = async (
  transaction: Queryable,
  rules: readonly AccessRules[],
): Promise<void> => {
  const disputes = rules.filter(({ isDispute }) => isDispute).map(({ key }) => key)
  if (disputes.length === 0) return
  await transaction.query({
    name: 'access-rules-disputes',
    text: `update break_glass b set disputed = true from resource r
      where b.task = any($1::bigint[]) and r.key = b.task and r.owner = b.owner`,
    values: [disputes],
  })
}

const openGates = async (transaction: Queryable, rules: readonly AccessRules[]): Promise<void> => {
  const gates = rules.flatMap(({ key, gate }) => (gate === null ? [] : [{ key, ...gate }]))
  if (gates.length === 0) return
  await transaction.query({
    name: 'access-rules-gates',
    text: `insert into consultation_gate (service_request, recipient, patient, owner, valid_from, valid_to, performers)
      select r.key, recipient, g.patient, r.owner, g.valid_from, g.valid_to, g.performers::bigint[]
      from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[])
        as g(key, patient, valid_from, valid_to, performers)
      join resource r using (key) cross join unnest(r.audience) as recipient`,
    values: [
      gates.map(gate => gate.key),
      gates.map(gate => gate.patient),
      gates.map(gate => gate.from),
      gates.map(gate => gate.to),
      gates.map(gate => arrayLiteral(gate.performers)),
    ],
  })
}

type Provision = ConsentRule & { readonly key: bigint; readonly ordinal: number }

const lists = (name: keyof Provision) => (provision: Provision) =>
  arrayLiteral(provision[name] as readonly (bigint | number | string)[] | null)

/** The columns of `consent_rule`, what they are sent as and cast to, and where they come from. */
const consentColumns: readonly {
  readonly name: string
  readonly sent: string
  readonly cast?: string
  readonly valueOf: (provision: Provision) => unknown
}[] = [
  { name: 'consent', sent: 'bigint', valueOf: ({ key }) => key },
  { name: 'ordinal', sent: 'smallint', valueOf: ({ ordinal }) => ordinal },
  { name: 'patient', sent: 'bigint', valueOf: ({ patient }) => patient },
  { name: 'kind', sent: 'text', cast: '"char"', valueOf: ({ kind }) => kind },
  { name: 'parent', sent: 'smallint', valueOf: ({ parent }) => parent },
  { name: 'counts', sent: 'boolean', valueOf: ({ counts }) => counts },
  { name: 'opt_in', sent: 'boolean', valueOf: ({ optIn }) => optIn },
  { name: 'valid_from', sent: 'timestamptz', valueOf: ({ from }) => from },
  { name: 'valid_to', sent: 'timestamptz', valueOf: ({ to }) => to },
  { name: 'confidentiality', sent: 'smallint', valueOf: rule => rule.confidentiality },
  { name: 'date_low', sent: 'timestamptz', valueOf: ({ dateLow }) => dateLow },
  { name: 'date_high', sent: 'timestamptz', valueOf: ({ dateHigh }) => dateHigh },
  { name: 'purposes', sent: 'text', cast: 'text[]', valueOf: lists('purposes') },
  { name: 'types', sent: 'text', cast: 'smallint[]', valueOf: lists('types') },
  ...(
    [
      ...(['actors', 'classes', 'codes', 'labels', 'instances', 'related', 'referring'] as const),
      ...(['dataAuthors', 'authors'] as const),
    ] as const
  ).map(member => ({
    name: member === 'dataAuthors' ? 'data_authors' : member,
    sent: 'text',
    cast: 'bigint[]',
    valueOf: lists(member),
  })),
]

const consentText = `insert into consent_rule (owner, ${consentColumns.map(({ name }) => name).join(', ')})
  select r.owner, ${consentColumns.map(({ name, cast }) => `p.${name}${cast === undefined ? '' : `::${cast}`}`).join(', ')}
  from unnest(${consentColumns.map(({ sent }, at) => `$${at + 1}::${sent}[]`).join(', ')})
    as p(${consentColumns.map(({ name }) => name).join(', ')})
  join resource r on r.key = p.consent`

const insertConsentRules = async (
  transaction: Queryable,
  rules: readonly AccessRules[],
): Promise<void> => {
  const provisions = rules.flatMap(({ key, consent }) =>
    consent.map((rule, ordinal) => ({ key, ordinal, ...rule })),
  )
  if (provisions.length === 0) return
  await transaction.query({
    name: 'access-rules-consents',
    text: consentText,
    values: consentColumns.map(({ valueOf }) => provisions.map(valueOf)),
  })
}

const insertMemberships = async (
  transaction: Queryable,
  rules: readonly AccessRules[],
): Promise<void> => {
  const memberships = rules.flatMap(({ key, memberships: list }) =>
    list.map(membership => ({ key, ...membership })),
  )
  if (memberships.length === 0) return
  await transaction.query({
    name: 'access-rules-memberships',
    text: `insert into actor_membership (source, owner, member, actor, valid_from, valid_to)
      select r.key, r.owner, m.member, m.actor, m.valid_from, m.valid_to
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
        as m(key, member, actor, valid_from, valid_to)
      join resource r using (key)
      on conflict do nothing`,
    values: [
      memberships.map(membership => membership.key),
      memberships.map(membership => membership.member),
      memberships.map(membership => membership.actor),
      memberships.map(membership => membership.from),
      memberships.map(membership => membership.to),
    ],
  })
}
