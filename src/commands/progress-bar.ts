const barWidth = 30
/** Milliseconds between two pictures. */
const redrawMilliseconds = 200

/** Shows how far long work has come, on one line of a terminal; elsewhere nothing. */
export interface ProgressBar {
  /** So much is done by now. */
  show(done: number): void
  /** Leaves the line to what comes next. */
  end(): void
}

/** A bar for `total` pieces of work. `now` is in seconds. */
export const createProgressBar = (
  total: number,
  {
    err,
    now,
    isTerminal,
  }: {
    readonly err: (text: string) => void
    readonly now: () => number
    readonly isTerminal?: boolean
  },
): ProgressBar => {
  if (isTerminal !== true) return { show: () => {}, end: () => {} }
  const began = now()
  let drawn = Number.NEGATIVE_INFINITY
  const draw = (done: number): void => {
    const share = total === 0 ? 1 : done / total
    const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░')
    const rate = Math.round(done / Math.max(now() - began, 0.001))
    err(`\r${bar} ${Math.round(share * 100)} %  ${done} of ${total}, ${rate}/s `)
  }
  return {
    show: done => {
      if (done < total && (now() - drawn) * 1000 < redrawMilliseconds) return
      drawn = now()
      draw(done)
    },
    end: () => err('\n'),
  }
}
