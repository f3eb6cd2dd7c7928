import type { Queryable } from '../db/database.ts'
import {
  compileActing,
  compileGlasses,
  compilePapers,
  type GroundsQuestion,
  type PaperRow,
} from '../search/compile-grounds.ts'
import type { Permitted } from '../search/permitted.ts'

/** What the grounds of disclosures are found from. */
export interface GroundsFound {
  /** Versions of consents and requests. */
  readonly papers: readonly PaperRow[]
  /** By the place of a disclosure: keys of all in whose name was asked. */
  readonly acting: ReadonlyMap<number, readonly bigint[]>
  /** By the place of a disclosure: ids of the Tasks that review an emergency it belongs to. */
  readonly glasses: ReadonlyMap<number, readonly string[]>
}

/** Reads what is known of the grounds of some disclosures. */
export const readGrounds = async (
  queryable: Queryable,
  question: Permitted<GroundsQuestion>,
): Promise<GroundsFound> => {
  const papers = await queryable.query<PaperRow>(compilePapers(question))
  const acting = await queryable.query<{ place: number; keys: bigint[] }>(compileActing(question))
  const glasses = await queryable.query<{ place: number; tasks: string[] }>(
    compileGlasses(question),
  )
  return {
    papers,
    acting: new Map(acting.map(({ place, keys }) => [place, keys])),
    glasses: new Map(glasses.map(({ place, tasks }) => [place, tasks])),
  }
}
