import t from 'tap'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { aDatabaseUrl } from '../database.ts'

t.test('servers that start at the same moment seed one sandbox and know its secrets', async t => {
  const config = readConfig({
    DATABASE_URL: await aDatabaseUrl(t),
    HUIZHEN_SANDBOX: 'on',
    HUIZHEN_DATA_DIR: t.testdir(),
    LOG_LEVEL: 'silent',
  })
  const apps = await Promise.all(Array.from({ length: 4 }, () => createApp(config)))
  t.teardown(() => Promise.all(apps.map(app => app.close())))
  const [first, ...others] = apps
  t.ok(first!.sandboxClients.length > 0)
  for (const { sandboxClients, sandboxPeople } of others) {
    t.strictSame(sandboxClients, first!.sandboxClients)
    t.strictSame(sandboxPeople, first!.sandboxPeople)
  }
})
