import { Throttled } from '../fhir/errors.ts'

/**
 * Runs work in the name of an organization, so much at a time and no more: a hospital that sends a
 * backlog at once meets its own limit before it takes the place of the others.
 * @throws Throttled when the organization has as much under way as it may
 */
export type InShare = <T>(organization: number, work: () => Promise<T>) => Promise<T>

/** Shares of this process, `most` pieces of work at a time for each organization. */
export const createShares = (most: number): InShare => {
  const underWay = new Map<number, number>()
  return async (organization, work) => {
    const count = underWay.get(organization) ?? 0
    if (count >= most) throw new Throttled('organization-busy', { limit: most })
    underWay.set(organization, count + 1)
    try {
      return await work()
    } finally {
      const left = underWay.get(organization)! - 1
      if (left === 0) underWay.delete(organization)
      else underWay.set(organization, left)
    }
  }
}
