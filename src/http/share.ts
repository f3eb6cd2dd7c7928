import { Throttled } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'

/**
 * Runs work in the name of an organization, so much at a time and no more: a hospital that sends a
 * backlog at once meets its own limit before it takes the place of the others.
 * @throws Throttled when the organization has as much under way as it may
 */
export type InShare = <T>(organization: number, work: () => Promise<T>) => Promise<T>

/** The shares of this process. */
export interface Shares {
  readonly inShare: InShare
  /** Requests that run and that wait for their turn, at this moment. */
  readonly load: () => { readonly running: number; readonly waiting: number }
}

interface Share {
  running: number
  readonly waiting: (() => void)[]
  /** Whether it has asked for something since the last look. */
  isFresh: boolean
}

/** Milliseconds after which an organization that asks for nothing leaves its part to the others. */
const restMilliseconds = 5000

/**
 * Shares of this process: `limits.requestsRunningMax` run at once, in equal parts of the organizations
 * that ask, and the rest of each wait for their turn, at most `most` with those that run. Whoever sends
 * ten times as much waits ten times as long, and the others as long as before.
 */
// oxlint-disable-next-line max-lines-per-function -- one table, seen by all that is in here
export const createShares = (most: number): Shares => {
  const shares = new Map<number, Share>()
  let looking: NodeJS.Timeout | undefined

  const part = (): number =>
    Math.max(limits.requestsShareMin, Math.floor(limits.requestsRunningMax / shares.size))
  const startWaiting = (share: Share): void => {
    for (const room = part(); share.running < room && share.waiting.length > 0;) {
      share.running++
      share.waiting.shift()!()
    }
  }
  const look = (): void => {
    for (const [organization, share] of shares) {
      if (!share.isFresh && share.running === 0) shares.delete(organization)
      share.isFresh = false
    }
    for (const share of shares.values()) startWaiting(share)
    if (shares.size === 0) {
      clearInterval(looking)
      looking = undefined
    }
  }
  const shareOf = (organization: number): Share => {
    let share = shares.get(organization)
    if (share === undefined) {
      shares.set(organization, (share = { running: 0, waiting: [], isFresh: true }))
      looking ??= setInterval(look, restMilliseconds).unref()
    }
    share.isFresh = true
    return share
  }

  return {
    inShare: async (organization, work) => {
      const share = shareOf(organization)
      if (share.running + share.waiting.length >= most)
        throw new Throttled('organization-busy', { limit: most })
      if (share.running >= part() || share.waiting.length > 0)
        await new Promise<void>(resolve => share.waiting.push(resolve))
      else share.running++
      try {
        return await work()
      } finally {
        share.running--
        startWaiting(share)
      }
    },
    load: () => {
      let [running, waiting] = [0, 0]
      for (const share of shares.values()) {
        running += share.running
        waiting += share.waiting.length
      }
      return { running, waiting }
    },
  }
}
