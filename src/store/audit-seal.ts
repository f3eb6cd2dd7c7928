import type { Queryable } from '../db/database.ts'
import { VersionConflict } from '../fhir/errors.ts'

/** Milliseconds between two looks for what is to be sealed; older rows than that are sealed, as a rule. */
export const sealMilliseconds = 10_000
/** Rows of one seal at most. */
const sealRowsMax = 10_000
/** Seals of one look at most; a long backlog is sealed in several looks. */
const sealsMax = 100

/** Seals the audit trail from time to time, in one process of all at a time. */
export interface AuditSealer {
  /** Seals what there is and ends; no more afterwards. */
  stop(): Promise<void>
}

/**
 * Seals what has been committed so far: batches of rows, each seal with the one before. Gives the
 * number of rows; 0 also when another process is about it, or a long transaction still writes.
 */
export const sealAuditEvents = async (queryable: Queryable): Promise<number> => {
  const watermark = await watermarkOf(queryable)
  if (watermark === undefined) return 0
  let sealed = 0
  for (let seals = 0; seals < sealsMax; seals++) {
    const [row] = await queryable.query<{ rows: number | null }>({
      name: 'audit-seal',
      text: 'select seal_audit_events($1::bigint, $2::integer) as rows',
      values: [String(watermark), sealRowsMax],
    })
    sealed += row?.rows ?? 0
    if ((row?.rows ?? 0) < sealRowsMax) break
  }
  return sealed
}

/** Undefined when a running insert keeps it from being known in time. */
const watermarkOf = async (queryable: Queryable): Promise<bigint | undefined> => {
  try {
    const [row] = await queryable.query<{ watermark: bigint }>({
      name: 'audit-watermark',
      text: 'select audit_watermark() as watermark',
      values: [],
    })
    return row?.watermark
  } catch (error) {
    if (error instanceof VersionConflict) return undefined
    throw error
  }
}

/** Days before the end of a month at which the next one gets its partition. */
const aheadDays = 10

/** Makes partitions ahead, so that no request has to. */
const ensureMonthsAhead = (queryable: Queryable): Promise<unknown> =>
  queryable.query({
    name: 'audit-months-ahead',
    text: `select ensure_audit_month(now()), ensure_audit_month(now() + $1::integer * interval '1 day')`,
    values: [aheadDays],
  })

/** Starts sealing; `onFault` hears of failures, after which it goes on. */
export const startAuditSealer = (
  queryable: Queryable,
  onFault: (error: unknown) => void,
): AuditSealer => {
  let running: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<void> => {
    try {
      await ensureMonthsAhead(queryable)
      await sealAuditEvents(queryable)
    } catch (error) {
      onFault(error)
    }
  }
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    running = look().finally(() => (isLooking = false))
  }, sealMilliseconds)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
      await look()
    },
  }
}
