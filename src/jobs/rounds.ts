/** Work beside requests, whichever process was asked for it. */
export interface Worker {
  /** Looks for work now. */
  wake(): void
  /** Waits for what is under way, and begins nothing after it. */
  stop(): Promise<void>
}

/** Where a round stands: it ends when it is stopped, and is followed by another one when it was woken. */
export interface Going {
  readonly isStopped: boolean
  isWoken: boolean
}

/** What is done again and again. */
export interface RoundsOptions {
  /** Between two looks for work that a process has left behind. */
  readonly lookMilliseconds: number
  /** Does what there is to do. */
  readonly round: (going: Going) => Promise<void>
  /** Told of what made it stop; it tries again later. For the log. */
  readonly onFault: (error: unknown) => void
}

/** One round at a time: when it is woken, and from time to time. */
export const createRounds = ({ lookMilliseconds, round, onFault }: RoundsOptions): Worker => {
  let running: Promise<void> | undefined
  const going = { isStopped: false, isWoken: false }

  const run = async (): Promise<void> => {
    try {
      await round(going)
    } catch (error) {
      if (!going.isStopped) onFault(error)
    }
    running = undefined
    if (going.isWoken) wake()
  }
  const wake = (): void => {
    going.isWoken = true
    if (going.isStopped || running !== undefined) return
    going.isWoken = false
    running = run()
  }
  const timer = setInterval(wake, lookMilliseconds)
  timer.unref()
  return {
    wake,
    async stop() {
      going.isStopped = true
      clearInterval(timer)
      await running
    },
  }
}
