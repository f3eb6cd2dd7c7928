import type { PoolClient } from 'pg'
import { Unavailable } from '../fhir/errors.ts'
import type { Row, Statement } from './database.ts'
import { refusalOf } from './sqlstate.ts'
import type { StatementObserver } from './transaction.ts'
import { Wire } from './wire.ts'

/** Connections that short statements share at most. More would only make PostgreSQL switch between them. */
const lanesMax = 2
/** The share of the pool they may take; the rest is for transactions and long statements. */
const poolShare = 4

/** How many lanes a pool of so many connections has; none when it is small. */
export const lanesOf = (connectionsMax: number): number =>
  Math.min(lanesMax, Math.floor(connectionsMax / poolShare))

/** Short statements under way at one time; the next one is refused as unavailable. */
const underWayMax = 2000

interface Lane {
  /** Undefined until it is needed. */
  wire: Wire | Promise<Wire> | undefined
  underWay: number
}

export interface LaneOptions {
  readonly connect: () => Promise<PoolClient>
  readonly count: number
  /** Milliseconds after which a silent server counts as lost; 0 for no bound. */
  readonly silenceMilliseconds: number
  readonly onStatement?: StatementObserver | undefined
}

/**
 * Runs short statements many to a connection: those of one turn of the event loop travel in one write,
 * and PostgreSQL answers them one after the other without being woken for each. A long statement
 * would hold up those behind it, so only `isShort` ones may come here. Each is its own transaction.
 *
 * Every lane plans once for all values (`force_generic_plan`): short statements are those whose plan
 * does not depend on them.
 */
export const createLanes = (options: LaneOptions) => {
  const lanes: Lane[] = Array.from({ length: options.count }, () => ({
    wire: undefined,
    underWay: 0,
  }))
  let underWay = 0

  const query = async <R = Row>(statement: Statement): Promise<R[]> => {
    options.onStatement?.(statement)
    if (underWay >= underWayMax) throw new Unavailable()
    const lane = leastBusy(lanes)
    lane.underWay++
    underWay++
    try {
      const wire = wireOf(lane, options)
      return (await (wire instanceof Wire ? wire : await wire).query(statement)) as R[]
    } catch (error) {
      throw refusalOf(error, false)
    } finally {
      lane.underWay--
      underWay--
    }
  }

  /** Ends the connections, each after what is under way on it. */
  const close = async (): Promise<void> => {
    for (const lane of lanes) {
      const wire = await Promise.resolve(lane.wire).catch(() => undefined)
      lane.wire = undefined
      await wire?.release()
    }
  }

  return { query, close, underWay: (): number => underWay }
}

const leastBusy = (lanes: readonly Lane[]): Lane => {
  let least = lanes[0]!
  for (const lane of lanes) if (lane.underWay < least.underWay) least = lane
  return least
}

/** A connection for a lane. One that could not be had, or was lost, is opened anew. */
const wireOf = (lane: Lane, options: LaneOptions): Promise<Wire> | Wire => {
  const { wire } = lane
  if (wire instanceof Promise || wire?.isLost === false) return wire
  return (lane.wire = openWire(options).then(
    opened => (lane.wire = opened),
    (error: unknown) => {
      lane.wire = undefined
      throw error
    },
  ))
}

const openWire = async ({ connect, silenceMilliseconds }: LaneOptions): Promise<Wire> => {
  const client = await connect()
  try {
    await client.query('set plan_cache_mode = force_generic_plan')
  } catch (error) {
    client.release(true)
    throw error
  }
  return new Wire(client, silenceMilliseconds)
}
