import { setImmediate as turn } from 'node:timers/promises'
import { Unavailable } from '../fhir/errors.ts'
import type { Permitted } from '../search/permitted.ts'
import type { Queryable } from './queryable.ts'
import type { ResourceRow } from './rows.ts'
import { writeStatement } from './write.ts'

/** Writes that wait at most; the next one is refused as unavailable. */
const waitingMax = 2000
/** Rows that share a statement at most. */
const rowsMax = 64
/** Bytes of content and index entries by which a write is long: it gets a statement of its own. */
const writeBytesMax = 32 * 1024
/** Statements under way at one time. Fewer make larger groups, more make use of several cores. */
const underWayMax = 2

/**
 * Stores first versions whose ids nobody else can have. Those of concurrent requests share a
 * statement, and so a round trip, a plan and a commit: while some are written the next ones gather.
 */
export interface WriteGroups {
  /**
   * Resolves when the rows are on disk.
   * @throws Unavailable, and whatever these rows alone are refused for
   */
  create(rows: Permitted<readonly ResourceRow[]>): Promise<void>
}

interface Waiting {
  readonly rows: readonly ResourceRow[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export const createWriteGroups = (queryable: Queryable): WriteGroups => {
  const waiting: Waiting[] = []
  let underWay = 0

  const next = async (): Promise<void> => {
    underWay++
    // A turn of the event loop lets the requests of the same moment join the group.
    await turn()
    while (waiting.length > 0) await writeGroup(queryable, takeGroup(waiting))
    underWay--
  }

  return {
    create: async ({ asked: rows }) => {
      if (isLong(rows)) return void (await queryable.query(writeStatement(rows)))
      if (waiting.length >= waitingMax) throw new Unavailable()
      return new Promise((resolve, reject) => {
        waiting.push({ rows, resolve, reject })
        if (underWay < underWayMax) void next()
      })
    },
  }
}

const isLong = (rows: readonly ResourceRow[]): boolean => {
  let bytes = 0
  for (const { content, tokens, strings, texts } of rows) {
    bytes += content.length + 16 * (tokens.length + strings.length)
    for (const text of texts.own) bytes += text.length
  }
  return bytes > writeBytesMax
}

/** The writes that waited longest: one in any case, and as many more as fit. */
const takeGroup = (waiting: Waiting[]): Waiting[] => {
  let count = 0
  let rows = 0
  for (const one of waiting) {
    rows += one.rows.length
    if (count > 0 && rows > rowsMax) break
    count++
  }
  return waiting.splice(0, count)
}

/**
 * What PostgreSQL refuses of a group is tried write by write, so that each gets its own answer. Not
 * when the database is away: nobody knows then what was done.
 */
const writeGroup = async (queryable: Queryable, group: readonly Waiting[]): Promise<void> => {
  try {
    await queryable.query(writeStatement(group.flatMap(({ rows }) => rows)))
    for (const { resolve } of group) resolve()
  } catch (error) {
    if (group.length === 1 || error instanceof Unavailable)
      for (const { reject } of group) reject(error)
    else for (const one of group) await writeGroup(queryable, [one])
  }
}
