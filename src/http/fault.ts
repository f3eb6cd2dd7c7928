/** Stack frames kept of a fault. */
const framesMax = 20

/** What the log may hold of an error. */
export interface Fault {
  readonly type: string
  readonly code?: string
  readonly at: readonly string[]
}

/**
 * A fault of ours as the log gets it: its class, its code and where it happened. Messages and details
 * stay out, because drivers and parsers quote the values they stumbled over, and those are people's.
 */
export const faultOf = (thrown: unknown): Fault => {
  if (!(thrown instanceof Error)) return { type: typeof thrown, at: [] }
  const { code } = thrown as { code?: unknown }
  const frames = (thrown.stack ?? '').split('\n').filter(line => /^ {4}at /.test(line))
  return {
    type: thrown.constructor.name,
    ...(typeof code === 'string' && /^[\w-]{1,40}$/.test(code) ? { code } : {}),
    at: frames.slice(0, framesMax).map(frame => frame.trim()),
  }
}
