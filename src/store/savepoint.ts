import type { Queryable, Statement } from '../db/database.ts'

const statement = (name: string, text: string): Statement => ({ name, text, values: [] })
const begin = statement('savepoint', 'savepoint part')
const release = statement('savepoint-release', 'release savepoint part')
const rollback = statement('savepoint-rollback', 'rollback to savepoint part')

/**
 * Does a part of an open transaction so that its failure undoes that part alone. Parts come one after
 * the other, never inside each other.
 */
export const inSavepoint = async <T>(
  transaction: Queryable,
  work: () => Promise<T>,
): Promise<T> => {
  await transaction.query(begin)
  try {
    const result = await work()
    await transaction.query(release)
    return result
  } catch (error) {
    await transaction.query(rollback)
    throw error
  }
}
