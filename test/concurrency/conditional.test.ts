/**
 * Two servers on one database, many clients at once: conditional writes are exact, and every version
 * that was acknowledged exists once, in order.
 */
import t from 'tap'
import { aDatabaseUrl } from '../database.ts'
import { aServer, tinglin, zhujing, type Answer, type Asked } from '../server.ts'

t.setTimeout(280_000)
const DATABASE_URL = await aDatabaseUrl(t)
const servers = [await aServer(t, { DATABASE_URL }), await aServer(t, { DATABASE_URL })]
const clients = 64
const system = 'urn:oid:1.2.156.4'

/** Clients take the servers in turns. */
const ask = (client: number, method: string, path: string, asked: Asked): Promise<Answer> =>
  servers[client % servers.length]!.ask(method, `/fhir${path}`, { as: tinglin, ...asked })
const atOnce = <T>(work: (client: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
const patient = (value: string, more = {}) => ({
  ...{ resourceType: 'Patient', identifier: [{ system, value }] },
  ...more,
})
const matches = async (value: string) =>
  (await ask(0, 'GET', `/Patient?identifier=${system}|${value}`, {})).json
const bundle = (...entry: unknown[]) => ({ resourceType: 'Bundle', type: 'transaction', entry })

t.test('64 parallel conditional creates of one identifier make one resource and agree', async t => {
  const answers = await atOnce(client =>
    ask(client, 'POST', '/Patient', {
      body: patient('one'),
      headers: { 'if-none-exist': `identifier=${system}|one` },
    }),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ status }) => status === 200).length, clients - 1)
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  t.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1)
  t.equal((await matches('one')).total, 1)
})

t.test(
  '64 parallel transactions with ifNoneExist make one, and their links lead to it',
  async t => {
    const fullUrl = 'urn:uuid:0190b5a0-0000-4000-8000-000000000009'
    const answers = await atOnce(client =>
      ask(client, 'POST', '', {
        body: bundle(
          {
            fullUrl,
            resource: patient('two'),
            request: {
              method: 'POST',
              url: 'Patient',
              ifNoneExist: `identifier=${system}|two`,
            },
          },
          {
            resource: {
              ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
              subject: { reference: fullUrl },
            },
            request: { method: 'POST', url: 'Observation' },
          },
        ),
      }),
    )
    t.ok(answers.every(({ status }) => status === 200))
    const first = answers.map(({ json }) => json.entry[0].response.status.slice(0, 3))
    t.equal(first.filter(status => status === '201').length, 1)
    const { total, entry } = await matches('two')
    t.equal(total, 1)
    const found = `Observation?patient=${entry[0].resource.id}&_summary=count`
    t.equal((await ask(1, 'GET', `/${found}`, {})).json.total, clients)
  },
)

t.test('64 parallel conditional updates with one content make one version', async t => {
  const answers = await atOnce(client =>
    ask(client, 'PUT', `/Patient?identifier=${system}|three`, { body: patient('three') }),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ status }) => status === 200).length, clients - 1)
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
})

t.test('creates by criteria in different words that share an identifier make one', async t => {
  const criteria = [
    `identifier=${system}|four`,
    'identifier=four',
    `identifier=${system}|four&active=true`,
    `identifier=${system}|four-b`,
  ]
  const body = {
    ...patient('four', { active: true }),
    identifier: [
      { system, value: 'four' },
      { system, value: 'four-b' },
    ],
  }
  await atOnce(client =>
    ask(client, 'POST', '/Patient', {
      body,
      headers: { 'if-none-exist': criteria[client % criteria.length]! },
    }),
  )
  t.equal((await matches('four')).total, 1)
})

t.test('transactions that lock the same identifiers in opposite order all succeed', async t => {
  const values = Array.from({ length: 8 }, (_, index) => `five-${index}`)
  const answers = await atOnce(client => {
    const order = client % 2 === 0 ? values : values.toReversed()
    return ask(client, 'POST', '', {
      body: bundle(
        ...order.map(value => ({
          resource: patient(value, { active: client % 3 === 0 }),
          request: { method: 'PUT', url: `Patient?identifier=${system}|${value}` },
        })),
      ),
    })
  })
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  for (const value of values) t.equal((await matches(value)).total, 1, value)
})

t.test('conditional and plain writes of two tenants keep every acknowledged version', async t => {
  const values = ['six-0', 'six-1', 'six-2', 'six-3']
  const acknowledged = new Map<string, { etag: number; family: string }[]>()
  const acknowledge = (location: unknown, family: string) => {
    const [, id, version] = /\/Patient\/([^/]+)\/_history\/(\d+)$/.exec(String(location)) ?? []
    acknowledged.set(id!, [...(acknowledged.get(id!) ?? []), { etag: Number(version), family }])
  }
  const unexpected: string[] = []
  await atOnce(async client => {
    for (let turn = 0; turn < 6; turn++) {
      const value = values[(client + turn) % values.length]!
      const family = `${client}-${turn}`
      const body = patient(value, { name: [{ family }] })
      const as = client % 8 === 7 ? zhujing : tinglin
      const kind = (Math.floor(client / 4) + turn * 3) % 4
      if (kind === 0) {
        const headers = { 'if-none-exist': `identifier=${system}|${value}` }
        const answer = await ask(client, 'POST', '/Patient', { as, body, headers })
        if (answer.status === 201) acknowledge(answer.headers.location, family)
        else if (answer.status !== 200) unexpected.push(answer.text)
      } else if (kind === 1) {
        const answer = await ask(client, 'PUT', `/Patient?identifier=${system}|${value}`, {
          as,
          body,
        })
        if (answer.status <= 201) acknowledge(answer.headers.location, family)
        else unexpected.push(answer.text)
      } else if (kind === 2) {
        const { json } = await ask(client, 'GET', `/Patient?identifier=${system}|${value}`, { as })
        const [found] = json.entry ?? []
        if (found === undefined) continue
        const { id, meta } = found.resource
        const headers = { 'if-match': `W/"${meta.versionId}"` }
        const answer = await ask(client, 'PUT', `/Patient/${id}`, {
          as,
          body: { ...body, id },
          headers,
        })
        if (answer.status === 200) acknowledge(answer.headers.location, family)
        else if (answer.status !== 412) unexpected.push(answer.text)
      } else {
        const answer = await ask(client, 'POST', '', {
          as,
          body: bundle({
            resource: body,
            request: { method: 'PUT', url: `Patient?identifier=${system}|${value}` },
          }),
        })
        if (answer.status === 200) acknowledge(answer.json.entry[0].response.location, family)
        else unexpected.push(answer.text)
      }
    }
  })
  t.strictSame(unexpected.slice(0, 3), [], 'no other answers')
  for (const as of [tinglin, zhujing])
    for (const value of values) {
      const { json } = await ask(0, 'GET', `/Patient?identifier=${system}|${value}`, { as })
      t.equal(json.total, 1, `${value}: one resource`)
      const { id } = json.entry[0].resource
      const history = await ask(1, 'GET', `/Patient/${id}/_history?_count=1000`, { as })
      const stored = history.json.entry.map(
        (entry: { resource: { meta: { versionId: string }; name: { family: string }[] } }) => ({
          etag: Number(entry.resource.meta.versionId),
          family: entry.resource.name[0]!.family,
        }),
      )
      const told = (acknowledged.get(id) ?? []).toSorted((a, b) => b.etag - a.etag)
      t.strictSame(stored, told, `${value}: each version acknowledged once, in order`)
      acknowledged.delete(id)
    }
  t.equal(acknowledged.size, 0, 'nothing was acknowledged that is not there')
})
