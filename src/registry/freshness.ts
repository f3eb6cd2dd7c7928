import { setImmediate as turn } from 'node:timers/promises'

/**
 * One question shared by everyone who waits for its answer at the same time. Each caller gets an
 * answer that was asked for after the call, so nothing committed before the call is missed, and a
 * busy server asks far less often than it is called.
 */
export const shareAnswers = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let asking: Promise<unknown> | undefined
  let next: Promise<T> | undefined
  const askNext = async (): Promise<T> => {
    if (asking !== undefined) await asking
    // Requests that were read from their sockets in this turn of the event loop still join.
    await turn()
    const answer = ask()
    const answered = answer
      .catch(() => undefined)
      .then(() => {
        if (asking === answered) asking = undefined
      })
    asking = answered
    next = undefined
    return answer
  }
  return () => (next ??= askNext())
}

/** Something remembered by key for as long as the registry does not change. Bounded. */
export interface Memory<K, V> {
  readonly get: (key: K) => V | undefined
  /** Keeps a value read while `generation` was current; one that was overtaken is not kept. */
  readonly set: (key: K, value: V, generation: bigint) => void
}

/** The registry's generation, and the memories that a new one empties. */
export interface Freshness {
  /** Asks the database for the generation, shared; forgets everything remembered when it moved on. */
  refresh(): Promise<bigint>
  /** The generation last heard of. */
  current(): bigint
  memory<K, V>(entriesMax: number): Memory<K, V>
}

/** @param ask reads `registry_generation` from the database. */
export const createFreshness = (ask: () => Promise<bigint>): Freshness => {
  let current = 0n
  const memories: Map<unknown, unknown>[] = []
  const refresh = shareAnswers(async () => {
    const heard = await ask()
    if (heard !== current) {
      current = heard
      for (const memory of memories) memory.clear()
    }
    return heard
  })
  return {
    refresh,
    current: () => current,
    memory: <K, V>(entriesMax: number): Memory<K, V> => {
      const entries = new Map<K, V>()
      memories.push(entries)
      return remember(entries, entriesMax, () => current)
    },
  }
}

const remember = <K, V>(
  entries: Map<K, V>,
  entriesMax: number,
  current: () => bigint,
): Memory<K, V> => ({
  get: key => {
    const value = entries.get(key)
    if (value === undefined) return undefined
    // The least recently used stands first.
    entries.delete(key)
    entries.set(key, value)
    return value
  },
  set: (key, value, generation) => {
    if (generation !== current()) return
    entries.delete(key)
    const oldest = entries.keys().next()
    if (entries.size >= entriesMax && !oldest.done) entries.delete(oldest.value)
    entries.set(key, value)
  },
})
