import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { hashSecret } from '../../src/registry/clients.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { registerParticipants } from '../../src/sandbox/participants.ts'
import { aDatabase } from '../database.ts'

const aFolder = async (t: Test): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'huizhen-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test('the sandbox has its hospitals, clients and practitioners, and their secrets', async t => {
  const registry = createRegistry(await aDatabase(t))
  const folder = await aFolder(t)
  const clients = await registerParticipants(registry, folder)
  t.same(clients.map(({ id }) => id).sort(), [
    'no6-app',
    'no6-system',
    'tinglin-app',
    'tinglin-ehr',
    'zhujing-ehr',
  ])
  const organizations = await registry.organizations.list()
  t.same(
    organizations.map(({ id }) => id),
    ['no6', 'tinglin', 'zhujing'],
  )
  t.match(await registry.people.byId('no6-zhang'), { active: true })
  t.match(await registry.people.byId('no6-li'), { active: true })
  for (const { id, secret } of clients) {
    t.match(await registry.clients.byId(id), { secretHash: hashSecret(secret) })
  }
  const file = join(folder, 'sandbox-credentials.json')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.same(
    await readCredentials(folder),
    Object.fromEntries(clients.map(({ id, secret }) => [id, secret])),
  )
})

t.test('a second start changes nothing', async t => {
  const registry = createRegistry(await aDatabase(t))
  const folder = await aFolder(t)
  const first = await registerParticipants(registry, folder)
  const generation = await registry.refresh()
  t.same(await registerParticipants(registry, folder), first)
  t.equal(await registry.refresh(), generation)
})

t.test('lost or damaged credentials are made anew, and others in the file are kept', async t => {
  const registry = createRegistry(await aDatabase(t))
  const folder = await aFolder(t)
  const file = join(folder, 'sandbox-credentials.json')
  const first = await registerParticipants(registry, folder)
  await writeFile(file, '{"other": "x", "no6-app"')
  const second = await registerParticipants(registry, folder)
  t.not(second[0]!.secret, first[0]!.secret)
  await writeFile(file, JSON.stringify({ other: 'x' }))
  const third = await registerParticipants(registry, folder)
  await registry.refresh()
  for (const { id, secret } of third) {
    t.match(await registry.clients.byId(id), { secretHash: hashSecret(secret) })
  }
  t.match(JSON.parse(await readFile(file, 'utf8')), { other: 'x', 'no6-app': String })
})
