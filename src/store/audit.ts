import { InvalidRequest, Unavailable } from '../fhir/errors.ts'
import type { Queryable } from '../db/database.ts'
import {
  ensureMonths,
  insertAuditRecords,
  isMonthMissing,
  type AuditRecord,
} from './audit-record.ts'

/** Records waiting at most; beyond it requests are refused rather than left unrecorded. */
const waitingMax = 10_000
/** Records per statement. */
const groupMax = 500
/** Milliseconds a record that nobody waits for may gather company; it saves a commit per request. */
const gatherMilliseconds = 10
/** Milliseconds after which records that could not be stored are tried again. */
const retryMilliseconds = 500

interface Waiting {
  readonly record: AuditRecord
  /** Who waits with an answer for it. */
  readonly answer?: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
}

/**
 * The audit trail of this process. Records of concurrent requests are committed together: while one
 * group is written the next one gathers. A disclosure to another hospital is written at once, for its
 * answer waits; other records wait for it, for a full group, or for `gatherMilliseconds`, and are kept
 * and tried again while the database is away.
 */
export interface AuditTrail {
  /**
   * Asked before anything is done, so that nothing happens that could not be recorded.
   * @throws Unavailable when too many records wait for the database
   */
  requireRoom(): void
  /**
   * Resolves when the records are on disk.
   * @throws Unavailable when they cannot be written; they are given up, and so must the answer be
   */
  disclose(records: readonly AuditRecord[]): Promise<void>
  /** Takes records no answer waits for. */
  note(records: readonly AuditRecord[]): void
  /** Records that wait for the database at this moment. */
  waiting(): number
  /** Resolves when nothing waits any more, or the database does not take it. */
  drained(): Promise<void>
}

/**
 * `onFault` hears of records that the database refuses, whenever they are tried: for a value that it
 * cannot hold, which is given up, or for a reason unknown here, which is tried again.
 */
// oxlint-disable-next-line max-lines-per-function -- one queue, seen by all that is in here
export const createAuditTrail = (
  queryable: Queryable,
  onFault: (error: unknown) => void = () => {},
): AuditTrail => {
  const waiting: Waiting[] = []
  let answersWaiting = 0
  let writing: Promise<void> | undefined
  let gathering: NodeJS.Timeout | undefined

  const isDue = (): boolean => answersWaiting > 0 || waiting.length >= groupMax

  const writeGroups = async (): Promise<void> => {
    // A turn of the event loop lets the requests of the same moment join the group.
    await new Promise(setImmediate)
    let isAway = false
    do {
      const group = waiting.splice(0, groupMax)
      answersWaiting -= group.filter(({ answer }) => answer !== undefined).length
      const kept = await writeGroup(queryable, group, onFault)
      isAway = kept.length > 0
      waiting.unshift(...kept)
    } while (isDue() && !(isAway && answersWaiting === 0))
    writing = undefined
    if (waiting.length > 0) gather(isAway ? retryMilliseconds : gatherMilliseconds)
  }
  const writeNow = (): Promise<void> => (writing ??= writeGroups())
  const gather = (milliseconds: number): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined
      if (waiting.length > 0) void writeNow()
    }, milliseconds)
  }
  const proceed = (): void => {
    if (answersWaiting > 0 || (isDue() && gathering === undefined)) void writeNow()
    else gather(gatherMilliseconds)
  }

  return {
    requireRoom() {
      if (waiting.length >= waitingMax) throw new Unavailable()
    },
    disclose: records =>
      new Promise((resolve, reject) => {
        let left = records.length
        const answer = { resolve: () => void (--left === 0 && resolve()), reject }
        for (const record of records) waiting.push({ record, answer })
        answersWaiting += left
        proceed()
      }),
    note(records) {
      for (const record of records) waiting.push({ record })
      proceed()
    },
    waiting: () => waiting.length,
    drained: async () => {
      for (let before = Infinity; waiting.length > 0 || writing !== undefined;) {
        await writeNow()
        if (waiting.length >= before) break
        before = waiting.length
      }
    },
  }
}

/** Gives back those to be tried again: the database is away, and no answer waits for them. */
const writeGroup = async (
  queryable: Queryable,
  group: readonly Waiting[],
  onFault: (error: unknown) => void,
): Promise<readonly Waiting[]> => {
  try {
    await insertWithMonths(
      queryable,
      group.map(({ record }) => record),
    )
    for (const { answer } of group) answer?.resolve()
    return []
  } catch (error) {
    if (error instanceof Unavailable) {
      for (const { answer } of group) answer?.reject(new Unavailable())
      return group.filter(({ answer }) => answer === undefined)
    }
    if (group.length > 1) return writeSingly(queryable, group, onFault)
    onFault(error)
    const { answer } = group[0]!
    answer?.reject(new Unavailable())
    // One that is refused for what it is must not be tried for ever; whatever else is wrong may pass.
    return error instanceof InvalidRequest || answer !== undefined ? [] : group
  }
}

/** One record that cannot be stored takes none of the others of its group along. */
const writeSingly = async (
  queryable: Queryable,
  group: readonly Waiting[],
  onFault: (error: unknown) => void,
): Promise<readonly Waiting[]> => {
  const kept: Waiting[] = []
  for (const one of group) kept.push(...(await writeGroup(queryable, [one], onFault)))
  return kept
}

const insertWithMonths = async (
  queryable: Queryable,
  records: readonly AuditRecord[],
): Promise<void> => {
  try {
    await insertAuditRecords(queryable, records)
  } catch (error) {
    if (!isMonthMissing(error)) throw error
    await ensureMonths(
      queryable,
      records.map(({ recorded }) => recorded),
    )
    await insertAuditRecords(queryable, records)
  }
}
