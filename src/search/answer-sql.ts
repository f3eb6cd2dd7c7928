import type { StatementContext } from './criterion-sql.ts'
import { reachedSql } from './include-sql.ts'
import type { Position, Sort } from './sort-sql.ts'
import type { Sql } from './statement-text.ts'
import type { SearchQuery } from './tree.ts'

/**
 * The answer to a search, as one row: a row per resource would cost ten times as much to send and to
 * read. Members that were not asked for are absent.
 */
export interface SearchAnswer {
  /** What is shown of the matches, as lines that `readLines` reads; null when there is none. */
  readonly matches?: string | null
  /** The stored contents of the matches, one behind the other; null beyond `contentBytesMax`. */
  readonly contents?: Buffer | null
  /** The same of what is included. */
  readonly included?: string | null
  readonly included_contents?: Buffer | null
  /** The position of the last match shown, as JSON; null when no other page follows. */
  readonly next?: string | null
  /** Null: many, and not counted yet. */
  readonly total?: number | null
  /** Of a count: patients of other hospitals' rows in it, at most `patientsCountedMax`; null when there is none. */
  readonly counted_patients?: readonly bigint[] | null
  /** A Patient that the search names has replaced others. */
  readonly merged?: boolean
}

/** Bytes of stored contents in one answer; pg holds them as hexadecimal text, which Node bounds. */
const contentBytesMax = 128 * 1024 * 1024

/** A resource as a line of an answer tells of it. */
export interface AnswerLine {
  /** Number in fhir/resource-types.ts. */
  readonly type: number
  readonly id: string
  readonly owner: number
  /** Bytes of its content. */
  readonly bytes: number
  /** Whether all of the content may be told, see `Guard.whole`. */
  readonly whole: boolean
  /** Keys of the patients it names. */
  readonly patients: readonly bigint[]
}

/** Lines of an answer: none of their members can hold a space. */
const linesSql = (alias: string, whole: Sql): Sql => {
  const members = [
    ...['type', 'id', 'owner'].map(name => `${alias}.${name}`),
    `octet_length(${alias}.content)`,
    `(${whole})::integer`,
    `${alias}.patient`,
    `array_to_string(${alias}.other_patients, ' ')`,
  ]
  return `string_agg(concat_ws(' ', ${members.join(', ')}), E'\\n')`
}

const contentsSql = (alias: string): Sql =>
  `case when sum(octet_length(${alias}.content)) <= ${contentBytesMax} then string_agg(${alias}.content, '') end`

/** What the lines of an answer say, in their order. */
export const readLines = (lines: string | null | undefined): readonly AnswerLine[] => {
  if (lines === null || lines === undefined) return []
  // A page is often of one patient: read the keys once, keep them once.
  let named = ''
  let patients: readonly bigint[] = []
  return lines.split('\n').map(line => {
    const members = line.split(' ')
    const key = members.length === 6 ? members[5]! : members.slice(5).join(' ')
    if (key !== named) {
      named = key
      patients = members.slice(5).map(BigInt)
    }
    return {
      type: Number(members[0]),
      id: members[1]!,
      owner: Number(members[2]),
      bytes: Number(members[3]),
      whole: members[4] === '1',
      patients,
    }
  })
}

/** What an answer is made of. */
export interface AnswerParts {
  readonly query: SearchQuery
  /** `from` and `where` of all visible matches, under the alias `r`. */
  readonly rows: Sql
  /** The page reads as many of them, which are the total if there are no more. Undefined: only its own. */
  readonly readMax: number | undefined
  /** Counts them: one row with `total` and `patients`. */
  readonly counted: () => Sql
  readonly sort: Sort
  readonly position: Position | undefined
  readonly context: StatementContext
}

/** CTEs, and the columns of the answer that come from them. */
export interface Answer {
  readonly entries: readonly Sql[]
  readonly columns: readonly Sql[]
  readonly from: readonly Sql[]
}

/** The number of matches alone. */
export const totalAnswer = (counted: Sql): Answer => ({
  entries: [],
  columns: ['c.total', 'c.patients as counted_patients'],
  from: [`(${counted}) c`],
})

/**
 * One page: `query.count` matches after `position`, and what is included with them. More are read, which
 * only say that another page follows and how many matches there are. The CTE `page` gives its rows in its own order.
 */
export const pageAnswer = (parts: AnswerParts): Answer => {
  const { query, rows, readMax, sort, position, context } = parts
  const after = position === undefined ? '' : ` and ${sort.after(position, context.values)}`
  const reached = reachedSql(query, context)
  const size = context.values.integer(query.count)
  const most = readMax === undefined ? size : context.values.integer(readMax)
  const tokens = reached === undefined ? '' : ', r.tokens'
  const isWhole = `n.read <= ${size}`
  const page = `page as materialized (
  select r.key, r.type, r.id, r.owner, r.patient, r.other_patients, r.linked_patients, r.content, ${sort.columns}${tokens} from ${rows}${after}
  order by ${sort.orderBy} limit ${most} + 1
)`
  const included =
    reached === undefined
      ? noAnswer
      : includedAnswer(reached, size, context.guard.whole('i', includedTypes(query)))
  const counted = () =>
    readMax === undefined ? countedAnswer(parts, isWhole) : readAnswer(parts, isWhole, most)
  const total = query.total !== 'none' ? counted() : noAnswer
  return {
    entries: [page, ...included.entries, ...total.entries],
    columns: [
      'm.matches, m.contents',
      `case when not ${isWhole} then (select array_to_json(${sort.positionColumn})::text from page offset ${size} - 1 limit 1) end as next`,
      ...included.columns,
      ...total.columns,
    ],
    from: [
      '(select count(*)::integer as read from page) n',
      `(select ${linesSql('p', context.guard.whole('p', query.resourceTypes))} as matches, ${contentsSql('p')} as contents from (select * from page limit ${size}) p) m`,
      ...included.from,
    ],
  }
}

const includedTypes = ({ include, revinclude }: SearchQuery): readonly string[] => [
  ...new Set([
    ...include.flatMap(({ targets }) => targets),
    ...revinclude.map(({ resourceType }) => resourceType),
  ]),
]

const noAnswer: Answer = { entries: [], columns: [], from: [] }

const includedAnswer = (reached: Sql, size: Sql, whole: Sql): Answer => ({
  entries: [
    `shown as materialized (select key, type, patient, tokens from page limit ${size})`,
    `reached as materialized (${reached})`,
  ],
  columns: ['i.included, i.included_contents'],
  from: [
    `(select ${linesSql('i', whole)} as included, ${contentsSql('i')} as included_contents from reached join resource i on i.key = reached.key) i`,
  ],
})

/** What was read for the page is all there is; else the total is null. */
const readAnswer = ({ context }: AnswerParts, isWhole: Sql, most: Sql): Answer => ({
  entries: [],
  columns: [
    `case when n.read <= ${most} then n.read end as total`,
    `case when not ${isWhole} then (select array_agg(distinct p.patient) filter (where not ${context.guard.own('p')}) from page p) end as counted_patients`,
  ],
  from: [],
})

/** The exact total; of the first page alone it is counted only when there are others. */
const countedAnswer = ({ counted, position }: AnswerParts, isWhole: Sql): Answer => ({
  entries: [`counted as materialized (${counted()})`],
  columns:
    position === undefined
      ? [
          `case when ${isWhole} then n.read else (select total from counted) end as total`,
          `case when not ${isWhole} then (select patients from counted) end as counted_patients`,
        ]
      : [
          '(select total from counted) as total, (select patients from counted) as counted_patients',
        ],
  from: [],
})
