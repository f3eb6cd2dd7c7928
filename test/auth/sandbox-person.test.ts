/** Tokens for people without a browser: the sandbox's own grant. */
import { decodeJwt } from 'jose'
import t from 'tap'
import { createTokenVerifier } from '../../src/access/token.ts'
import { sandboxPersonGrant } from '../../src/registry/grant-names.ts'
import { aTokenEndpoint, basic, now, type TokenEndpoint } from './token-endpoint.ts'

const form = { grant_type: sandboxPersonGrant, user: 'no6-zhang' }

const anApp = async ({ registry }: TokenEndpoint) => {
  for (const id of ['no6', 'tinglin']) await registry.organizations.create({ id, name: id })
  await registry.people.create({
    ...{ id: 'no6-zhang', organization: 'no6', name: '张明远', role: 'specialist' },
  })
  await registry.people.create({ id: 'tinglin-wang', organization: 'tinglin', name: 'Wang' })
  const { secret = '' } = await registry.clients.create({
    ...{ id: 'no6-app', organization: 'no6', name: 'App', kind: 'people' },
    ...{
      scopes: ['user/*.cruds'],
      purposes: ['TREAT', 'HRESCH'],
      grantTypes: [sandboxPersonGrant],
    },
  })
  return basic('no6-app', secret)
}

t.test('a client for people gets a token for a registered practitioner', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await anApp(endpoint)
  const scope = 'user/*.rs user/DiagnosticReport.c'
  const asked = { ...form, scope, purpose: 'HRESCH', patient: 'tinglin-p1' }
  const { status, body } = await endpoint.post(asked, headers)
  t.match(
    { status, body },
    { status: 200, body: { expires_in: 900, scope, patient: 'tinglin-p1' } },
  )
  t.match(decodeJwt(String(body['access_token'])), {
    sub: 'no6-zhang',
    client_id: 'no6-app',
    scope,
    fhirUser: `${endpoint.baseUrl}/fhir/Practitioner/no6-zhang`,
    patient: 'tinglin-p1',
    extensions: {
      ihe_iua: {
        subject_name: '张明远',
        subject_organization_id: `${endpoint.baseUrl}/fhir/Organization/no6`,
        subject_role: [{ code: 'specialist' }],
        purpose_of_use: [{ code: 'HRESCH' }],
      },
    },
  })
})

t.test('a token of the endpoint is accepted by the verifier of this server', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await anApp(endpoint)
  const { registry, baseUrl, authorization } = endpoint
  const verifier = createTokenVerifier({
    registry,
    baseUrl,
    own: { ...authorization, algorithms: ['ES256'] },
    now,
  })
  const { body } = await endpoint.post(form, headers)
  t.match(await verifier.verify(`Bearer ${String(body['access_token'])}`), {
    clientId: 'no6-app',
    practitioner: 'no6-zhang',
    organization: { id: 'no6' },
    purpose: 'TREAT',
  })
})

t.test(
  'people of other hospitals, unknown and absent ones get one and the same refusal',
  async t => {
    const endpoint = await aTokenEndpoint(t)
    const headers = await anApp(endpoint)
    const refused: unknown[] = []
    await endpoint.registry.people.create({ id: 'no6-gone', organization: 'no6', name: 'Gone' })
    await endpoint.registry.people.setActive('no6-gone', false)
    for (const user of ['tinglin-wang', 'no6-nobody', 'no6-gone', '../x', '张', 'a\0']) {
      const { status, body } = await endpoint.post({ ...form, user }, headers)
      t.match({ status, body }, { status: 400, body: { error: 'invalid_grant' } }, user)
      refused.push(body)
    }
    t.equal(new Set(refused.map(body => JSON.stringify(body))).size, 1)
    const nobody = { grant_type: sandboxPersonGrant }
    t.match(await endpoint.post(nobody, headers), {
      status: 400,
      body: { error: 'invalid_request' },
    })
    const badPatient = await endpoint.post({ ...form, patient: 'a/b' }, headers)
    t.match(badPatient, { status: 400, body: { error: 'invalid_request' } })
    t.same(endpoint.faults, [])
  },
)

t.test(
  'a client for people gets nothing for itself, and outside the sandbox nothing at all',
  async t => {
    const endpoint = await aTokenEndpoint(t)
    const headers = await anApp(endpoint)
    const own = await endpoint.post({ grant_type: 'client_credentials' }, headers)
    t.match(own, { status: 400, body: { error: 'invalid_request' } })
    const outside = await aTokenEndpoint(t, false)
    const outsideHeaders = await anApp(outside)
    const answer = await outside.post(form, outsideHeaders)
    t.match(answer, { status: 400, body: { error: 'unsupported_grant_type' } })
    t.same(outside.faults, [])
  },
)
