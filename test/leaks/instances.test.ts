/** Leaks by instances, their versions and conditions on them, CONSENT.md 4, each by its number. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, tinglin, zhang, zhujing, type Caller } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'
import { absentUuid, sameAsAbsent } from './absence.ts'
import { leakAsking } from './asking.ts'

const { ask } = await aServer(t)
const { file, get } = leakAsking({ ask })
const patient = 'Patient/tinglin-i1'
const absent = 'tinglin-nothing'
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const psychiatry = { system: actCode, code: 'PSY' }

const observation = (id: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: patient } },
  code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }] },
  ...more,
})
const consent = consentOf('tinglin-i2', patient, {
  provision: [{ type: 'deny', securityLabel: [psychiatry] }],
})
const statusOf = async (path: string, as?: Caller) => (await get(path, as)).status

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-i1' },
    consent,
    consultationOf('tinglin-i3', patient),
  ),
)

t.test('L30 an old version without label is hidden once the record has one', async t => {
  await file(observation('tinglin-i4'))
  const doors = ['', '/_history', '/_history/1', '/_history/2']
  for (const door of ['', '/_history', '/_history/1'])
    t.equal(await statusOf(`Observation/tinglin-i4${door}`), 200, `before: ${door}`)
  await file(observation('tinglin-i4', { meta: { security: [psychiatry] } }))
  for (const door of doors) {
    const ids = ['tinglin-i4', absent] as const
    const { status } = await sameAsAbsent(t, ids, id => get(`Observation/${id}${door}`), door)
    t.equal(status, 404)
    t.equal(await statusOf(`Observation/tinglin-i4${door}`, tinglin), 200, 'its owner sees it')
  }
})

t.test(
  'L31 no history counts or dates what is hidden, and what is deleted is not gone',
  async t => {
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const queries = ['', `?_since=${since}`, `?_at=${new Date().toISOString()}`, '?_count=1']
    const before = await Promise.all(
      ['_history', 'Observation/_history'].map(path => get(`${path}?_since=${since}`, zhujing)),
    )
    await file(observation('tinglin-i5'))
    await file(observation('tinglin-i5', { note: [{ text: 'x' }] }))
    const ids = ['tinglin-i5', absent] as const
    const every = async () => {
      for (const query of queries) {
        const path = (id: string) => `Observation/${id}/_history${query}`
        const { status } = await sameAsAbsent(t, ids, id => get(path(id), zhujing), query)
        t.equal(status, 404)
      }
      await sameAsAbsent(t, ids, id => get(`Observation/${id}`, zhujing))
      const after = await Promise.all(
        ['_history', 'Observation/_history'].map(path => get(`${path}?_since=${since}`, zhujing)),
      )
      t.strictSame(
        after.map(({ json }) => [json.total, json.entry]),
        before.map(({ json }) => [json.total, json.entry]),
      )
    }
    await every()
    t.equal((await ask('DELETE', '/fhir/Observation/tinglin-i5', { as: tinglin })).status, 204)
    await every()
    t.equal(await statusOf('Observation/tinglin-i5', tinglin), 410)
  },
)

t.test('L32 versions and histories are gone with the consent', async t => {
  await file(observation('tinglin-i6'))
  await file(observation('tinglin-i6', { note: [{ text: 'x' }] }))
  const doors = ['/_history', '/_history/1', '/_history/2', '/_history?_count=1']
  for (const door of doors) t.equal(await statusOf(`Observation/tinglin-i6${door}`), 200, door)
  await file({ ...consent, status: 'inactive' })
  for (const door of doors) {
    const ids = ['tinglin-i6', absent] as const
    const { status } = await sameAsAbsent(t, ids, id => get(`Observation/${id}${door}`), door)
    t.equal(status, 404)
  }
  const ofType = await get('Observation/_history')
  t.notMatch(ofType.text, /tinglin-i6/)
  await file(consent)
})

t.test(
  'L33 who claims to have a hidden record already is not told that it is unchanged',
  async t => {
    await file(observation('tinglin-i7'))
    const { headers } = await get('Observation/tinglin-i7')
    const conditions = [
      { 'if-none-match': String(headers.etag) },
      { 'if-none-match': '*' },
      { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
      { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    ]
    t.equal((await get('Observation/tinglin-i7', zhang, conditions[0])).status, 304, 'while open')
    for (const condition of conditions)
      for (const method of ['GET', 'HEAD'])
        for (const door of ['', '/_history/1']) {
          const { status } = await sameAsAbsent(t, ['tinglin-i7', absent], id =>
            ask(method, `/fhir/Observation/${id}${door}`, { as: zhujing, headers: condition }),
          )
          t.equal(status, 404, `${method} ${door} ${JSON.stringify(condition)}`)
        }
  },
)

/** An Observation under an id that no prefix tells the owner of. */
const assigned = async (): Promise<string> => {
  // The id of a body that is posted is ignored.
  const body = observation('tinglin-i8')
  const { status, json } = await ask('POST', '/fhir/Observation', { as: tinglin, body })
  if (status !== 201) throw new Error(JSON.stringify(json))
  return json.id
}
const versions = [{ 'if-match': 'W/"1"' }, { 'if-match': 'W/"9"' }]

t.test('L39 no version of a hidden record is right or wrong', async t => {
  const hidden = await assigned()
  for (const headers of versions)
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status } = await sameAsAbsent(t, [hidden, absentUuid], id =>
        ask(method, `/fhir/Observation/${id}`, {
          ...{ as: zhujing, headers: { ...headers, ...patchFormat(method) } },
          ...(method === 'DELETE' ? {} : { body: method === 'PUT' ? observation(id) : [] }),
        }),
      )
      t.equal(status, 404, `${method} ${headers['if-match']}`)
    }
  t.match((await get(`Observation/${hidden}`, tinglin)).json, { meta: { versionId: '1' } })
})
const patchFormat = (method: string): Record<string, string> =>
  method === 'PATCH' ? { 'content-type': 'application/json-patch+json' } : {}

t.test('L40 a patch does not test what is hidden', async t => {
  const hidden = await assigned()
  for (const value of ['final', 'amended'])
    for (const headers of [{}, ...versions]) {
      const { status } = await sameAsAbsent(t, [hidden, absentUuid], id =>
        ask('PATCH', `/fhir/Observation/${id}`, {
          as: zhujing,
          headers: { ...headers, ...patchFormat('PATCH') },
          body: [{ op: 'test', path: '/status', value }],
        }),
      )
      t.equal(status, 404, value)
    }
})
