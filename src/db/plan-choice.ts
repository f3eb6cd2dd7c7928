import type { PoolClient } from 'pg'
import type { Statement } from './database.ts'

const chosen = new WeakMap<PoolClient, Statement['plan']>()

/**
 * Sets how the connection plans prepared statements, if it is not set so already. It travels ahead of
 * the statement that wants it, without a round trip of its own. Not for an open transaction, whose
 * rollback would undo it.
 * @see https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
 */
export const choosePlan = (client: PoolClient, plan: Statement['plan']): void => {
  if (plan === undefined || (chosen.get(client) ?? 'by-values') === plan) return
  chosen.set(client, plan)
  const mode = plan === 'generic' ? 'force_generic_plan' : 'auto'
  // It fails only with the connection, and then the statement behind it tells.
  client.query(`set plan_cache_mode = ${mode}`).catch(() => {})
}
