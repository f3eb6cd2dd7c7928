/** Tokens about one patient: the patient's own, and those of staff with a patient in context. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, seenOf, tinglin, zhang, zhujing, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

t.setTimeout(120_000)
const { ask } = await aServer(t)
const of = (id: string) => ({ reference: `Patient/${id}` })
const observation = (id: string, patient: string): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: of(patient),
})
const patient: Caller = {
  ...{ client: 'tinglin-app', patient: 'tinglin-s1', isPatient: true, purpose: 'PATRQT' },
}
const zhangOf = (id: string, more: Partial<Caller> = {}): Caller => ({
  ...{ ...zhang, patient: id },
  ...more,
})
const status = async (path: string, as: Caller) =>
  (await ask('GET', `/fhir/${path}`, { as })).status

t.before(async () => {
  const papers = [
    ...['tinglin-s1', 'tinglin-s2'].flatMap((id): Resource[] => [
      { resourceType: 'Patient', id },
      observation(`${id}-o`, id),
      consentOf(`${id}-c`, `Patient/${id}`),
      consultationOf(`${id}-r`, `Patient/${id}`),
    ]),
    { ...observation('tinglin-s-both', 'tinglin-s1'), performer: [of('tinglin-s2')] },
  ]
  const { text } = await ask('POST', '/fhir', { as: tinglin, body: transactionOf(...papers) })
  if (text.includes('"issue"')) throw new Error(text)
  const foreign = observation('zhujing-s1', 'tinglin-s1')
  await ask('PUT', '/fhir/Observation/zhujing-s1', { as: zhujing, body: foreign })
})

t.test('a patient sees the own record, by whomever it is kept, and no other', async t => {
  t.equal(await status('Patient/tinglin-s1', patient), 200)
  t.equal(await status('Consent/tinglin-s1-c', patient), 200)
  for (const hidden of [
    'Patient/tinglin-s2',
    'Observation/tinglin-s2-o',
    'Observation/tinglin-s-both',
  ])
    t.same(
      seenOf(await ask('GET', `/fhir/${hidden}`, { as: patient })),
      seenOf(await ask('GET', `/fhir/${hidden}x`, { as: patient })),
      hidden,
    )
  const { json } = await ask('GET', '/fhir/Observation', { as: patient })
  t.equal(json.total, 2)
  t.strictSame(json.entry.map(({ resource }: { resource: Resource }) => resource.id).sort(), [
    'tinglin-s1-o',
    'zhujing-s1',
  ])
  const everything = await ask('GET', '/fhir/Patient/tinglin-s1/$everything', { as: patient })
  t.notMatch(everything.text, 'tinglin-s2')
  t.match(everything.text, 'zhujing-s1')
  t.equal((await ask('GET', '/fhir/Patient/tinglin-s2/$everything', { as: patient })).status, 404)
  t.equal(await status('Practitioner/no6-zhang', patient), 200, 'the directory is for all')
})

t.test('no other hospital speaks for a patient', async t => {
  const elsewhere: Caller = { ...patient, client: 'no6-app' }
  t.equal(await status('Patient/tinglin-s1', elsewhere), 404)
  t.equal((await ask('GET', '/fhir/Observation', { as: elsewhere })).json.total, 0)
})

t.test('a patient only reads, for the own purpose, and within patient/ scopes', async t => {
  const body = observation('tinglin-s1-o', 'tinglin-s1')
  const written = await ask('PUT', '/fhir/Observation/tinglin-s1-o', { as: patient, body })
  t.equal(written.status, 403)
  t.match(written.json.issue[0].diagnostics, /only reads/)
  const scope = 'user/*.cruds system/*.cruds'
  t.equal(await status('Patient/tinglin-s1', { ...patient, scope }), 403)
  t.equal(await status('Patient/tinglin-s1', { ...patient, purpose: 'TREAT' }), 401)
})

t.test('a patient in context narrows what staff sees to that patient', async t => {
  t.equal(await status('Observation/tinglin-s1-o', zhangOf('tinglin-s1')), 200)
  t.equal(await status('Observation/tinglin-s2-o', zhangOf('tinglin-s1')), 404)
  t.equal(await status('Observation/tinglin-s2-o', zhang), 200)
  t.equal(await status('Observation/tinglin-s-both', zhangOf('tinglin-s1')), 404)
  const narrowed = zhangOf('tinglin-s1', { scope: 'patient/Observation.rs' })
  t.equal((await ask('GET', '/fhir/Observation', { as: narrowed })).json.total, 1)
  t.equal(await status('Patient/tinglin-s1', narrowed), 403)
  const own = zhangOf('tinglin-s2', { client: 'tinglin-app', user: 'tinglin-wu' })
  t.equal(await status('Observation/tinglin-s1-o', own), 404, 'at home, too')
  t.equal(await status('Observation/tinglin-s2-o', own), 200)
})
