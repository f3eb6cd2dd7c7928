/**
 * Every statement of every write fails once: the answer is 503 with Retry-After, and nothing of the
 * write is left behind.
 */
import t from 'tap'
import { Unavailable } from '../../src/fhir/errors.ts'
import { aServer, tinglin, zhujing, type Asked } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

t.setTimeout(280_000)
/** Statements until the one that fails; audit records are written beside the request. */
let left = Number.POSITIVE_INFINITY
let tripped = ''
const { app, ask } = await aServer(
  t,
  {},
  {
    onStatement: ({ name, text }) => {
      // The trail and the counts of the feed are written beside the requests, whenever their time has come.
      if (/^(?:audit|feed)/.test(name) || --left !== 0) return
      tripped = name === '' ? text.slice(0, 40) : name
      throw new Unavailable()
    },
  },
)
/** More statements than any of these writes sends. */
const statementsMax = 60
const tables = [
  ...['resource', 'resource_version', 'search_string', 'search_date', 'consent_rule'],
  ...['consultation_gate', 'actor_membership', 'idempotency_key', 'patient_merge'],
  ...['search_quantity', 'resource_text', 'shared_text'],
]

/** A digest of everything a write may touch. */
const stored = async (): Promise<string> => {
  const digests = tables.map(
    table =>
      `(select coalesce(md5(string_agg(x::text, '|' order by x::text)), '') from ${table} x)`,
  )
  const [row] = await app.context.database.query<{ all: string }>({
    ...{ name: '', values: [] },
    text: `select concat_ws(' ', ${digests.join(', ')}) as all`,
  })
  return row!.all
}

const patient = (id?: string, text = '王芳') => ({
  resourceType: 'Patient',
  ...(id === undefined ? {} : { id }),
  identifier: [{ system: 'urn:f', value: id ?? 'none' }],
  name: [{ text }],
  birthDate: '1970-01-01',
})
const put = (resource: { resourceType: string; id?: string }, headers = {}): Write => [
  'PUT',
  `${resource.resourceType}/${resource.id}`,
  { body: resource, headers },
]
const bundle = (type: string, ...entry: unknown[]) => ({ resourceType: 'Bundle', type, entry })
const role = {
  resourceType: 'PractitionerRole',
  id: 'tinglin-role',
  active: true,
  practitioner: { reference: 'Practitioner/no6-zhang' },
  organization: { reference: 'Organization/no6' },
}

type Write = readonly [method: string, path: string, asked: Asked]
let serial = 0

/** Each makes a write that has not been done yet. */
const writes: Readonly<Record<string, () => Write>> = {
  create: () => ['POST', 'Patient', { body: patient() }],
  'create of a consent': () => [
    'POST',
    'Consent',
    { body: consentOf('tinglin-c', 'Patient/tinglin-liuyang') },
  ],
  'update that creates': () => put(patient(`tinglin-f${serial++}`)),
  'update that replaces': () => put(patient('tinglin-f0', `名${serial++}`)),
  'update with If-Match': () => put(patient('tinglin-m', `名${serial++}`), { 'if-match': 'W/"1"' }),
  'update of a consent': () =>
    put(
      consentOf('tinglin-fc', 'Patient/tinglin-liuyang', {
        period: { end: `20${30 + (serial++ % 60)}` },
      }),
    ),
  'update of a consultation': () =>
    put(
      consultationOf('tinglin-fs', 'Patient/tinglin-liuyang', { note: [{ text: `${serial++}` }] }),
    ),
  'update of a role': () => put({ ...role, ...{ availabilityExceptions: `${serial++}` } }),
  delete: () => ['DELETE', 'Patient/tinglin-f0', {}],
  'conditional create': () => [
    'POST',
    'Patient',
    { body: patient(), headers: { 'if-none-exist': `identifier=urn:f|new${serial++}` } },
  ],
  'conditional update that creates': () => [
    'PUT',
    `Patient?identifier=urn:f|new${serial++}`,
    { body: patient() },
  ],
  'conditional update that replaces': () => [
    'PUT',
    'Patient?identifier=urn:f|tinglin-g1',
    { body: patient('tinglin-g1', `名${serial++}`) },
  ],
  'conditional delete': () => ['DELETE', 'Patient?identifier=urn:f|tinglin-g1', {}],
  patch: () => [
    'PATCH',
    'Patient/tinglin-g2',
    {
      body: [{ op: 'replace', path: '/name/0/text', value: `名${serial++}` }],
      headers: { 'content-type': 'application/json-patch+json' },
    },
  ],
  'create with an Idempotency-Key': () => [
    'POST',
    'Patient',
    { body: patient(), headers: { 'idempotency-key': `key${serial++}` } },
  ],
  'batch with an Idempotency-Key': () => [
    'POST',
    '',
    {
      body: bundle('batch', { resource: patient(), request: { method: 'POST', url: 'Patient' } }),
      headers: { 'idempotency-key': `key${serial++}` },
    },
  ],
  'merge of two patients, and its undoing': () =>
    put({
      ...patient('tinglin-g3', `名${serial++}`),
      ...(serial % 2 === 0
        ? {}
        : { link: [{ type: 'replaced-by', other: { reference: 'Patient/tinglin-g2' } }] }),
    }),
  'result of a patient whom nobody knows': () => [
    'POST',
    'Observation',
    {
      as: zhujing,
      body: {
        ...{ resourceType: 'Observation', status: 'final', code: { text: '血钾' } },
        subject: { type: 'Patient', identifier: { system: 'urn:f', value: `s${serial++}` } },
        performer: [{ reference: 'Organization/zhujing' }],
      },
    },
  ],
  'conditional delete of several': () => [
    'DELETE',
    'Patient?identifier=urn:f|many',
    { as: zhujing },
  ],
  transaction: () => {
    const id = serial++
    const { entry } = transactionOf(
      patient('tinglin-g2', `名${id}`),
      consentOf(`tinglin-t${id}`, 'Patient/tinglin-g2'),
      consultationOf(`tinglin-t${id}`, 'Patient/tinglin-g2'),
    )
    return [
      'POST',
      '',
      {
        body: bundle(
          'transaction',
          ...entry,
          {
            resource: {
              ...patient(),
              generalPractitioner: [{ reference: 'Organization?_id=tinglin' }],
            },
            request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=urn:f|t${id}` },
          },
          {
            resource: patient(undefined, `条件${id}`),
            request: { method: 'PUT', url: `Patient?identifier=urn:f|u${id}` },
          },
          { request: { method: 'GET', url: 'Patient/tinglin-g2' } },
        ),
      },
    ]
  },
}

for (const id of ['tinglin-f0', 'tinglin-g1', 'tinglin-g2', 'tinglin-m'])
  await ask('PUT', `/fhir/Patient/${id}`, { as: tinglin, body: patient(id) })

await app.context.database.query({
  ...{ name: '', values: [] },
  text: `with agreed as (
    update client set stub_patients = true where id = 'zhujing-ehr')
  update organization set reference_policy = 'enforced', resolve_identifiers = true,
    conditional_delete_max = 9 where id = 'zhujing'`,
})
for (let count = 0; count < 3; count++)
  await ask('POST', '/fhir/Patient', {
    as: zhujing,
    body: { ...patient(), identifier: [{ system: 'urn:f', value: 'many' }] },
  })

for (const [name, write] of Object.entries(writes))
  t.test(`${name}: no statement that fails leaves anything behind`, async t => {
    const failed: string[] = []
    for (let number = 1; number <= statementsMax; number++) {
      const [method, path, asked] = write()
      const before = await stored()
      tripped = ''
      left = number
      const answer = await ask(method, `/fhir/${path}`, { as: tinglin, ...asked })
      left = Number.POSITIVE_INFINITY
      if (tripped === '') {
        t.ok(answer.status < 300, `without a fault: ${answer.status} ${answer.text.slice(0, 300)}`)
        t.not(await stored(), before, 'and it is stored')
        break
      }
      if (answer.status !== 503) t.fail(`${tripped}: ${answer.status} ${answer.text.slice(0, 300)}`)
      if (answer.headers['retry-after'] === undefined) t.fail(`${tripped}: without Retry-After`)
      if ((await stored()) !== before) t.fail(`${tripped}: something is left behind`)
      failed.push(tripped)
    }
    t.ok(failed.length > 1, failed.join(', '))
  })
