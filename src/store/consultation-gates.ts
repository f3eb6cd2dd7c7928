import type { Queryable } from '../db/database.ts'

/** In which states of a consultation the records are open, and in which they were until the end. */
export interface GateStates {
  readonly open: readonly string[]
  readonly ended: readonly string[]
}

/**
 * Makes the gates of requests follow the Tasks on them, in the transaction that writes either; a
 * request without a Task keeps the gate it opens by itself. Open from acceptance, to the experts who
 * are named; shut before and after, but for the days of grace that the owner grants after the end.
 */
export const followTasks = async (
  transaction: Queryable,
  requests: readonly bigint[],
  { open, ended }: GateStates,
): Promise<void> => {
  if (requests.length === 0) return
  await transaction.query({
    name: 'gates-shut',
    text: `delete from consultation_gate g
      where g.service_request = any($1::bigint[])
        and exists (select from consultation_task t where t.service_request = g.service_request)
        and not exists (select from consultation_task t where t.service_request = g.service_request
          and t.recipient = g.recipient and t.owner = g.owner and t.state = any($2::text[]))`,
    values: [requests, open],
  })
  await transaction.query({
    name: 'gates-narrow',
    text: `update consultation_gate g set valid_from = greatest(g.valid_from, a.opened), performers = a.performers
      from (select t.service_request, t.recipient, min(t.opened) as opened, array_agg(distinct p) as performers
        from consultation_task t cross join unnest(t.performers) p
        where t.service_request = any($1::bigint[]) and t.state = any($2::text[])
        group by t.service_request, t.recipient) a
      where g.service_request = a.service_request and g.recipient = a.recipient`,
    values: [requests, open],
  })
  await transaction.query({
    name: 'gates-grace',
    text: `insert into consultation_gate
        (service_request, recipient, patient, owner, valid_from, valid_to, performers)
      select distinct on (t.service_request, t.recipient)
        t.service_request, t.recipient, t.patient, t.owner, t.opened, t.ended, t.performers
      from consultation_task t
      where t.service_request = any($1::bigint[]) and t.state = any($2::text[]) and t.opened is not null
      order by t.service_request, t.recipient, t.ended desc
      on conflict do nothing`,
    values: [requests, ended],
  })
}
