import type { Queryable } from '../db/database.ts'
import {
  compileTrail,
  compileTrailTotal,
  type TrailPosition,
  type TrailQuestion,
  type TrailRow,
} from '../search/compile-trail.ts'
import type { Permitted } from '../search/permitted.ts'

/** One page of the audit trail. */
export interface TrailPage {
  readonly rows: readonly TrailRow[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: TrailPosition | undefined
}

/** A page of what the reader may know of the trail, from after `position` on. */
export const readTrail = async (
  queryable: Queryable,
  query: Permitted<TrailQuestion>,
  position?: TrailPosition,
): Promise<TrailPage> => {
  const found = await queryable.query<TrailRow>(compileTrail(query, position))
  const rows = found.slice(0, query.asked.count)
  const last = rows.at(-1)
  const isMore = found.length > rows.length
  return { rows, next: isMore && last ? [last.recorded, String(last.number)] : undefined }
}

/** How many rows a question has in all. */
export const countTrail = async (
  queryable: Queryable,
  query: Permitted<TrailQuestion>,
): Promise<number> => {
  const [row] = await queryable.query<{ total: number }>(compileTrailTotal(query))
  return row?.total ?? 0
}
