/** What `Consent/[id]/$enforcement-status` says. @see https://hl7.org/fhir/R4/consent.html */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, tinglin, zhang, zhujing } from '../server.ts'
import { consentOf, transactionOf } from '../story/papers.ts'

const { ask } = await aServer(t)
const patient = 'Patient/tinglin-e1'
const address = 'Consent/tinglin-e2'
const status = (as = tinglin, method = 'GET') =>
  ask(method, `/fhir/${address}/$enforcement-status`, { as })

const file = async (consent: Resource): Promise<void> => {
  const body = transactionOf({ resourceType: 'Patient', id: 'tinglin-e1' }, consent)
  const answer = await ask('POST', '/fhir', { as: tinglin, body })
  if (answer.status !== 200) throw new Error(answer.text)
}
const consent = (provision?: Record<string, unknown>) => consentOf('tinglin-e2', patient, provision)

const cases: Readonly<Record<string, Resource>> = {
  ENFORCED: consent({ provision: [{ type: 'deny', securityLabel: [{ code: 'PSY' }] }] }),
  INACTIVE: { ...consent(), status: 'inactive' },
  PENDING: consent({ period: { start: '2200-01-01' } }),
  LAPSED: consent({ period: { end: '2020-01-01' } }),
  WITHOUT_EFFECT: {
    ...consent(),
    policyRule: { coding: [{ code: 'another' }] },
    provision: { period: { start: '2020-01-01' } },
  },
}

for (const [expected, written] of Object.entries(cases))
  t.test(`a consent is ${expected}`, async t => {
    await file(written)
    for (const method of ['GET', 'POST']) {
      const answer = await status(tinglin, method)
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], 'application/fhir+json')
      t.strictSame(answer.json, {
        resourceType: 'Parameters',
        parameter: [{ name: 'return', valueCode: expected }],
      })
    }
  })

t.test('a consent of another scope is INACTIVE: it says nothing about records', async t => {
  await file({ ...consent(), scope: { coding: [{ code: 'treatment' }] } })
  t.equal((await status()).json.parameter[0].valueCode, 'INACTIVE')
})

t.test('other hospitals cannot tell a consent from an absent one', async t => {
  await file(consent())
  for (const as of [zhang, zhujing]) {
    const hidden = await status(as)
    const absent = await ask('GET', '/fhir/Consent/tinglin-e9/$enforcement-status', { as })
    t.equal(hidden.status, 404)
    t.equal(hidden.text, absent.text)
  }
})

t.test('it is one of the operations of Consent in the CapabilityStatement', async t => {
  const { json } = await ask('GET', '/fhir/metadata')
  const of = (type: string): string[] =>
    json.rest[0].resource
      .find((resource: { type: string }) => resource.type === type)
      .operation.map(({ name }: { name: string }) => name)
  t.ok(of('Consent').includes('enforcement-status'))
  t.notOk(of('Patient').includes('enforcement-status'))
})
