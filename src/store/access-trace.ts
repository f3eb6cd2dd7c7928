import type { Queryable } from '../db/database.ts'
import { compileTrace, type TraceQuestion, type TraceRow } from '../search/compile-trace.ts'
import type { Permitted } from '../search/permitted.ts'

/** The rules about a record; undefined when there is no such record of that owner. By primary key. */
export const readAccessTrace = async (
  queryable: Queryable,
  question: Permitted<TraceQuestion>,
): Promise<TraceRow | undefined> => {
  const [row] = await queryable.query<TraceRow>(compileTrace(question))
  return row
}
