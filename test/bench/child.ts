import { fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that this one has started. It ends with this one. */
export interface Child {
  readonly pid: number
  send(message: Serializable): void
  /** The next message not yet taken. @throws Error when the process ends first */
  next(): Promise<unknown>
  /** Rejects when the process ends by itself. */
  readonly ended: Promise<never>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
}

const stopMillisecondsMax = 20_000

/** Starts a compiled program with these variables besides the present ones. */
export const startChild = async (
  program: URL,
  environment: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = [],
): Promise<Child> => {
  const child = fork(fileURLToPath(program), [], {
    env: { ...process.env, ...environment },
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  await once(child, 'spawn')
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const received: unknown[] = []
  let wake = (): void => {}
  child.on('message', message => {
    received.push(message)
    wake()
  })
  const exited = once(child, 'exit')
  const ended = exited.then(([code]) => {
    process.removeListener('exit', kill)
    throw new Error(`${program.pathname.split('/').at(-1)} ended with code ${String(code)}`)
  })
  ended.catch(() => {})
  return {
    pid: child.pid!,
    send: message => void child.send(message),
    ended,
    next: async () => {
      while (received.length === 0)
        await Promise.race([new Promise<void>(resolve => (wake = resolve)), ended])
      return received.shift()
    },
    stop: async () => {
      const force = setTimeout(() => child.kill('SIGKILL'), stopMillisecondsMax)
      child.kill('SIGTERM')
      await exited
      clearTimeout(force)
    },
  }
}
