import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { giveTo } from '../../src/db/embedded-account.ts'
import { preparePlace } from '../../src/db/embedded-place.ts'
import { anExchange, type Exchange } from './exchange.ts'
import type { Figures } from './figures.ts'

/**
 * Back to a moment: a copy of the running database, its write-ahead log kept from then on, and the
 * state of a moment between two writes brought back from both, in a data folder of its own.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html
 */
export const restore = async (): Promise<Figures> => {
  const exchange = await anExchange()
  const place = await preparePlace(exchange.dataDir)
  const archive = await mkdtemp(join(tmpdir(), 'huizhen-archive-'))
  await giveTo(place.account, archive)
  const client = new pg.Client({ host: place.socketFolder, user: 'huizhen', database: 'huizhen' })
  await client.connect()
  for (const [name, value] of [
    ['archive_mode', 'on'],
    ['archive_command', `cp %p ${archive}/%f`],
  ] as const)
    await client.query(`alter system set ${name} = '${value}'`)
  await client.end()
  // `archive_mode` is read when PostgreSQL starts.
  await exchange.stop()
  await exchange.start()

  const begin = performance.now()
  await write(exchange, 'before-copy')
  const restored = await anExchange(await copied(exchange, archive))
  const statuses: number[] = []
  for (const name of ['before-copy', 'before-moment', 'after-moment'])
    statuses.push(await look(restored, name))
  await restored.stop()
  return {
    isGood: statuses.join() === '200,200,404',
    said: {
      'written before the copy': statuses[0]!,
      'before the moment': statuses[1]!,
      'after it': statuses[2]!,
      took: `${Math.round(performance.now() - begin)} ms`,
    },
  }
}

const run = promisify(execFile)

const idOf = (name: string): string => `tinglin-drill-${name}`

const write = async (exchange: Exchange, name: string): Promise<void> => {
  const id = idOf(name)
  const answer = await fetch(`${exchange.origin()}/fhir/Basic/${id}`, {
    method: 'PUT',
    headers: {
      authorization: await exchange.authorize('owner'),
      'content-type': 'application/fhir+json',
    },
    body: JSON.stringify({ resourceType: 'Basic', id, code: { text: name } }),
  })
  if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
}

const look = async (exchange: Exchange, name: string): Promise<number> => {
  const headers = { authorization: await exchange.authorize('owner') }
  return (await fetch(`${exchange.origin()}/fhir/Basic/${idOf(name)}`, { headers })).status
}

/** A copy taken while the server works, then a write, the moment, and a write that shall not come back. */
const copied = async (exchange: Exchange, archive: string): Promise<string> => {
  const place = await preparePlace(exchange.dataDir)
  const client = new pg.Client({ host: place.socketFolder, user: 'huizhen', database: 'huizhen' })
  await client.connect()
  await client.query(`select pg_backup_start('drill', fast => true)`)
  const folder = await mkdtemp(join(tmpdir(), 'huizhen-restored-'))
  const other = await preparePlace(folder)
  await run('cp', ['-a', `${place.cluster}/.`, other.cluster])
  await rm(join(other.cluster, 'postmaster.pid'))
  const { rows } = await client.query<{ labelfile: string }>('select * from pg_backup_stop()')
  await write(exchange, 'before-moment')
  const { rows: times } = await client.query<{ moment: string }>('select now()::text as moment')
  await client.query('select pg_sleep(0.05)')
  await write(exchange, 'after-moment')
  await client.query('select pg_switch_wal()')
  for (let archived = 0; archived === 0;) {
    await client.query('select pg_sleep(0.1)')
    const found = await client.query<{ done: number }>(
      `select (last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1))::int as done from pg_stat_archiver`,
    )
    archived = found.rows[0]?.done ?? 0
  }
  await client.end()
  await exchange.stop()
  const recovered = {
    ...{ archive_mode: 'off', restore_command: `cp ${archive}/%f %p` },
    ...{ recovery_target_time: times[0]!.moment, recovery_target_action: 'promote' },
  }
  await appendFile(
    join(other.cluster, 'postgresql.auto.conf'),
    Object.entries(recovered)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(''),
  )
  for (const [file, text] of [
    ['backup_label', rows[0]!.labelfile],
    ['recovery.signal', ''],
  ] as const) {
    await writeFile(join(other.cluster, file), text)
    await giveTo(other.account, join(other.cluster, file))
  }
  await cp(
    join(exchange.dataDir, 'sandbox-credentials.json'),
    join(folder, 'sandbox-credentials.json'),
  )
  return folder
}
