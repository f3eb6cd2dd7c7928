import type { Operation } from './linearizability.ts'
import type { Timed } from './server-processes.ts'

/** A resource as its readers see it; undefined when there is none. */
export type Slot =
  { readonly id: string; readonly version: number; readonly value: string } | undefined

/** Two resources that transactions change together. */
export type Pair = readonly [Slot, Slot]
export const emptyPair: Pair = [undefined, undefined]

/** What one answer says about one resource: the slot after it, if that is what it would be. */
export type Effect = (slot: Slot) => { readonly slot: Slot } | undefined

/** Which resource of the pair. */
export type Side = 0 | 1

export const operation = (
  text: string,
  { invoked, returned }: Pick<Timed, 'invoked' | 'returned'>,
  effects: readonly (readonly [Side, Effect])[],
): Operation<Pair> => ({
  invoked,
  returned,
  text,
  apply: pair => {
    let next = pair
    for (const [side, effect] of effects) {
      const after = effect(next[side])
      if (after === undefined) return undefined
      if (after.slot !== next[side])
        next = side === 0 ? [after.slot, next[1]] : [next[0], after.slot]
    }
    return next
  },
})

/** What an answer, or an entry of one, says: its status, and the version it is about. */
export interface Said {
  readonly status: number
  readonly id: string | undefined
  readonly version: number | undefined
  /** Undefined where the resource is not in the answer. */
  readonly value: string | undefined
}

const isSame = (slot: Slot, { id, version, value }: Said): boolean =>
  slot !== undefined &&
  slot.id === id &&
  slot.version === version &&
  (value === undefined || slot.value === value)

/** An update that sends `value`, with or without If-Match, by address or by criteria. */
export const updated =
  (said: Said, value: string, ifMatch?: number): Effect =>
  slot => {
    const isMet = ifMatch === undefined || ifMatch === slot?.version
    if (said.status === 412) return isMet ? undefined : { slot }
    if (!isMet || said.value !== value) return undefined
    const next = { id: said.id!, version: said.version!, value }
    if (slot === undefined)
      return said.status === 201 && said.version === 1 ? { slot: next } : undefined
    if (said.status !== 200 || said.id !== slot.id) return undefined
    if (slot.value === value) return said.version === slot.version ? { slot } : undefined
    return said.version === slot.version + 1 ? { slot: next } : undefined
  }

/** A conditional create that sends `value`. */
export const createdIfNone =
  (said: Said, value: string): Effect =>
  slot => {
    if (slot !== undefined) return said.status === 200 && isSame(slot, said) ? { slot } : undefined
    return said.status === 201 && said.version === 1 && said.value === value
      ? { slot: { id: said.id!, version: 1, value } }
      : undefined
  }

/** A conditional delete: with an ETag it removed something. */
export const removed =
  ({ status, version }: Said): Effect =>
  slot => {
    if (status !== 204) return undefined
    if (version === undefined) return slot === undefined ? { slot } : undefined
    return slot !== undefined && version === slot.version + 1 ? { slot: undefined } : undefined
  }

/** A read; undefined: nothing was there. */
export const seen =
  (said: Said | undefined): Effect =>
  slot =>
    (said === undefined ? slot === undefined : isSame(slot, said)) ? { slot } : undefined
