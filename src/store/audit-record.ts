import type { Queryable } from '../db/database.ts'
import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'

/**
 * One request as it concerns the records of one organization; or a sign-in. Holds no search value and
 * no content.
 * @see https://hl7.org/fhir/R4/auditevent.html
 */
export interface AuditRecord {
  readonly recorded: string
  readonly requestId: string
  /**
   * Whose records it was about, `organization.number`. Null: of the organization that keeps `target`,
   * else of who asked.
   */
  readonly owner: number | null
  /** Of who asked; null where nobody was recognized. */
  readonly organization: number | null
  readonly client: string | null
  readonly subject: string | null
  /** Id of the Practitioner, for people. */
  readonly practitioner: string | null
  readonly tokenId: string | null
  readonly purpose: string | null
  readonly interaction: string
  readonly resourceType: string | null
  /** HTTP status of the answer. */
  readonly outcome: number
  /** A code: why something was refused, or what a consent now says. */
  readonly detail: string | null
  /** Whether a record of another hospital leaves with the answer. */
  readonly crossHospital: boolean
  /** Key of the resource that was asked for and refused: its id may be anything a client mistook for one. */
  readonly target: bigint | null
  /** `Type/id` of what was disclosed or written. */
  readonly entities: readonly string[]
  readonly patients: readonly bigint[]
  /** Names of search parameters. */
  readonly parameters: readonly string[] | null
  /** Network address of who asked. */
  readonly address: string | null
  /** How often it happened; more than one only for refusals without a caller. */
  readonly occurrences: number
}

const columns = [
  ['recorded', 'timestamptz'],
  ['request_id', 'text'],
  ['owner', 'integer'],
  ['organization', 'integer'],
  ['client', 'text'],
  ['subject', 'text'],
  ['practitioner', 'text'],
  ['token_id', 'text'],
  ['purpose', 'text'],
  ['interaction', 'text'],
  ['resource_type', 'text'],
  ['outcome', 'smallint'],
  ['detail', 'text'],
  ['cross_hospital', 'boolean'],
  ['target', 'bigint'],
  ['address', 'text'],
  ['occurrences', 'integer'],
  ['entities', 'text'],
  ['patients', 'text'],
  ['parameters', 'text'],
] as const

/** What is sent as the text of an array, and what it is. */
const arrays: Readonly<Record<string, string>> = {
  entities: 'text[]',
  patients: 'bigint[]',
  parameters: 'text[]',
}

const names = columns.map(([name]) => name).join(', ')
const wanted = columns.map(([name]) => (name in arrays ? `${name}::${arrays[name]}` : name))
const textFor = (owner: string): string => `insert into audit_event (${names})
select ${wanted.map(name => (name === 'owner' ? owner : name)).join(', ')}
from unnest(${columns.map(([, type], at) => `$${at + 1}::${type}[]`).join(', ')})
as a(${names})`
const text = textFor('coalesce(owner, organization)')
/** Found out here, after the answer: no caller can see how long it takes. Without, it costs a third less. */
const textWithTargets = textFor(
  'coalesce(owner, (select r.owner from resource r where r.key = a.target), organization)',
)

/**
 * Stores records in one statement, on the pool or as part of an open transaction.
 * @throws what the database says; `isMonthMissing` tells of the one that `ensureMonths` mends
 */
export const insertAuditRecords = (
  queryable: Queryable,
  records: readonly AuditRecord[],
): Promise<unknown> => {
  const hasTargets = records.some(({ target }) => target !== null)
  return queryable.query({
    ...(hasTargets ? { name: 'audit-targets', text: textWithTargets } : { name: 'audit', text }),
    // How many records there are makes no other plan, but PostgreSQL would plan each time to find out.
    plan: 'generic',
    values: [
      arrayLiteral(records.map(record => record.recorded)),
      textArrayLiteral(records.map(record => record.requestId)),
      arrayLiteral(records.map(record => record.owner)),
      arrayLiteral(records.map(record => record.organization)),
      textArrayLiteral(records.map(record => record.client)),
      textArrayLiteral(records.map(record => record.subject)),
      textArrayLiteral(records.map(record => record.practitioner)),
      textArrayLiteral(records.map(record => record.tokenId)),
      textArrayLiteral(records.map(record => record.purpose)),
      textArrayLiteral(records.map(record => record.interaction)),
      arrayLiteral(records.map(record => record.resourceType)),
      arrayLiteral(records.map(record => record.outcome)),
      textArrayLiteral(records.map(record => record.detail)),
      arrayLiteral(records.map(record => record.crossHospital)),
      arrayLiteral(records.map(record => record.target)),
      textArrayLiteral(records.map(record => record.address)),
      arrayLiteral(records.map(record => record.occurrences)),
      // Type/id and parameter names hold only letters, digits and some of -./_:, which need no quotes.
      arraysLiteral(records.map(record => record.entities)),
      arraysLiteral(records.map(record => record.patients)),
      arraysLiteral(records.map(record => record.parameters)),
    ],
  })
}

/** Whether an insert failed only because nobody has made the partition of its month yet. */
export const isMonthMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '23514' &&
  error.message.startsWith('no partition of relation')

/** Makes the partitions for the months of these times. */
export const ensureMonths = (queryable: Queryable, times: readonly string[]): Promise<unknown> =>
  queryable.query({
    name: 'audit-months',
    text: 'select ensure_audit_month(m) from unnest($1::timestamptz[]) m',
    values: [arrayLiteral([...new Map(times.map(time => [time.slice(0, 7), time])).values()])],
  })
