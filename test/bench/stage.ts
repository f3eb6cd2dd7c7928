import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { startChild } from './child.ts'
import { makeDatabaseOn, openBenchDatabase } from './database-place.ts'
import { atEnd, say } from './ending.ts'
import { makeFloorTables } from './floor-tables.ts'
import { startHuizhen, type HuizhenServer } from './huizhen-server.ts'
import { startLoad, type Load } from './load.ts'
import type { Results } from './results.ts'
import { residentMegabytes } from './system-figures.ts'
import { createTokens, type Authorize } from './tokens.ts'

/** Everything that runs, for the parts that measure it. */
export interface Stage {
  readonly huizhen: HuizhenServer
  readonly floor: { readonly pid: number; readonly origin: string }
  readonly load: Load
  readonly authorize: Authorize
  readonly client: pg.Client
  /** Process id; undefined when PostgreSQL runs on another machine. */
  readonly postmaster: number | undefined
  readonly databaseVersion: string
  readonly start: Results['start']
  readonly idleMegabytes: number
}

const idleSeconds = 2

/** Starts everything; `atEnd` takes it down. With an inspector, Huizhen can be profiled. */
export const buildStage = async (isInspected: boolean): Promise<Stage> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'huizhen-bench-'))
  // PostgreSQL may run as an account of its own, which must be able to enter.
  chmodSync(dataDir, 0o755)
  atEnd(() => rmSync(dataDir, { recursive: true, force: true }))
  const { huizhen, databaseUrl, start } = await startTwice(dataDir, isInspected)
  await sleep(idleSeconds * 1000)
  const idleMegabytes = residentMegabytes(huizhen.pid)
  const database = await openBenchDatabase(dataDir, databaseUrl)
  atEnd(() => database.close())
  await makeFloorTables(database.client)
  const load = await startLoad()
  atEnd(() => load.stop())
  return {
    huizhen,
    floor: await startFloor(database.url),
    load,
    authorize: createTokens(huizhen.origin, await readCredentials(dataDir)),
    client: database.client,
    postmaster: database.postmaster,
    databaseVersion: database.version,
    start,
    idleMegabytes,
  }
}

/** Starts Huizhen on a fresh folder, then again on the folder it has left. */
const startTwice = async (dataDir: string, isInspected: boolean) => {
  const given = process.env['DATABASE_URL']
  const own = given ? await makeDatabaseOn(given) : undefined
  if (own !== undefined) atEnd(() => own.drop())
  const place = { dataDir, databaseUrl: own?.url, isInspected }
  say('starting Huizhen on a fresh folder, then again')
  const fresh = await startHuizhen(place)
  await fresh.stop()
  const huizhen = await startHuizhen(place)
  atEnd(() => huizhen.stop())
  const start = {
    freshMilliseconds: fresh.startMilliseconds,
    initialisedMilliseconds: huizhen.startMilliseconds,
  }
  return { huizhen, databaseUrl: own?.url, start }
}

const startFloor = async (databaseUrl: string): Promise<Stage['floor']> => {
  const floor = await startChild(new URL('floor.js', import.meta.url), {
    DATABASE_URL: databaseUrl,
  })
  atEnd(() => floor.stop())
  const { port } = (await floor.next()) as { port: number }
  return { pid: floor.pid, origin: `http://127.0.0.1:${port}` }
}
