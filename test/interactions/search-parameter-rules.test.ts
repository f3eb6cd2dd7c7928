/** Who may add search parameters, which, and what they then serve. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { aServer, no6, tinglin, type Caller } from '../server.ts'

const operator: Caller = { client: 'no6-operator' }

const server = await aServer(t)
const { ask } = server
await server.app.context.database.query({
  name: '',
  text: `insert into client (id, organization, name, kind, scopes, purposes, grant_types, auth_method, secret_hash, operator)
    select 'no6-operator', number, 'operator', 'system', '{system/*.cruds}', '{TREAT}', '{client_credentials}',
      'client_secret_basic', 'x', true from organization where id = 'no6'`,
  values: [],
})

const flavour = {
  resourceType: 'SearchParameter',
  ...{ url: 'urn:example:flavour', name: 'flavour', status: 'active', code: 'flavour' },
  ...{ description: 'x', base: ['Basic'], type: 'string' },
  expression: `Basic.extension('urn:example:flavour').value.ofType(string)`,
}

const post = (body: unknown, as = operator) => ask('POST', '/fhir/SearchParameter', { as, body })

const job = async (path = '/fhir/$reindex', body?: unknown): Promise<string> => {
  const begun = await ask('POST', path, { as: operator, body })
  if (begun.status !== 200) throw new Error(begun.text)
  for (let look = 0; look < 400; look++) {
    const { json } = await ask('GET', '/fhir/$reindex-status', { as: operator })
    const { part } = json.parameter.find((one: { name: string }) => one.name === 'job')
    const state = part.find((one: { name: string }) => one.name === 'state').valueCode
    if (state === 'done' || state === 'failed') return state
    await sleep(50)
  }
  throw new Error('the job did not end')
}

t.test('a parameter that cannot be served is refused, naming the element', async t => {
  const faults: readonly [Record<string, unknown>, element: string][] = [
    [{ code: 'a b' }, 'code'],
    [{ code: '_x' }, 'code'],
    [{ code: 'code' }, 'code'],
    [{ code: '_id' }, 'code'],
    [{ url: 'http://hl7.org/fhir/SearchParameter/Resource-id' }, 'url'],
    [{ base: ['Resource'] }, 'expression'],
    [{ type: 'composite' }, 'type'],
    [{ type: 'special' }, 'type'],
    [{ type: 'number' }, 'type'],
    [{ type: 'token', expression: 'Basic.created' }, 'type'],
    [{ target: ['Patient'] }, 'target'],
    [{ type: 'reference', expression: 'Basic.subject' }, 'target'],
    [{ expression: undefined }, 'expression'],
    [{ expression: 'Basic.nothing' }, 'expression'],
    [{ expression: 'Basic.extension.first()' }, 'expression'],
    [{ expression: 'Patient.name' }, 'expression'],
    [{ expression: 'Basic' }, 'expression'],
    [{ expression: `Basic.extension${'.value.extension'.repeat(6)}` }, 'expression'],
    [{ expression: 'Basic.code.' }, 'expression'],
    [{ expression: `Basic.extension('${'x'.repeat(3000)}')` }, 'expression'],
  ]
  for (const [change, element] of faults) {
    const answer = await post({ ...flavour, ...change })
    t.equal(answer.status, 422, JSON.stringify(change).slice(0, 80))
    const [issue] = answer.json.issue
    t.strictSame(issue.expression, [`SearchParameter.${element}`], element)
    t.equal(issue.details.coding[0].code, 'search-parameter-invalid')
  }
  const left = await ask('GET', '/fhir/SearchParameter?_summary=count', { as: operator })
  t.equal(left.json.total, 0, 'nothing of them is stored')
})

t.test('others store drafts without effect, and can neither activate nor change one', async t => {
  const draft = await post({ ...flavour, status: 'draft', expression: 'whatever' }, tinglin)
  t.equal(draft.status, 201)
  const active = await post(flavour, tinglin)
  t.equal(active.status, 403)
  t.equal(active.json.issue[0].details.coding[0].code, 'operator-only')
  t.equal((await ask('POST', '/fhir/$reindex', { as: tinglin })).status, 403)
  t.equal((await ask('GET', '/fhir/$reindex-status', { as: tinglin })).status, 403)
  const own = await post({ ...flavour, code: 'taste', url: 'urn:example:taste' })
  t.equal(own.status, 201)
  const path = `/fhir/SearchParameter/${own.json.id}`
  const retired = { ...own.json, status: 'retired' }
  t.equal((await ask('PUT', path, { as: no6, body: retired })).status, 403, 'of the same hospital')
  t.equal((await ask('DELETE', path, { as: no6 })).status, 403)
  t.equal((await ask('DELETE', path, { as: operator })).status, 204)
  const gone = await ask('GET', '/fhir/Basic?taste=x', { as: no6 })
  t.equal(gone.json.issue[0].details.coding[0].code, 'search-parameter-unknown')
  t.equal((await ask('POST', `${path}/$reindex`, { as: operator })).status, 410)
  t.equal((await ask('POST', '/fhir/$reindex?type=Nothing', { as: operator })).status, 400)
})

t.test('two parameters do not share a code of one type, nor an address', async t => {
  const first = await post(flavour)
  t.equal(first.status, 201)
  const sameCode = await post({ ...flavour, url: 'urn:example:other' })
  t.strictSame(sameCode.json.issue[0].expression, ['SearchParameter.code'])
  const sameUrl = await post({ ...flavour, code: 'other' })
  t.strictSame(sameUrl.json.issue[0].expression, ['SearchParameter.url'])
  const described = { ...first.json, description: 'another text' }
  const path = `/fhir/SearchParameter/${first.json.id}`
  t.equal(await job(`${path}/$reindex`), 'done')
  t.equal((await ask('PUT', path, { as: operator, body: described })).status, 200)
  t.equal((await ask('GET', '/fhir/Basic?flavour=x', { as: no6 })).status, 200, 'still ready')
  const moved = {
    ...described,
    base: ['Basic', 'Flag'],
    expression: `${flavour.expression} | Flag.extension('urn:example:flavour').value.ofType(string)`,
  }
  t.equal((await ask('PUT', path, { as: operator, body: moved })).status, 200)
  t.equal((await ask('GET', '/fhir/Basic?flavour=x', { as: no6 })).status, 400, 'not any more')
  await ask('DELETE', path, { as: operator })
})

t.test('orders, chains, inclusions and filters work with added parameters', async t => {
  const basic = (id: string, taste: string, about?: string) =>
    ask('PUT', `/fhir/Basic/${id}`, {
      as: tinglin,
      body: {
        resourceType: 'Basic',
        ...{ id, code: { text: 'x' } },
        extension: [
          { url: 'urn:example:flavour', valueString: taste },
          ...(about === undefined
            ? []
            : [{ url: 'urn:example:about', valueReference: { reference: about } }]),
        ],
      },
    })
  await basic('tinglin-b1', 'sweet')
  await basic('tinglin-b2', 'bitter', 'Basic/tinglin-b1')
  await post(flavour)
  await post({
    ...{ ...flavour, code: 'about', name: 'about', url: 'urn:example:about', type: 'reference' },
    ...{ target: ['Basic'] },
    expression: `Basic.extension('urn:example:about').value.ofType(Reference)`,
  })
  await basic('tinglin-b3', 'salty', 'Basic/tinglin-b1')
  t.equal(await job('/fhir/$reindex?type=Basic'), 'done')
  const found = async (query: string): Promise<string[]> => {
    const { status, json, text } = await ask('GET', `/fhir/Basic?${query}`, { as: tinglin })
    if (status !== 200) throw new Error(text)
    return json.entry.map(({ resource }: { resource: { id: string } }) => resource.id)
  }
  const [b1, b2, b3] = ['tinglin-b1', 'tinglin-b2', 'tinglin-b3']
  t.strictSame(await found('_sort=flavour'), [b2, b3, b1])
  t.strictSame((await found('about=tinglin-b1')).sort(), [b2, b3])
  t.strictSame((await found('about.flavour=swe')).sort(), [b2, b3])
  t.strictSame(await found('_has:Basic:about:flavour=salty'), [b1])
  t.strictSame((await found('flavour=salty&_include=Basic:about')).sort(), [b1, b3])
  t.strictSame((await found('_id=tinglin-b1&_revinclude=Basic:about')).sort(), [b1, b2, b3])
  t.strictSame(await found('_filter=flavour sw sal'), [b3])
  t.strictSame(await found('about:missing=true'), [b1])
})

t.test('a parameter of every type is found in each, and in searches of several', async t => {
  const ward = {
    ...{ ...flavour, code: 'ward', name: 'ward', url: 'urn:example:ward', type: 'token' },
    base: ['DomainResource'],
    expression: `DomainResource.extension('urn:example:ward').value.ofType(Coding)`,
  }
  const claimed = {
    ...{ ...flavour, code: 'claimed', name: 'claimed', url: 'urn:example:claimed', type: 'uri' },
    ...{ base: ['Resource'], expression: 'Resource.meta.profile | Resource.implicitRules' },
  }
  for (const parameter of [ward, claimed]) {
    const { status, text } = await post(parameter)
    t.equal(status, 201, text)
  }
  const extension = [{ url: 'urn:example:ward', valueCoding: { system: 'w', code: 'W7' } }]
  const meta = { profile: ['urn:example:claim'] }
  for (const body of [
    { resourceType: 'Basic', id: 'tinglin-w1', code: { text: 'x' }, extension },
    { resourceType: 'Flag', id: 'tinglin-w2', status: 'active', code: { text: 'x' }, extension },
    { resourceType: 'Binary', id: 'tinglin-w3', contentType: 'text/plain', meta },
  ].map(one =>
    one.resourceType === 'Flag'
      ? { ...one, subject: { reference: 'Patient/tinglin-liuyang' } }
      : one,
  )) {
    const { status, text } = await ask('PUT', `/fhir/${body.resourceType}/${body.id}`, {
      ...{ as: tinglin, body },
    })
    t.equal(status, 201, text)
  }
  t.equal(await job('/fhir/$reindex'), 'done')
  const ids = async (query: string): Promise<string[]> => {
    const { status, json, text } = await ask('GET', `/fhir${query}`, { as: tinglin })
    t.equal(status, 200, text)
    return (json.entry ?? [])
      .map(({ resource }: { resource: { id: string } }) => resource.id)
      .sort()
  }
  t.strictSame(await ids('/Basic?ward=w|W7'), ['tinglin-w1'])
  t.strictSame(await ids('/Flag?ward=W7&patient=tinglin-liuyang'), ['tinglin-w2'])
  t.strictSame(await ids('?_type=Basic,Flag,Condition&ward=W7'), ['tinglin-w1', 'tinglin-w2'])
  t.strictSame(await ids('/Binary?claimed=urn:example:claim'), ['tinglin-w3'])
  const unknown = await ask('GET', '/fhir/Binary?ward=W7', { as: tinglin })
  t.equal(unknown.status, 400, 'a Binary has no extensions of its own')
})
