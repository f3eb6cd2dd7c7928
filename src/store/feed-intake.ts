import { Buffer } from 'node:buffer'
import type { Queryable } from '../db/database.ts'
import { limits } from '../fhir/limits.ts'
import { insertEntries, pruneEntries, pruneOld, type NewEntry } from './feed-entries.ts'
import { addCounts, type Sent } from './feed-counts.ts'
import type { FeedContent, FeedSeal } from './feed-seal.ts'

/** Milliseconds between what happens and its being in the database, at most, as a rule. */
const gatherMilliseconds = 1000
/** Entries of one statement. */
const groupMax = 50
/** Milliseconds between two removals of what is too old, of all organizations. */
const sweepMilliseconds = 3_600_000

/** One refusal on its way to the desk. */
export interface Refused extends Omit<NewEntry, 'sealed' | 'bytes'> {
  readonly content: FeedContent
}

/**
 * Takes what the feed desk shows, beside the requests: a refusal is told to its client at once, and
 * what was accepted costs an addition in memory. A process that is killed loses the last second.
 */
export interface FeedIntake {
  /** Keeps a refused payload; gives it up when too much waits for the database. */
  keep(refused: Refused): void
  /** Counts what was sent. */
  count(sent: Sent): void
  /** Resolves when what was taken so far is in the database, or the database does not take it. */
  drained(): Promise<void>
  /** Refused payloads kept and given up by this process, for `/metrics`. */
  tally(): { readonly kept: number; readonly lost: number }
}

export interface FeedIntakeOptions {
  readonly queryable: Queryable
  readonly seal: FeedSeal
  readonly now: () => Date
  /** Hears why something could not be stored. */
  readonly onFault: (error: unknown) => void
}

// oxlint-disable-next-line max-lines-per-function -- one queue, seen by all that is in here
export const createFeedIntake = ({
  queryable,
  seal,
  now,
  onFault,
}: FeedIntakeOptions): FeedIntake => {
  let waiting: Refused[] = []
  let waitingBytes = 0
  let counts = new Map<string, Sent>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let sweptAt = 0
  const tally = { kept: 0, lost: 0 }

  const store = async (): Promise<void> => {
    const [entries, sent] = [waiting, [...counts.values()]]
    waiting = []
    waitingBytes = 0
    counts = new Map()
    try {
      for (let at = 0; at < entries.length; at += groupMax) {
        const group = entries.slice(at, at + groupMax)
        await insertEntries(
          queryable,
          group.map(entry => sealed(entry, seal)),
        )
        tally.kept += group.length
      }
      if (sent.length > 0) await addCounts(queryable, sent)
      const from = new Date(now().getTime() - limits.feedDaysMax * dayMilliseconds).toISOString()
      for (const organization of new Set(entries.map(entry => entry.organization)))
        await pruneEntries(queryable, organization, from)
      if (now().getTime() - sweptAt > sweepMilliseconds) {
        sweptAt = now().getTime()
        await pruneOld(queryable, from)
      }
    } catch (error) {
      onFault(error)
    }
  }
  const write = (): Promise<void> =>
    (writing ??= store().finally(() => {
      writing = undefined
      if (waiting.length > 0 || counts.size > 0) begin()
    }))
  const begin = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      void write()
    }, gatherMilliseconds)
  }

  return {
    keep(refused) {
      const bytes = Buffer.byteLength(refused.content.payload ?? '')
      if (
        waitingBytes + bytes > limits.feedWaitingBytesMax ||
        waiting.length >= limits.feedWaitingMax
      )
        return void tally.lost++
      waiting.push(refused)
      waitingBytes += bytes
      begin()
    },
    count(sent) {
      const { organization, day, client, resourceType } = sent
      const key = `${organization} ${day} ${client} ${resourceType}`
      const known = counts.get(key)
      counts.set(key, known === undefined ? sent : added(known, sent))
      begin()
    },
    drained: async () => {
      await writing
      clearTimeout(timer)
      timer = undefined
      await write()
    },
    tally: () => ({ ...tally }),
  }
}

const dayMilliseconds = 86_400_000

const added = (one: Sent, other: Sent): Sent => ({
  ...other,
  accepted: one.accepted + other.accepted,
  warned: one.warned + other.warned,
  refused: one.refused + other.refused,
})

const sealed = ({ content, ...entry }: Refused, seal: FeedSeal): NewEntry => {
  const bytes = seal.seal(content, entry)
  return { ...entry, bytes: bytes.length, sealed: bytes }
}
