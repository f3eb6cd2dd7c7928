/** Conditional entries and references of transactions. @see https://hl7.org/fhir/R4/http.html#trules */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const system = 'urn:oid:1.2.156.3'
const post = (entry: unknown[], as: Caller = tinglin, type = 'transaction') =>
  ask('POST', '/fhir', { as, body: { resourceType: 'Bundle', type, entry } })
const identified = (resourceType: string, value: string, more = {}) => ({
  ...{ resourceType, identifier: [{ system, value }] },
  ...more,
})
const practitioner = (value: string, name = '张医生') =>
  identified('Practitioner', value, { name: [{ text: name }] })
const observation = (reference: string, more = {}) => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: '体温' } },
  ...{ performer: [{ reference }], ...more },
})
const creating = (resource: { resourceType: string }, more = {}) => ({
  resource,
  request: { method: 'POST', url: resource.resourceType, ...more },
})
const ifNone = (value: string) => ({ ifNoneExist: `identifier=${system}|${value}` })
const statuses = (answer: { json: { entry: { response: { status: string } }[] } }) =>
  answer.json.entry.map(({ response }) => response.status.slice(0, 3))
const locations = (answer: { json: { entry: { response: { location: string } }[] } }) =>
  answer.json.entry.map(({ response }) =>
    response.location.slice(`${baseUrl}/fhir/`.length).replace(/\/_history\/\d+$/, ''),
  )
const read = async (address: string) => (await ask('GET', `/fhir/${address}`, { as: tinglin })).json
const count = async (query: string, as = tinglin) =>
  (await ask('GET', `/fhir/${query}&_summary=count`, { as })).json.total as number
const refusal = (answer: {
  json: { issue: { details: { coding: { code: string }[] }; expression: string[] }[] }
}) => [answer.json.issue[0]!.details.coding[0]!.code, answer.json.issue[0]!.expression?.[0]]

const made = await ask('POST', '/fhir/Practitioner', { as: tinglin, body: practitioner('P1') })
const known = `Practitioner/${made.json.id}`

t.test('a conditional reference becomes the reference to the one it finds', async t => {
  const answer = await post([creating(observation(`Practitioner?identifier=${system}|P1`))])
  t.equal(answer.status, 200)
  t.equal((await read(locations(answer)[0]!)).performer[0].reference, known)
  const body = observation(`Practitioner?identifier=${system}|P1`)
  const created = await ask('POST', '/fhir/Observation', { as: tinglin, body })
  t.equal(created.json.performer[0].reference, known, 'in a plain create')
  const updated = await ask('PUT', '/fhir/Observation/tinglin-cr', {
    as: tinglin,
    body: { ...body, id: 'tinglin-cr' },
  })
  t.equal(updated.json.performer[0].reference, known, 'in a plain update')
})

t.test(
  'no match is 400 and several are 412, naming entry and element and no identifier',
  async t => {
    await ask('POST', '/fhir/Practitioner', { as: tinglin, body: practitioner('P2') })
    await ask('POST', '/fhir/Practitioner', { as: tinglin, body: practitioner('P2', '李') })
    for (const [value, status, code] of [
      ['SECRET9', 400, 'reference-no-match'],
      ['P2', 412, 'reference-many-matches'],
    ] as const) {
      const reference = `Practitioner?identifier=${system}|${value}`
      const answer = await post([creating(practitioner('P7')), creating(observation(reference))])
      t.equal(answer.status, status)
      t.strictSame(refusal(answer), [code, 'Bundle.entry[1].resource.performer[0].reference'])
      t.notMatch(answer.text, value)
      const body = observation(reference)
      const single = await ask('POST', '/fhir/Observation', { as: tinglin, body })
      t.equal(single.status, status)
      t.strictSame(refusal(single), [code, 'Observation.performer[0].reference'])
    }
    t.equal(await count(`Practitioner?identifier=${system}|P7`), 0, 'nothing was written')
  },
)

t.test('faulty criteria of a reference are 400 at the element', async t => {
  const answer = await post([creating(observation('Practitioner?identifer=x'))])
  t.equal(answer.status, 400)
  t.strictSame(refusal(answer), [
    'search-parameter-unknown',
    'Bundle.entry[0].resource.performer[0].reference',
  ])
})

t.test('the shared directory is found, an own record is meant before it', async t => {
  await ask('POST', '/fhir/Practitioner', { as: zhujing, body: practitioner('P3') })
  const reference = `Practitioner?identifier=${system}|P3`
  t.equal((await post([creating(observation(reference))])).status, 200, 'of another hospital')
  await ask('POST', '/fhir/Practitioner', { as: no6, body: practitioner('P3') })
  t.equal((await post([creating(observation(reference))])).status, 412, 'of two others')
  const own = await ask('POST', '/fhir/Practitioner', { as: tinglin, body: practitioner('P3') })
  const answer = await post([creating(observation(reference))])
  t.equal(answer.status, 200)
  t.equal((await read(locations(answer)[0]!)).performer[0].reference, `Practitioner/${own.json.id}`)
})

t.test("another hospital's patient is not found, and found alike when absent", async t => {
  await ask('POST', '/fhir/Patient', { as: zhujing, body: identified('Patient', 'H1') })
  const asked = (value: string) =>
    post([
      creating({
        ...observation(known),
        subject: { reference: `Patient?identifier=${system}|${value}` },
      } as never),
    ])
  const [hidden, absent] = [await asked('H1'), await asked('H2')]
  t.equal(hidden.status, 400)
  t.equal(hidden.text, absent.text)
})

t.test('a conditional reference finds what the same transaction makes', async t => {
  const reference = `Practitioner?identifier=${system}|P4`
  const answer = await post([creating(observation(reference)), creating(practitioner('P4'))])
  t.equal(answer.status, 200)
  const [first, second] = locations(answer)
  t.equal((await read(first!)).performer[0].reference, second)
})

t.test('ifNoneExist: the match takes the place of the fullUrl', async t => {
  const fullUrl = 'urn:uuid:0190b5a0-0000-4000-8000-000000000001'
  const entries = (value: string) => [
    { fullUrl, ...creating(practitioner(value), ifNone(value)) },
    creating(observation(fullUrl)),
  ]
  const found = await post(entries('P1'))
  t.strictSame(statuses(found), ['200', '201'])
  t.strictSame(locations(found)[0], known)
  t.equal((await read(locations(found)[1]!)).performer[0].reference, known)
  const fresh = await post(entries('P5'))
  t.strictSame(statuses(fresh), ['201', '201'])
  t.equal((await read(locations(fresh)[1]!)).performer[0].reference, locations(fresh)[0])
  t.strictSame(statuses(await post(entries('P5'))), ['200', '201'])
  const many = await post(entries('P2'))
  t.equal(many.status, 412)
  t.strictSame(refusal(many), ['criteria-many', 'Bundle.entry[0]'])
})

t.test('two entries that would make the same one make it once', async t => {
  const answer = await post([
    creating(practitioner('P6'), ifNone('P6')),
    creating(practitioner('P6'), ifNone('P6')),
  ])
  t.strictSame(statuses(answer), ['201', '200'])
  t.equal(locations(answer)[0], locations(answer)[1])
  t.equal(await count(`Practitioner?identifier=${system}|P6`), 1)
})

t.test('conditional PUT and DELETE entries change what they meet', async t => {
  const url = (value: string) => `Practitioner?identifier=${system}|${value}`
  const put = (value: string, name: string) => ({
    fullUrl: `urn:uuid:0190b5a0-0000-4000-8000-00000000000${value.slice(1)}`,
    resource: practitioner(value, name),
    request: { method: 'PUT', url: url(value) },
  })
  const answer = await post([
    { request: { method: 'GET', url: url('P6') } },
    creating(observation('urn:uuid:0190b5a0-0000-4000-8000-000000000001')),
    put('P1', '改名'),
    put('P8', '新建'),
    { request: { method: 'DELETE', url: url('P6') } },
    { request: { method: 'DELETE', url: url('P9') } },
    { request: { method: 'HEAD', url: known } },
  ])
  t.strictSame(statuses(answer), ['200', '201', '200', '201', '204', '204', '200'])
  t.equal(answer.json.entry[0].resource.total, 0, 'the search comes after the deletion')
  t.equal((await read(known)).name[0].text, '改名')
  t.equal(
    (await read(locations({ json: { entry: [answer.json.entry[1]] } })[0]!)).performer[0].reference,
    known,
  )
  const head = answer.json.entry[6]
  t.equal(head.response.etag, 'W/"2"')
  t.notOk('resource' in head)
  t.equal((await post([put('P2', 'x')])).status, 412)
})

t.test(
  'two entries that change one resource are 400 naming both, however they address it',
  async t => {
    const byId = {
      resource: { ...practitioner('P1'), id: made.json.id },
      request: { method: 'PUT', url: known },
    }
    const byCriteria = {
      resource: practitioner('P1', 'x'),
      request: { method: 'PUT', url: `Practitioner?identifier=${system}|P1` },
    }
    const removing = { request: { method: 'DELETE', url: known } }
    const fresh = (method: string) => ({
      ...(method === 'PUT' ? { resource: practitioner('PX') } : {}),
      request: { method, url: `Practitioner?identifier=${system}|PX` },
    })
    for (const pair of [
      [byId, byCriteria],
      [byCriteria, byCriteria],
      [byId, removing],
      [creating(practitioner('PX')), fresh('PUT')],
      [fresh('PUT'), fresh('PUT')],
    ]) {
      const answer = await post(pair)
      t.equal(answer.status, 400)
      t.strictSame(refusal(answer), ['bundle-duplicate-identity', 'Bundle.entry[1]'])
      t.match(answer.json.issue[0].details.text, /0 and 1/)
    }
    t.equal(await count(`Practitioner?identifier=${system}|PX`), 0)
  },
)

t.test('what a DELETE removes is not met by a POST of the same transaction', async t => {
  const answer = await post([
    creating(practitioner('P8'), ifNone('P8')),
    { request: { method: 'DELETE', url: `Practitioner?identifier=${system}|P8` } },
  ])
  t.strictSame(statuses(answer), ['201', '204'])
  t.equal(await count(`Practitioner?identifier=${system}|P8`), 1)
})

t.test('a failing entry is named, whatever it is', async t => {
  const cases = [
    [{ request: { method: 'DELETE', url: 'Patient/tinglin-none', ifMatch: 'W/"1"' } }, 404],
    [{ request: { method: 'GET', url: 'Patient/tinglin-none' } }, 404],
    [{ request: { method: 'GET', url: 'Patient?nonsense=1' } }, 400],
    [{ request: { method: 'GET', url: 'Nonsense/1' } }, 404],
    [{ request: { method: 'TRACE', url: 'Patient' } }, 405],
    [{ request: { method: 'DELETE', url: 'Patient?identifier=' } }, 400],
    [
      {
        request: {
          ...{ method: 'DELETE', url: `Patient?identifier=${system}|none`, ifMatch: 'W/"1"' },
        },
      },
      412,
    ],
    [
      {
        request: { method: 'PUT', url: known, ifMatch: 'W/"9"' },
        resource: { ...practitioner('P1'), id: made.json.id },
      },
      412,
    ],
    [
      {
        request: { method: 'PUT', url: 'Practitioner/zhujing-x' },
        resource: { ...practitioner('P1'), id: 'zhujing-x' },
      },
      403,
    ],
    [
      {
        request: { method: 'POST', url: 'Patient' },
        resource: { resourceType: 'Patient', gender: 'x' },
      },
      422,
    ],
  ] as const
  for (const [entry, status] of cases) {
    const answer = await post([creating(practitioner('P0')), entry])
    t.equal(answer.status, status, entry.request.url)
    t.match(answer.json.issue[0].expression[0], /^Bundle\.entry\[1\]/)
  }
  t.equal(await count(`Practitioner?identifier=${system}|P0`), 0)
})

t.test(
  'links by relative and absolute URL, with version or fragment, lead to the new ids',
  async t => {
    const origin = 'http://his.example/fhir'
    const links = [
      ['Practitioner/1', '', 'relative to the fullUrl of its entry'],
      [`${origin}/Practitioner/1`, '', 'absolute'],
      [`${origin}/Practitioner/1/_history/7`, '', "with the other server's version"],
      ['urn:oid:1.2.3.4', '', 'urn:oid'],
    ] as const
    const answer = await post([
      { fullUrl: `${origin}/Practitioner/1`, ...creating(practitioner('L1')) },
      { fullUrl: 'urn:oid:1.2.3.4', ...creating(practitioner('L2')) },
      ...links.map(([link], index) => ({
        fullUrl: `${origin}/Observation/${index}`,
        ...creating(
          observation(link, {
            text: {
              status: 'generated',
              div: '<div xmlns="http://www.w3.org/1999/xhtml"><a href="urn:oid:1.2.3.4">医生</a></div>',
            },
          }),
        ),
      })),
    ])
    t.equal(answer.status, 200, answer.text.slice(0, 300))
    const at = locations(answer)
    for (const [index, [link, , what]] of links.entries()) {
      const stored = await read(at[index + 2]!)
      t.equal(stored.performer[0].reference, at[link.startsWith('urn') ? 1 : 0], what)
      t.match(stored.text.div, `href="${at[1]}"`)
    }
  },
)

t.test('a version of a resource of this server stays in the link to it', async t => {
  const versioned = `${known}/_history/1`
  const answer = await post([
    {
      fullUrl: `${baseUrl}/fhir/${known}`,
      resource: { ...practitioner('P1', '又改'), id: made.json.id },
      request: { method: 'PUT', url: known },
    },
    { fullUrl: `${baseUrl}/fhir/Observation/x`, ...creating(observation(versioned)) },
    creating(observation(`${baseUrl}/fhir/${versioned}`)),
  ])
  t.equal(answer.status, 200)
  t.equal((await read(locations(answer)[1]!)).performer[0].reference, versioned)
  t.equal((await read(locations(answer)[2]!)).performer[0].reference, versioned)
})

t.test('a batch performs conditional entries one by one', async t => {
  const answer = await post(
    [
      creating(practitioner('B1'), ifNone('P1')),
      { request: { method: 'DELETE', url: `Practitioner?identifier=${system}|none` } },
      { request: { method: 'HEAD', url: known } },
      creating(practitioner('B2'), ifNone('P2')),
    ],
    tinglin,
    'batch',
  )
  t.strictSame(statuses(answer), ['200', '204', '200', '412'])
  t.notOk('resource' in answer.json.entry[2])
})

t.test('the scope of each entry is asked for before data is looked at', async t => {
  const scope = 'system/Practitioner.cuds system/Observation.c'
  const entry = creating(observation(`Patient?identifier=${system}|H1`))
  const answer = await post([entry], { ...tinglin, scope })
  t.equal(answer.status, 403, 'no search scope for the target of a conditional reference')
  const put = { request: { method: 'DELETE', url: `Observation?identifier=${system}|x` } }
  t.equal((await post([put], { ...tinglin, scope })).status, 403)
})

t.test('too many entries are refused with 413 and advice', async t => {
  const answer = await post(
    Array.from({ length: 10_001 }, () => ({ request: { method: 'GET', url: 'Patient' } })),
  )
  t.equal(answer.status, 413)
  t.equal(refusal(answer)[0], 'bundle-too-large')
})
