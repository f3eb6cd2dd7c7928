/** `huizhen org`, `client`, `person` and `issuer`, on a real database. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import { hashSecret } from '../../src/registry/clients.ts'
import { createDatabase } from '../../src/db/pool.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aCommandLine, type CommandLine } from './command-line.ts'

const withRegistryOf = async (
  { url }: CommandLine,
  work: (registry: ReturnType<typeof createRegistry>) => Promise<void>,
): Promise<void> => {
  const database = createDatabase({ url, max: 1 })
  await work(createRegistry(database))
  await database.close()
}

t.test('organizations, people and clients are added and listed', async t => {
  const line = await aCommandLine(t)
  t.match(await line.run('org', 'add', 'no6', '--name', '上海市第六人民医院'), {
    code: 0,
    out: 'Added the organization no6 (number 1).\n',
    err: '',
  })
  t.match(await line.run('org', 'list'), {
    code: 0,
    out: 'ID   NUMBER  STATE   NAME\nno6  1       active  上海市第六人民医院\n',
  })
  const person = ['person', 'add', 'no6-zhang', '--org', 'no6', '--name', '张', '--role', 'nurse']
  t.match(await line.run(...person), { code: 0, out: /no6-zhang/ })
  t.match(await line.run('person', 'list'), { code: 0, out: /no6-zhang {2}no6 +active +nurse +张/ })

  const scopes = ['--scope', 'system/*.read,system/Observation.cruds']
  const added = await line.run('client', 'add', 'no6-ehr', '--org', 'no6', ...scopes)
  t.match(added, { code: 0, err: '' })
  const [, secret = ''] = /shown only now: (\S+)\n$/.exec(added.out) ?? []
  await withRegistryOf(line, async ({ clients }) => {
    t.match(await clients.byId('no6-ehr'), {
      kind: 'system',
      secretHash: hashSecret(secret),
      scopes: ['system/*.read', 'system/Observation.cruds'],
      purposes: ['TREAT'],
      grantTypes: ['client_credentials'],
    })
  })
  const listed = await line.run('client', 'list')
  t.match(listed, { code: 0, out: /no6-ehr +no6 +active +system +client_secret_basic/ })
  t.notMatch(listed.out, secret)
})

t.test('what is agreed about writes is registered with an organization and a client', async t => {
  const line = await aCommandLine(t)
  const org = (id: string, ...more: string[]) =>
    line.run('org', 'add', id, '--name', 'District', ...more)
  t.equal((await org('d1')).code, 0)
  t.equal((await org('d2', '--references', 'open', '--resolve-identifiers')).code, 0)
  const policies = ['--delete-by-criteria', '50', '--require-if-match']
  t.equal((await org('d4', ...policies)).code, 0)
  for (const number of ['0', '1001', 'many'])
    t.match(await org('d3', '--delete-by-criteria', number), {
      code: 2,
      err: /--delete-by-criteria is 1 to 1000/,
    })
  const canonical = 'http://hospital.test/profile'
  t.equal((await org('d5', '--profile', `Patient=${canonical}`)).code, 0)
  t.match(await org('d3', '--profile', 'Patent=x'), {
    code: 2,
    err: /--profile is a resource type/,
  })
  t.match(await org('d3', '--references', 'some'), {
    code: 2,
    err: /--references is open or enforced, not "some"/,
  })
  const client = (id: string, ...more: string[]) =>
    line.run('client', 'add', id, '--org', 'd2', '--scope', 'system/*.cruds', ...more)
  t.equal((await client('d2-a')).code, 0)
  t.equal((await client('d2-b', '--source-version', '--stub-patients')).code, 0)
  await withRegistryOf(line, async ({ organizations, clients }) => {
    const strict = { referencePolicy: 'enforced', resolvesIdentifiers: false }
    const plainly = { conditionalDeleteMax: 1, requiresIfMatch: false, profiles: {} }
    t.match(await organizations.byId('d1'), { ...strict, ...plainly })
    t.match(await organizations.byId('d5'), { profiles: { Patient: [canonical] } })
    t.match(await organizations.byId('d4'), { conditionalDeleteMax: 50, requiresIfMatch: true })
    t.match(await organizations.byId('d2'), { referencePolicy: 'open', resolvesIdentifiers: true })
    t.equal(await organizations.byId('d3'), undefined)
    const plain = { isVersionedBySource: false, makesStubPatients: false }
    t.match(await clients.byId('d2-a'), plain)
    t.match(await clients.byId('d2-b'), { isVersionedBySource: true, makesStubPatients: true })
  })
})

t.test('the validation of organizations and clients is shown and set', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'District 1')
  await line.run('client', 'add', 'd1-a', '--org', 'd1', '--scope', 'system/*.rs')
  t.match(await line.run('org', 'validation', 'd1'), { code: 0, out: 'strict\n' })
  t.match(await line.run('org', 'validation', 'd1', 'lenient'), { code: 0, out: 'lenient\n' })
  t.match(await line.run('client', 'validation', 'd1-a'), { code: 0, out: 'inherit\n' })
  t.match(await line.run('client', 'validation', 'd1-a', 'report-only'), {
    ...{ code: 0, out: 'report-only\n' },
  })
  t.match(await line.run('client', 'validation', 'd1-a', 'inherit'), { out: 'inherit\n' })
  t.match(await line.run('org', 'validation', 'd1', 'loose'), {
    ...{ code: 2, err: /the mode is strict, lenient, report-only, not "loose"/ },
  })
  t.match(await line.run('org', 'validation', 'd9', 'strict'), {
    ...{ code: 1, err: /there is no organization "d9"/ },
  })
  t.match(await line.run('client', 'validation', 'd9'), {
    ...{ code: 1, err: /there is no client "d9"/ },
  })
  t.equal((await line.run('org', 'validation')).code, 2)
  t.match(await line.run('original', 'Observation/d1-x'), { code: 1, err: /nothing was left out/ })
  t.equal((await line.run('original', 'Observatoin/d1-x')).code, 2)
  t.equal((await line.run('original', 'Patient/d1-x', '--version', '0')).code, 2)
})

t.test(
  'a client is registered with the public keys of a file, and never a private one',
  async t => {
    const line = await aCommandLine(t)
    await line.run('org', 'add', 'd1', '--name', 'District 1')
    const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
    const file = join(line.folder, 'keys.json')
    const add = (id: string) =>
      line.run('client', 'add', id, '--org', 'd1', '--scope', 'system/*.rs', '--jwks', file)
    t.match(await add('d1-a'), { code: 1, err: /keys.json: it cannot be read/ })
    await writeFile(file, 'not JSON')
    t.match(await add('d1-a'), { code: 1, err: /it is not JSON/ })
    await writeFile(
      file,
      JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: '1' }] }),
    )
    t.match(await add('d1-a'), { code: 2, err: /private or symmetric key/ })
    await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: '1' }] }))
    const added = await add('d1-a')
    t.match(added, { code: 0, out: 'Added the client d1-a of d1.\n' })
    t.match(await line.run('client', 'list'), { out: /private_key_jwt/ })
  },
)

t.test('an issuer is added and listed', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'District 1')
  const issuer = ['issuer', 'add', 'https://idp.example', '--jwks-uri', 'https://idp.example/jwks']
  issuer.push('--org', 'd1', '--client', 'ward', '--scope', 'user/*.rs', '--algorithm', 'ES384')
  t.match(await line.run(...issuer, '--age', '600'), { code: 0, out: /https:\/\/idp\.example/ })
  t.match(await line.run('issuer', 'list'), {
    code: 0,
    out: /https:\/\/idp\.example +active +ES384 +d1 +ward +user\/\*\.rs/,
  })
  t.match(await line.run(...issuer), { code: 1, err: /already an issuer/ })
})

t.test('what an organization decides about its records is shown and changed', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'x')
  const first = await line.run('org', 'policy', 'd1')
  t.match(first, { code: 0, out: /^break-glass +off\ngate +required\n/ })
  const asked = ['--break-glass', 'on', '--gate-precision', 'practitioner', '--grace-days', '3']
  const changed = await line.run('org', 'policy', 'd1', ...asked, '--honor-opt-in', 'on')
  t.match(changed, { code: 0, out: /break-glass +on\n/ })
  t.equal((await line.run('org', 'policy', 'd1')).out, changed.out)
  await withRegistryOf(line, async ({ policies }) => {
    t.strictSame(await policies.of('d1'), {
      ...{ defaultPolicy: 'break-glass-only', gate: 'required', gatePrecision: 'practitioner' },
      ...{ honorsOptIn: true, graceDays: 3, exchangesDirectly: true },
    })
  })
  for (const wrong of [
    ['--gate', 'open'],
    ['--grace-days', '91'],
    ['--break-glass', 'yes'],
  ])
    t.match(await line.run('org', 'policy', 'd1', ...wrong), { code: 2 })
  t.match(await line.run('org', 'policy', 'd9'), { code: 1 })
})

t.test('a webhook is set with a secret that is shown once, and taken away', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'x')
  const hook = (...args: string[]) => line.run('org', 'webhook', 'd1', ...args)
  t.match(await hook(), { code: 0, out: /Nobody is told/ })
  const [first, second] = [
    await hook('--url', 'https://d1.example/notices'),
    await hook('--url', 'https://d1.example/notices'),
  ]
  t.match(first, { code: 0, out: /Secret \(hex, shown once\): [0-9a-f]{64}\n/ })
  t.not(second.out, first.out, 'a new one each time')
  t.match(await hook(), { code: 0, out: /d1\.example\/notices: 0 waiting, 0 given up/ })
  t.match(await hook('--url', 'ftp://d1.example'), { code: 1 })
  t.match(await hook('--url', 'https://d1.example', '--off'), { code: 2 })
  t.match(await hook('--off'), { code: 0, out: /Nobody is told/ })
  t.match(await line.run('org', 'webhook', 'd9'), { code: 1 })
})

t.test('clients, people, organizations and issuers are switched off and on', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'x')
  await line.run('client', 'add', 'd1-a', '--org', 'd1', '--scope', 'system/*.rs')
  await line.run('person', 'add', 'd1-p', '--org', 'd1', '--name', 'x')
  const issuer = ['--jwks-uri', 'https://i.example/k', '--client', 'c', '--scope', 'user/*.rs']
  await line.run('issuer', 'add', 'https://i.example', '--org', 'd1', ...issuer)
  const switched = ['org d1', 'client d1-a', 'person d1-p', 'issuer https://i.example']
  for (const text of switched) {
    const [command = '', id = ''] = text.split(' ')
    t.match(await line.run(command, 'off', id), { code: 0, out: new RegExp(`${id} off`) }, text)
    t.match(await line.run(command, 'list'), { code: 0, out: / off / }, text)
    t.match(await line.run(command, 'on', id), { code: 0, out: new RegExp(`${id} on`) }, text)
    t.notMatch((await line.run(command, 'list')).out, / off /, text)
    t.match(await line.run(command, 'off', 'absent'), { code: 1, err: /there is no .* "absent"/ })
    t.match(await line.run(command, 'off'), { code: 2, err: /is missing/ })
  }
})

t.test('what is possible only in another state of the registry exits with 1', async t => {
  const line = await aCommandLine(t)
  const client = ['client', 'add', 'd1-a', '--org', 'd1', '--scope', 'system/*.rs']
  t.match(await line.run(...client), { code: 1, out: '', err: /no organization "d1"/ })
  await line.run('org', 'add', 'd1', '--name', 'x')
  t.match(await line.run('org', 'add', 'd1', '--name', 'x'), { code: 1, err: /already/ })
})

t.test('wrong arguments say what is wrong, and exit with 2', async t => {
  const line = await aCommandLine(t)
  await line.run('org', 'add', 'd1', '--name', 'x')
  const client = ['client', 'add', 'd1-a', '--org', 'd1']
  const issuer = ['issuer', 'add', 'https://i.example', '--org', 'd1', '--scope', 'user/*.rs']
  const wrong: [RegExp, ...string[]][] = [
    [/"nope" is no command/, 'nope'],
    [/say add or list or policy or validation or webhook or on or off/, 'org'],
    [/"remove" is unknown here; say add or list or policy/, 'org', 'remove'],
    [/"constructor" is unknown/, 'org', 'constructor'],
    [/the id of the organization is missing/, 'org', 'add'],
    [/--name is missing/, 'org', 'add', 'd2'],
    [/"d3" is one argument too many/, 'org', 'add', 'd2', 'd3', '--name', 'x'],
    [/Unknown option '--nmae'/, 'org', 'add', 'd2', '--nmae', 'x'],
    [/--name <value>' argument missing/, 'org', 'add', 'd2', '--name'],
    [/"D2" is not possible here/, 'org', 'add', 'D2', '--name', 'x'],
    [/--scope is missing/, ...client],
    [/"system\/\*\.dus" is no scope/, ...client, '--scope', 'system/*.dus'],
    [/"user\/\*\.rs" is no scope here/, ...client, '--scope', 'user/*.rs'],
    [/"NOPE" is no purpose/, ...client, '--scope', 'system/*.rs', '--purpose', 'NOPE'],
    [/BTG cannot be given/, ...client, '--scope', 'system/*.rs', '--purpose', 'BTG'],
    [/--kind is system or people/, ...client, '--scope', 'system/*.rs', '--kind', 'robot'],
    [/starts with "d1-"/, 'person', 'add', 'd2-x', '--org', 'd1', '--name', 'x'],
    [/--client is missing/, ...issuer],
    [/--age is a number/, ...issuer, '--client', 'c', '--age', 'long'],
    [/address of the keys or the keys/, ...issuer, '--client', 'c'],
  ]
  for (const [expected, ...args] of wrong) {
    t.match(await line.run(...args), { code: 2, out: '', err: expected }, args.join(' '))
  }
})
