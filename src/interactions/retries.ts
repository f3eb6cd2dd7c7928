import { VersionConflict } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Exchange } from './interaction.ts'

/**
 * What `work` gives back, done in the open transaction of `exchange` or in one of its own, which is
 * repeated when another writer came between: `work` must begin anew each time.
 * @throws VersionConflict when the repetitions are used up; nothing was written then
 */
export const transacted = <T>(
  exchange: Exchange,
  work: (inside: Exchange) => Promise<T>,
): Promise<T> => {
  const { database } = exchange.context
  if (exchange.queryable !== database) return work(exchange)
  return retried(exchange, () =>
    database.transaction(queryable => work({ ...exchange, queryable })),
  )
}

/**
 * Two writers that create the same id meet at the primary key: the later one looks again. So does one
 * that has not yet heard what there is to index.
 */
export const retried = async <T>({ context }: Exchange, work: () => Promise<T>): Promise<T> => {
  for (let attempts = 1; ; attempts++) {
    try {
      return await work()
    } catch (error) {
      if (!isRepeatable(error) || attempts >= limits.writeRetriesMax) throw error
      if (error.code === 'index-outdated') await context.renewDefinitions()
    }
  }
}

/** Other conflicts stay what they are, however often the write is tried. */
const isRepeatable = (error: unknown): error is VersionConflict =>
  error instanceof VersionConflict &&
  (error.code === 'write-conflict' || error.code === 'index-outdated')
