/** Search parameters that an operator adds while the exchange runs, from the write to the search. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, tinglin, zhujing, type Caller, type TestServer } from '../server.ts'

const operator: Caller = { client: 'no6-operator' }

/** A server with an operator of the exchange. */
const anExchange = async (t: Parameters<typeof aServer>[0]): Promise<TestServer> => {
  const server = await aServer(t)
  await createRegistry(server.app.context.database).clients.create({
    ...{ id: 'no6-operator', organization: 'no6', name: '平台运营', kind: 'system' },
    ...{ scopes: ['system/*.cruds'], purposes: ['TREAT'], isOperator: true },
    grantTypes: ['client_credentials'],
  })
  return server
}

const extension = 'urn:example:bed'

const bed = {
  resourceType: 'SearchParameter',
  ...{ url: 'urn:example:SearchParameter:bed', name: 'bed', status: 'active', code: 'bed' },
  ...{ description: 'The bed', base: ['Encounter'], type: 'token' },
  expression: `Encounter.extension('${extension}').value.ofType(code)`,
}

const encounter = (id: string, code?: string) => ({
  resourceType: 'Encounter',
  ...{ id, status: 'finished', class: { code: 'IMP' } },
  subject: { reference: 'Patient/tinglin-liuyang' },
  ...(code === undefined ? {} : { extension: [{ url: extension, valueCode: code }] }),
})

const put = async (server: TestServer, resource: { id: string; resourceType: string }) => {
  const path = `/fhir/${resource.resourceType}/${resource.id}`
  return (await server.ask('PUT', path, { as: tinglin, body: resource })).status
}

const idsOf = (answer: { json: { entry?: { resource: { id: string } }[] } }) =>
  (answer.json.entry ?? []).map(({ resource }) => resource.id).sort()

const reindexed = async ({ ask }: TestServer, path = '/fhir/$reindex', body?: unknown) => {
  const begun = await ask('POST', path, { as: operator, body })
  if (begun.status !== 200) throw new Error(begun.text)
  for (let look = 0; look < 300; look++) {
    const { json } = await ask('GET', '/fhir/$reindex-status', { as: operator })
    const job = json.parameter.find((one: { name: string }) => one.name === 'job')
    const state = job.part.find((one: { name: string }) => one.name === 'state').valueCode
    if (state === 'done' || state === 'failed') return { state, json }
    await sleep(50)
  }
  throw new Error('the job did not end')
}

t.test('a parameter serves searches once what was stored before it is indexed', async t => {
  const server = await anExchange(t)
  const { ask } = server
  await put(server, encounter('tinglin-e1', 'A-12'))
  await put(server, encounter('tinglin-e2', 'A-13'))
  await put(server, encounter('tinglin-e3'))
  const search = (query: string, as = tinglin) => ask('GET', `/fhir/Encounter?${query}`, { as })

  const unknown = await search('bed=A-12')
  t.equal(unknown.json.issue[0].details.coding[0].code, 'search-parameter-unknown')
  const created = await ask('POST', '/fhir/SearchParameter', { as: operator, body: bed })
  t.equal(created.status, 201)
  const { id } = created.json

  const [early, lenient, chained, sorted] = [
    await search('bed=A-12'),
    await ask('GET', '/fhir/Encounter?bed=A-12', {
      ...{ as: tinglin, headers: { prefer: 'handling=lenient' } },
    }),
    await ask('GET', '/fhir/Observation?encounter.bed=A-12', { as: tinglin }),
    await search('_sort=bed'),
  ]
  for (const answer of [early, lenient, chained, sorted]) {
    t.equal(answer.status, 400)
    t.equal(answer.json.issue[0].details.coding[0].code, 'search-parameter-not-ready')
    t.match(answer.json.issue[0].details.text, /0 %/)
  }
  await put(server, encounter('tinglin-e4', 'A-12'))
  const { state } = await reindexed(server, `/fhir/SearchParameter/${id}/$reindex`)
  t.equal(state, 'done')

  t.strictSame(idsOf(await search('bed=A-12')), ['tinglin-e1', 'tinglin-e4'])
  t.strictSame(idsOf(await search('bed=A-12,A-13')), ['tinglin-e1', 'tinglin-e2', 'tinglin-e4'])
  t.ok(idsOf(await search('bed:missing=true')).includes('tinglin-e3'))
  t.strictSame(idsOf(await search('bed:missing=false')), ['tinglin-e1', 'tinglin-e2', 'tinglin-e4'])
  t.strictSame(idsOf(await search('bed=A-12', zhujing)), [], 'under the access rules as all others')
  const { json } = await ask('GET', '/fhir/metadata')
  const served = json.rest[0].resource.find((one: { type: string }) => one.type === 'Encounter')
  t.ok(served.searchParam.some((one: { name: string }) => one.name === 'bed'))

  const retired = { ...created.json, status: 'retired' }
  await ask('PUT', `/fhir/SearchParameter/${id}`, { as: operator, body: retired })
  t.equal((await search('bed=A-12')).status, 400, 'retired')
})

t.test('reindexing moves neither version nor time of update', async t => {
  const server = await anExchange(t)
  await put(server, encounter('tinglin-e1', 'A-12'))
  const before = await server.ask('GET', '/fhir/Encounter/tinglin-e1', { as: tinglin })
  await server.ask('POST', '/fhir/SearchParameter', { as: operator, body: bed })
  await reindexed(server)
  const after = await server.ask('GET', '/fhir/Encounter/tinglin-e1', { as: tinglin })
  t.equal(after.text, before.text)
  t.equal(after.headers.etag, before.headers.etag)
  t.strictSame(idsOf(await server.ask('GET', '/fhir/Encounter?bed=A-12', { as: tinglin })), [
    'tinglin-e1',
  ])
})

t.test('what was stored by an earlier version of the exchange is cured', async t => {
  const server = await anExchange(t)
  const { ask, app } = server
  const weight = {
    resourceType: 'Observation',
    ...{ id: 'tinglin-w1', status: 'final', code: { coding: [{ system: 's', code: 'weight' }] } },
    subject: { reference: 'Patient/tinglin-liuyang' },
    valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  }
  await put(server, weight)
  await put(server, { ...weight, valueQuantity: { ...weight.valueQuantity, value: 71 } } as never)
  const run = (text: string) => app.context.database.query({ name: '', text, values: [] })
  const judged = 'facts, confidentiality, screened, date_low, date_high'
  const rows = () => run(`select ${judged}, present, tokens from resource order by key`)
  const versions = () => run(`select ${judged} from resource_version order by key, version`)
  const [rowsBefore, versionsBefore] = [await rows(), await versions()]
  // As rows are that were stored before migrations 0008 and 0011.
  await run(`update resource set indexed = 0, present = 0, facts = '{}', screened = false`)
  await run(`update resource_version set facts = '{}', screened = false`)
  await run('delete from search_quantity')
  const heavy = () => ask('GET', '/fhir/Observation?value-quantity=gt70', { as: tinglin })
  t.notOk(idsOf(await heavy()).includes('tinglin-w1'))
  const { state } = await reindexed(server)
  t.equal(state, 'done')
  t.ok(idsOf(await heavy()).includes('tinglin-w1'))
  t.strictSame(await rows(), rowsBefore)
  t.strictSame(await versions(), versionsBefore)
})
