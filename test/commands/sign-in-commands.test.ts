/** What an operator does for people who sign in, and against tokens: on a real database. */
import t from 'tap'
import { createDatabase } from '../../src/db/pool.ts'
import { isPassword } from '../../src/registry/password.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'
import { aCommandLine, type CommandLine } from './command-line.ts'

const inRegistry = async <T>(
  { url }: CommandLine,
  ask: (registry: Registry) => Promise<T>,
): Promise<T> => {
  const database = createDatabase({ url, max: 1 })
  try {
    return await ask(createRegistry(database))
  } finally {
    await database.close()
  }
}

const withPerson = async (t: Parameters<typeof aCommandLine>[0]): Promise<CommandLine> => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'no6', '--name', 'x')
  await line.run('person', 'add', 'no6-zhang', '--org', 'no6', '--name', 'x')
  return line
}

t.test(
  'a password and a second factor are shown once, and replaced by the same command',
  async t => {
    const line = await withPerson(t)
    const of = () => inRegistry(line, ({ credentials }) => credentials.of('no6-zhang'))
    const password = async (): Promise<string> => {
      const { code, out } = await line.run('person', 'password', 'no6-zhang')
      t.equal(code, 0)
      return /shown only now: (\S+)\n$/.exec(out)?.[1] ?? ''
    }
    const first = await password()
    t.match(first, /^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}$/)
    t.ok(await isPassword(first, (await of())?.passwordHash))
    t.not(await password(), first)
    t.notOk(await isPassword(first, (await of())?.passwordHash))

    const enrolled = await line.run('person', 'second-factor', 'no6-zhang')
    const [uri = ''] = /otpauth:\S+/.exec(enrolled.out) ?? []
    const { protocol, host, pathname, searchParams } = new URL(uri)
    t.same([protocol, host, pathname], ['otpauth:', 'totp', '/Huizhen:no6-zhang'])
    t.match(await of(), { secondFactor: searchParams.get('secret'), isConfirmed: false })
    t.equal((await line.run('person', 'second-factor', 'no6-zhang', '--remove')).code, 0)
    t.notOk('secondFactor' in ((await of()) ?? {}))
    for (const command of ['password', 'second-factor'])
      t.match(await line.run('person', command, 'no6-nobody'), { code: 1, err: /no person/ })
  },
)

t.test('an app that people sign in through says where codes are sent', async t => {
  const line = await withPerson(t)
  const app = ['client', 'add', 'no6-a', '--org', 'no6', '--scope', 'user/*.rs', '--kind', 'people']
  t.match(await line.run(...app, '--public'), { code: 2, err: /public client/ })
  for (const uri of ['http://app.example/cb', 'javascript:alert(1)', 'https://a.example/#x', 'x:y'])
    t.match(await line.run(...app, '--redirect-uri', uri), { code: 2, err: /redirect URI/ }, uri)
  const added = await line.run(...app, '--public', '--redirect-uri', 'org.example.app:/cb')
  t.match(added, { code: 0, out: 'Added the client no6-a of no6.\n' })
  t.match(await inRegistry(line, ({ clients }) => clients.byId('no6-a')), {
    authMethod: 'none',
    redirectUris: ['org.example.app:/cb'],
    grantTypes: ['authorization_code', 'refresh_token'],
  })
})

t.test('a token is taken back by its id', async t => {
  const line = await withPerson(t)
  t.match(await line.run('revoke', 'jti-1', '--issuer', 'https://i.example'), { code: 0 })
  const revoked = (ids: string[]) =>
    inRegistry(line, ({ revocations }) => revocations.isAnyRevoked('https://i.example', ids))
  t.equal(await revoked(['x', 'jti-1']), true)
  t.equal(await revoked(['jti-2']), false)
  t.match(await line.run('revoke'), { code: 2, err: /id of the token is missing/ })
  t.match(await line.run('revoke', 'a b'), { code: 2, err: /no id of a token/ })
})
