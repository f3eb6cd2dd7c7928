import { Unavailable } from '../fhir/errors.ts'
import type { Queryable } from '../db/database.ts'
import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'

/** One request on clinical data. Holds no search value and no content. @see https://hl7.org/fhir/R4/auditevent.html */
export interface AuditRecord {
  readonly recorded: string
  readonly requestId: string
  readonly organization: number
  readonly client: string
  readonly subject: string
  readonly tokenId: string
  readonly purpose: string
  readonly interaction: string
  readonly resourceType: string | null
  /** HTTP status of the answer. */
  readonly outcome: number
  /** Whether a record of another hospital leaves with the answer. */
  readonly crossHospital: boolean
  /** `Type/id` of what was disclosed or written. */
  readonly entities: readonly string[]
  readonly patients: readonly bigint[]
}

/** Records waiting at most; beyond it requests are refused rather than left unrecorded. */
const waitingMax = 10_000
/** Records per statement. */
const groupMax = 500
/** Milliseconds a record that nobody waits for may gather company; it saves a commit per request. */
const gatherMilliseconds = 10

interface Waiting {
  readonly record: AuditRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The audit trail of this process. Records of concurrent requests are committed together: while one
 * group is written the next one gathers. A disclosure to another hospital is written at once, for its
 * answer waits; other records wait for it, for a full group, or for `gatherMilliseconds`.
 */
export interface AuditTrail {
  /**
   * Resolves when the record is on disk.
   * @throws Unavailable when it cannot be written
   */
  write(record: AuditRecord): Promise<void>
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>
}

export const createAuditTrail = (queryable: Queryable): AuditTrail => {
  const waiting: Waiting[] = []
  let answersWaiting = 0
  let writing: Promise<void> | undefined
  let gathering: NodeJS.Timeout | undefined

  const isDue = (): boolean => answersWaiting > 0 || waiting.length >= groupMax

  const writeGroups = async (): Promise<void> => {
    // A turn of the event loop lets the requests of the same moment join the group.
    await new Promise(setImmediate)
    do {
      const group = waiting.splice(0, groupMax)
      answersWaiting -= group.filter(({ record }) => record.crossHospital).length
      await writeGroup(queryable, group)
    } while (isDue())
    writing = undefined
    if (waiting.length > 0) gather()
  }
  const writeNow = (): Promise<void> => (writing ??= writeGroups())
  const gather = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined
      if (waiting.length > 0) void writeNow()
    }, gatherMilliseconds)
  }

  return {
    write: record =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) return reject(new Unavailable())
        waiting.push({ record, resolve, reject })
        if (record.crossHospital) answersWaiting++
        if (isDue()) void writeNow()
        else gather()
      }),
    drained: async () => {
      while (waiting.length > 0 || writing !== undefined) await writeNow()
    },
  }
}

const writeGroup = async (queryable: Queryable, group: readonly Waiting[]): Promise<void> => {
  try {
    await insert(
      queryable,
      group.map(({ record }) => record),
    )
    for (const { resolve } of group) resolve()
  } catch {
    for (const { reject } of group) reject(new Unavailable())
  }
}

const insert = (queryable: Queryable, records: readonly AuditRecord[]): Promise<unknown> =>
  queryable.query({
    name: 'audit',
    text: `insert into audit_event (recorded, request_id, organization, client, subject, token_id, purpose,
        interaction, resource_type, outcome, cross_hospital, entities, patients)
      select recorded, request_id, organization, client, subject, token_id, purpose, interaction, resource_type,
        outcome, cross_hospital, entities::text[], patients::bigint[]
      from unnest($1::timestamptz[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::smallint[], $11::boolean[], $12::text[], $13::text[])
      as a(recorded, request_id, organization, client, subject, token_id, purpose, interaction, resource_type,
        outcome, cross_hospital, entities, patients)`,
    values: [
      arrayLiteral(records.map(record => record.recorded)),
      textArrayLiteral(records.map(record => record.requestId)),
      arrayLiteral(records.map(record => record.organization)),
      textArrayLiteral(records.map(record => record.client)),
      textArrayLiteral(records.map(record => record.subject)),
      textArrayLiteral(records.map(record => record.tokenId)),
      textArrayLiteral(records.map(record => record.purpose)),
      textArrayLiteral(records.map(record => record.interaction)),
      arrayLiteral(records.map(record => record.resourceType)),
      arrayLiteral(records.map(record => record.outcome)),
      arrayLiteral(records.map(record => record.crossHospital)),
      // Type/id holds only letters, digits, '-', '.' and '/': nothing an array literal would quote.
      arraysLiteral(records.map(record => record.entities)),
      arraysLiteral(records.map(record => record.patients)),
    ],
  })
