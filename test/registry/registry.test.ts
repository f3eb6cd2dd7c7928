import { generateKeyPair, exportJWK } from 'jose'
import t from 'tap'
import { hashSecret } from '../../src/registry/clients.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aDatabase } from '../database.ts'

const system = {
  ...{ id: 'd1-ehr', organization: 'd1', name: 'EHR', kind: 'system' as const },
  ...{ scopes: ['system/*.rs'], purposes: ['TREAT'], grantTypes: ['client_credentials'] },
}

t.test('an organization is found by its id and its number', async t => {
  const { organizations } = createRegistry(await aDatabase(t))
  const created = await organizations.create({ id: 'no6', name: '上海市第六人民医院' })
  t.match(created, { number: Number, id: 'no6', name: '上海市第六人民医院', active: true })
  t.same(await organizations.byId('no6'), created)
  t.same(await organizations.byNumber(created.number), created)
  t.equal(await organizations.byId('absent'), undefined)
  t.equal(await organizations.byNumber(999), undefined)
  await t.rejects(organizations.create({ id: 'no6', name: 'x' }), /already an organization "no6"/)
  t.same(await organizations.list(), [created])
})

t.test('ids and names of the wrong form are refused', async t => {
  const registry = createRegistry(await aDatabase(t))
  for (const id of ['', 'a', 'No6', '6no', 'a-b', 'a'.repeat(21), 'é6', 'a\n']) {
    await t.rejects(registry.organizations.create({ id, name: 'x' }), { name: 'WrongForm' }, id)
  }
  await registry.organizations.create({ id: 'd1', name: 'District 1' })
  for (const id of ['zhang', 'd1zhang', 'd2-zhang', `d1-${'a'.repeat(64)}`, 'd1-张']) {
    await t.rejects(registry.people.create({ id, organization: 'd1', name: 'x' }), {
      name: 'WrongForm',
    })
  }
  await t.rejects(
    registry.people.create({ id: 'd2-a', organization: 'd2', name: 'x' }),
    /no organization/,
  )
  await t.rejects(registry.organizations.create({ id: 'd2', name: ' ' }), /name of 1 to 200/)
})

t.test('what another process adds or changes is seen after the next refresh', async t => {
  const database = await aDatabase(t)
  const server = createRegistry(database)
  const command = createRegistry(database)
  t.equal(await server.organizations.byId('d1'), undefined)
  await command.organizations.create({ id: 'd1', name: 'District 1' })
  t.match(await server.organizations.byId('d1'), { id: 'd1' }, 'a miss is asked again')

  await server.refresh()
  await command.clients.create(system)
  t.match(await server.clients.byId('d1-ehr'), { active: true })
  t.ok(await command.clients.setActive('d1-ehr', false))
  await server.refresh()
  t.match(await server.clients.byId('d1-ehr'), { active: false })
  t.notOk(await command.clients.setActive('absent', false))
})

t.test('found rows cost one statement, and a refresh shared by many costs one', async t => {
  const statements: string[] = []
  const database = await aDatabase(t, { onStatement: ({ text }) => void statements.push(text) })
  const registry = createRegistry(database)
  await registry.organizations.create({ id: 'd1', name: 'District 1' })
  await registry.refresh()
  await registry.organizations.byId('d1')
  statements.length = 0
  for (let n = 0; n < 10; n++) t.ok(await registry.organizations.byId('d1'))
  t.equal(statements.length, 0)
  await Promise.all(Array.from({ length: 50 }, () => registry.refresh()))
  t.equal(statements.length, 1)
})

t.test('a client gets a secret of which only the hash is kept', async t => {
  const database = await aDatabase(t)
  const registry = createRegistry(database)
  await registry.organizations.create({ id: 'd1', name: 'District 1' })
  const { client, secret = '' } = await registry.clients.create(system)
  t.match(client, { authMethod: 'client_secret_basic', secretHash: hashSecret(secret) })
  t.match(secret, /^[\w-]{43}$/)
  const rows = await database.kysely.selectFrom('client').selectAll().execute()
  t.notMatch(JSON.stringify(rows), secret)
  const renewed = await registry.clients.renewSecret('d1-ehr')
  t.not(renewed, secret)
  await registry.refresh()
  t.match(await registry.clients.byId('d1-ehr'), { secretHash: hashSecret(renewed) })
  await t.rejects(registry.clients.renewSecret('absent'), /no client "absent"/)
  await t.rejects(registry.clients.create(system), /already a client/)
})

t.test('a client may register public keys, never private ones', async t => {
  const registry = createRegistry(await aDatabase(t))
  await registry.organizations.create({ id: 'd1', name: 'District 1' })
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'k1' }
  const asked = (...keys: Record<string, unknown>[]) =>
    registry.clients.create({ ...system, jwks: { keys } })
  await t.rejects(asked({ ...(await exportJWK(privateKey)), kid: 'k1' }), /private or symmetric/)
  await t.rejects(asked({ kty: 'oct', k: 'AAAA', kid: 'k1' }), /private or symmetric/)
  await t.rejects(asked({ ...key, kid: undefined }), /no "kid"/)
  await t.rejects(asked(key, key), /"kid" of another key/)
  await t.rejects(asked(), /1 to 20 keys/)
  await t.rejects(asked({ ...key, x: 5 }), /no "x"/)
  const { client, secret } = await asked(key)
  t.equal(secret, undefined)
  t.match(client, { authMethod: 'private_key_jwt', jwks: { keys: [key] } })
})

t.test('an issuer is taken only with keys, organizations and safe addresses', async t => {
  const registry = createRegistry(await aDatabase(t))
  const { number } = await registry.organizations.create({ id: 'd1', name: 'District 1' })
  const good = {
    ...{ url: 'https://idp.example', jwksUri: 'https://idp.example/jwks', algorithms: ['ES384'] },
    ...{ organizations: ['d1'], clients: ['ehr'], scopes: ['user/*.rs'], tokenAgeSecondsMax: 900 },
  }
  const wrong = [
    { url: 'http://idp.example' },
    { jwksUri: 'http://idp.example/jwks' },
    { jwksUri: 'file:///etc/passwd' },
    { jwksUri: undefined },
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { algorithms: [] },
    { organizations: [] },
    { organizations: ['absent'] },
    { clients: [] },
    { tokenAgeSecondsMax: 86_400 },
    { tokenAgeSecondsMax: Number.NaN },
  ]
  for (const change of wrong) {
    await t.rejects(
      registry.issuers.create({ ...good, ...change }),
      { name: /^(WrongForm|RegistryRefusal)$/ },
      JSON.stringify(change),
    )
  }
  t.match(await registry.issuers.create(good), { url: good.url, organizations: [number] })
  t.match(await registry.issuers.byUrl(good.url), { jwksUri: good.jwksUri, active: true })
  await t.rejects(registry.issuers.create(good), /already an issuer/)
})

t.test('every table that kysely is used on has exactly the columns its type names', async t => {
  const database = await aDatabase(t)
  const rows = await database.query<{ table: string; columns: string[] }>({
    ...{ name: '', values: [] },
    text: `select table_name as table, array_agg(column_name::text order by column_name) as columns
           from information_schema.columns where table_schema = 'public' group by 1`,
  })
  const found = new Map(rows.map(row => [row.table, row.columns.join(' ')]))
  const expected = {
    organization:
      'active conditional_delete_max id name number profiles reference_policy require_if_match resolve_identifiers validation',
    client:
      'active auth_method grant_types id jwks kind name operator organization purposes redirect_uris scopes secret_hash source_version stub_patients validation',
    person: 'active id name organization role',
    issuer:
      'active algorithms clients jwks jwks_uri organizations scopes token_age_seconds_max url',
    registry_generation: 'generation only_row',
    authorization_model: 'consumed expires_at grant_id id model payload uid user_code',
    secret: 'name value',
    search_parameter:
      'base code description expression generation id kind ready resource slot targets url',
    index_generation: 'generation only_row',
    person_credential: 'password_hash person totp_confirmed totp_secret totp_step',
    attempt: 'failures key until',
    revoked_token: 'expires_at id issuer',
    webhook: 'owner secret url',
    webhook_notice: 'attempts body created ended id next_attempt outcome owner',
  }
  for (const [table, columns] of Object.entries(expected)) t.equal(found.get(table), columns, table)
})
