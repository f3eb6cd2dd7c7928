/** Leaks by bundles, by the trail, by headers and when rules are missing, each by its number. */
import t from 'tap'
import {
  aServer,
  seenOf,
  sun,
  tinglin,
  wu,
  zhang,
  zhujing,
  type Answer,
  type Caller,
} from '../server.ts'

const { app, ask } = await aServer(t)
const hidden = 'Patient/tinglin-shanxin'
const absent = 'Patient/tinglin-nobody'
const visible = 'Patient/tinglin-liuyang'

const withoutId = (answer: Answer, address: string) =>
  JSON.stringify(seenOf(answer)).replaceAll(address.split('/')[1]!, 'ID')

/** Both answers cannot be told apart, but for the address each was asked about. */
const alike = async (
  t: Tap,
  ask: (address: string) => Promise<Answer>,
): Promise<readonly [Answer, Answer]> => {
  const answers = [await ask(hidden), await ask(absent)] as const
  t.equal(withoutId(answers[0], hidden), withoutId(answers[1], absent))
  return answers
}
type Tap = Pick<typeof t, 'equal'>

const bundle = (type: string, ...entry: readonly object[]) => ({
  resourceType: 'Bundle',
  type,
  entry,
})
const get = (url: string) => ({ request: { method: 'GET', url } })

t.test('L29 links and texts of an answer repeat nothing that is hidden', async t => {
  const { json } = await ask(
    'GET',
    `/fhir/Observation?subject:Patient._id=${hidden.split('/')[1]}`,
    {
      as: zhang,
    },
  )
  t.equal(json.total, 0)
  const { text } = await ask('GET', `/fhir/${hidden}`, { as: zhang })
  t.notMatch(text, /shanxin/)
})

t.test(
  'L45 entries of a bundle are hidden as requests of their own are, each by its scope',
  async t => {
    for (const type of ['batch', 'transaction'])
      await alike(t, address =>
        ask('POST', '/fhir', { as: zhang, body: bundle(type, get(address), get(visible)) }),
      )
    const narrow: Caller = { ...zhang, scope: 'user/Patient.r' }
    const { json } = await ask('POST', '/fhir', {
      as: narrow,
      body: bundle('batch', get(visible), get(`Observation?patient=${visible}`)),
    })
    t.match(json.entry, [{ response: { status: '200' } }, { response: { status: '403' } }])
  },
)

t.test('L46 a refused transaction names no hidden record', async t => {
  for (const method of ['PATCH', 'PUT'] as const)
    await alike(t, address =>
      ask('POST', '/fhir', {
        as: zhujing,
        body: bundle('transaction', {
          request: { method, url: address },
          resource:
            method === 'PUT'
              ? { resourceType: 'Patient', id: address.split('/')[1] }
              : { resourceType: 'Parameters' },
        }),
      }),
    )
  await alike(t, address =>
    ask('POST', '/fhir', {
      as: zhujing,
      body: bundle('transaction', {
        request: { method: 'DELETE', url: address, ifMatch: 'W/"1"' },
      }),
    }),
  )
})

t.test('L47 $everything of a hidden patient is that of an absent one', async t => {
  for (const query of ['', '?_type=Observation', '?_type=Provenance,Consent'])
    await alike(t, address => ask('GET', `/fhir/${address}/$everything${query}`, { as: zhang }))
})

t.test('L48 operations do not know what is hidden', async t => {
  for (const operation of ['Observation/$lastn', 'Observation/$stats'])
    await alike(t, address =>
      ask(
        'GET',
        `/fhir/${operation}?subject=${address}&patient=${address}&code=http://loinc.org|4548-4&statistic=count`,
        {
          as: zhang,
        },
      ),
    )
  await alike(t, address => ask('GET', `/fhir/${address}/$meta`, { as: zhang }))
  await alike(t, address => ask('GET', `/fhir/${address}/$disclosures`, { as: sun }))
})

t.test('L59 neither consents nor the audit trail cross between hospitals', async t => {
  const consents = await ask('GET', '/fhir/Consent', { as: zhang })
  t.equal(consents.json.total, 0)
  const own = await ask('GET', '/fhir/Consent', { as: tinglin })
  t.ok(own.json.total > 0, 'there are consents')
  const none = await ask('GET', '/fhir/Consent/tinglin-nobody', { as: zhang })
  for (const { resource } of own.json.entry) {
    const { id } = resource as { readonly id: string }
    t.strictSame(seenOf(await ask('GET', `/fhir/Consent/${id}`, { as: zhang })), seenOf(none))
  }
  await ask('GET', `/fhir/${visible}`, { as: zhang })
  await app.context.auditTrail.drained()
  const trail = await ask('GET', `/fhir/AuditEvent?patient=${visible}`, { as: wu })
  t.ok(trail.json.entry.length > 0, 'the owner has events')
  const event = `/fhir/AuditEvent/${trail.json.entry[0].resource.id}`
  const nothing = await ask('GET', '/fhir/AuditEvent/Trail.00', { as: sun })
  for (const as of [zhang, zhujing, tinglin])
    t.strictSame(seenOf(await ask('GET', event, { as })), seenOf(nothing))
  const ofOwnStaff = await ask('GET', event, { as: sun })
  t.equal(ofOwnStaff.status, 200, 'that its own doctor did something, No.6 may know')
  t.notMatch(ofOwnStaff.text, /tinglin|liuyang/)
})

t.test('L63 the CapabilityStatement says the same to everyone and counts nothing', async t => {
  const [one, other] = [
    await ask('GET', '/fhir/metadata', { as: zhang }),
    await ask('GET', '/fhir/metadata'),
  ]
  t.equal(one.text, other.text)
  t.notMatch(one.text, /tinglin|liuyang|shanxin/)
})

t.test('L66 no shared cache may keep an answer', async t => {
  const paths = [
    visible,
    hidden,
    `Observation?patient=${visible}`,
    `${visible}/_history`,
    'AuditEvent',
  ]
  for (const path of paths) {
    const { headers } = await ask('GET', `/fhir/${path}`, { as: zhang })
    t.match(String(headers['cache-control']), /no-store/, path)
    t.match(String(headers['cache-control']), /private/, path)
    t.match(String(headers['vary']), /authorization/i, path)
  }
})

t.test('L70 headers count nothing', async t => {
  const { headers } = await ask('GET', `/fhir/Observation?patient=${visible}`, { as: zhang })
  t.strictSame(
    Object.keys(headers).filter(name => /count|total|limit|remaining/i.test(name)),
    [],
  )
})

t.test('L71 what is logged of statements and of the trail holds no search value', async t => {
  await ask('GET', '/fhir/Patient?name=Zhangsanfeng', { as: tinglin })
  await app.context.auditTrail.drained()
  const [row] = await app.context.database.query<{ found: boolean }>({
    name: '',
    text: `select exists (select from audit_event e where to_jsonb(e)::text ilike '%sanfeng%') as found`,
    values: [],
  })
  t.equal(row?.found, false)
})

t.test('L86 what is switched off is refused on the next request', async t => {
  const { database } = app.context
  const run = (text: string) => database.query({ name: '', text, values: [] })
  const path = `/fhir/${visible}`
  for (const [off, on] of [
    [
      `update person set active = false where id = 'no6-zhang'`,
      `update person set active = true where id = 'no6-zhang'`,
    ],
    [
      `update client set active = false where id = 'no6-app'`,
      `update client set active = true where id = 'no6-app'`,
    ],
    [
      `update organization set active = false where id = 'no6'`,
      `update organization set active = true where id = 'no6'`,
    ],
  ] as const) {
    t.equal((await ask('GET', path, { as: zhang })).status, 200)
    await run(off)
    t.equal((await ask('GET', path, { as: zhang })).status, 401, off)
    await run(on)
  }
  t.equal((await ask('GET', path, { as: zhang })).status, 200)
})

t.test('L87 a token in the address is refused', async t => {
  const none = await ask('GET', `/fhir/${visible}`)
  const inQuery = await ask('GET', `/fhir/${visible}?access_token=x`)
  t.equal(inQuery.status, 401)
  t.equal(inQuery.text, none.text)
})

t.test('L69 without rules, everything of others is closed', async t => {
  const { database } = app.context
  const run = (text: string) => database.query({ name: '', text, values: [] })
  t.equal((await ask('GET', `/fhir/${visible}`, { as: zhang })).status, 200)
  await run('delete from consent_rule')
  const closed = await ask('GET', `/fhir/${visible}`, { as: zhang })
  t.equal(
    withoutId(closed, visible),
    withoutId(await ask('GET', `/fhir/${absent}`, { as: zhang }), absent),
  )
  await run('alter table consent_rule rename to consent_rule_away')
  const broken = await ask('GET', `/fhir/${visible}`, { as: zhang })
  t.ok(broken.status >= 400, String(broken.status))
  t.notMatch(broken.text, /刘/)
  await run('alter table consent_rule_away rename to consent_rule')
})
