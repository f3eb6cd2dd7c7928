import type { Queryable } from '../db/database.ts'
import { arrayLiteral } from './array-literal.ts'
import type { AccessRules } from './rows.ts'

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
}

const openGates = async (transaction: Queryable, rules: readonly AccessRules[]): Promise<void> => {
  const gates = rules.flatMap(({ key, gate }) => (gate === null ? [] : [{ key, ...gate }]))
  if (gates.length === 0) return
  await transaction.query({
    name: 'access-rules-gates',
    text: `insert into consultation_gate (service_request, recipient, patient, owner, valid_from, valid_to)
      select r.key, recipient, g.patient, r.owner, g.valid_from, g.valid_to
      from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) as g(key, patient, valid_from, valid_to)
      join resource r using (key) cross join unnest(r.audience) as recipient`,
    values: [
      gates.map(gate => gate.key),
      gates.map(gate => gate.patient),
      gates.map(gate => gate.from),
      gates.map(gate => gate.to),
    ],
  })
}

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
    text: `insert into consent_rule (consent, ordinal, patient, owner, kind, actors, purposes, types, valid_from, valid_to)
      select r.key, p.ordinal, p.patient, r.owner, p.kind::"char", p.actors::bigint[], p.purposes::text[],
        p.types::smallint[], p.valid_from, p.valid_to
      from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::timestamptz[])
        as p(key, ordinal, patient, kind, actors, purposes, types, valid_from, valid_to)
      join resource r using (key)`,
    values: [
      provisions.map(rule => rule.key),
      provisions.map(rule => rule.ordinal),
      provisions.map(rule => rule.patient),
      provisions.map(rule => rule.kind),
      provisions.map(rule => arrayLiteral(rule.actors)),
      provisions.map(rule => arrayLiteral(rule.purposes)),
      provisions.map(rule => arrayLiteral(rule.types)),
      provisions.map(rule => rule.from),
      provisions.map(rule => rule.to),
    ],
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
