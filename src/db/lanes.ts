import type { PoolClient } from 'pg'
import { Unavailable } from '../fhir/errors.ts'
import type { Row, Statement } from './database.ts'
import { isConnectionLoss, refusalOf } from './sqlstate.ts'

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
  client: Promise<PoolClient> | undefined
  underWay: number
}

/** Drops the lane's connection, once; the next statement opens another. */
const giveUp = (lane: Lane, broken: Promise<PoolClient>): void => {
  if (lane.client !== broken) return
  lane.client = undefined
  broken.then(
    client => client.release(true),
    () => {},
  )
}

/**
 * Runs short statements many to a connection: those of one turn of the event loop travel in one write,
 * and PostgreSQL answers them one after the other without being woken for each. A long statement
 * would hold up those behind it, so only `isShort` ones may come here. Each is its own transaction.
 *
 * Every lane plans once for all values (`force_generic_plan`): short statements are those whose plan
 * does not depend on them.
 */
export const createLanes = (connect: () => Promise<PoolClient>, count: number) => {
  const lanes: Lane[] = Array.from({ length: count }, () => ({ client: undefined, underWay: 0 }))
  let underWay = 0

  const query = async <R = Row>({ name, text, values }: Statement): Promise<R[]> => {
    if (underWay >= underWayMax) throw new Unavailable()
    const lane = lanes.reduce((least, other) => (other.underWay < least.underWay ? other : least))
    lane.underWay++
    underWay++
    const opening = (lane.client ??= openLane(lane, connect))
    try {
      const client = await opening
      gather(client)
      return (await client.query({ name, text, values: values as unknown[] })).rows as R[]
    } catch (error) {
      if (error instanceof Unavailable || isConnectionLoss(error)) giveUp(lane, opening)
      throw refusalOf(error, false)
    } finally {
      lane.underWay--
      underWay--
    }
  }

  /** Gives the connections back to the pool, each after what is under way on it. */
  const close = async (): Promise<void> => {
    for (const lane of lanes) {
      const client = await lane.client?.catch(() => undefined)
      lane.client = undefined
      client?.release()
    }
  }

  return { query, close }
}

/** A connection for a lane. */
const openLane = (lane: Lane, connect: () => Promise<PoolClient>): Promise<PoolClient> => {
  const opening = connect().then(client => {
    client.once('error', () => giveUp(lane, opening))
    // It fails only with the connection, and then the statement behind it tells.
    client.query('set plan_cache_mode = force_generic_plan').catch(() => {})
    return client
  })
  return opening
}

/** Holds writes back until the turn of the event loop has ended. */
const gather = ({ connection: { stream } }: PoolClient): void => {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
