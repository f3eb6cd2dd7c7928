/** One finished operation, as its caller saw it. */
export interface Operation<State> {
  readonly invoked: number
  readonly returned: number
  /** What was asked and answered, for people. */
  readonly text: string
  /**
   * The state after it, when it gives this answer in `state`: the same object when it changes nothing.
   * Undefined when in that state the answer would have been another one.
   */
  readonly apply: (state: State) => State | undefined
}

/** An order that explains every answer, or the longest beginning of one and what it could not explain. */
export type Verdict<State> =
  | { readonly isLinearizable: true; readonly order: readonly Operation<State>[] }
  | { readonly isLinearizable: false; readonly unexplained: readonly string[] }

/**
 * Whether the operations can have taken effect one after the other, each at one moment between its
 * call and its return (Wing and Gong). An operation that changes nothing and fits is taken at once:
 * that can only help those that are left. The others are tried in every order, and no situation twice.
 */
export const linearize = <State>(
  history: readonly Operation<State>[],
  initial: State,
): Verdict<State> => {
  const met = new Set<string>()
  let unexplained: readonly string[] = history.map(({ text }) => text)
  const search = (
    left: readonly Operation<State>[],
    state: State,
    order: readonly Operation<State>[],
  ): readonly Operation<State>[] | undefined => {
    const { rest, taken } = withoutNeutral(left, state)
    const done = [...order, ...taken]
    if (rest.length === 0) return done
    const first = candidates(rest)
    if (rest.length <= unexplained.length) unexplained = first.map(({ text }) => text)
    const situation = `${JSON.stringify(state)} ${rest.map(({ text }) => text).join()}`
    if (met.has(situation)) return undefined
    met.add(situation)
    for (const operation of first) {
      const next = operation.apply(state)
      if (next === undefined) continue
      const others = rest.filter(other => other !== operation)
      const found = search(others, next, [...done, operation])
      if (found !== undefined) return found
    }
    return undefined
  }
  const order = search(history, initial, [])
  return order === undefined
    ? { isLinearizable: false, unexplained }
    : { isLinearizable: true, order }
}

/** Those that may come first: called before any of the others had returned. */
const candidates = <State>(left: readonly Operation<State>[]): readonly Operation<State>[] => {
  const firstReturn = Math.min(...left.map(({ returned }) => returned))
  return left.filter(({ invoked }) => invoked <= firstReturn)
}

const withoutNeutral = <State>(left: readonly Operation<State>[], state: State) => {
  const taken: Operation<State>[] = []
  let rest = left
  for (;;) {
    const neutral = new Set(candidates(rest).filter(operation => operation.apply(state) === state))
    if (neutral.size === 0) return { rest, taken }
    taken.push(...neutral)
    rest = rest.filter(operation => !neutral.has(operation))
  }
}
