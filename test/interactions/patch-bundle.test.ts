/** FHIR patch inside bundles. @see https://hl7.org/fhir/R4/http.html#patch */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask } = await aServer(t)
const put = (id: string) =>
  ask('PUT', `/fhir/Patient/${id}`, {
    as: tinglin,
    body: { resourceType: 'Patient', id, name: [{ text: '王芳' }] },
  })
const read = (id: string) => ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
const rename = (text: string) => [{ op: 'replace', path: '/name/0/text', value: text }]
const operation = (type: string, path: string, ...parts: object[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
})

t.test('bundles take a JSON Patch as Binary and a FHIRPath Patch as Parameters', async t => {
  const data = (operations: unknown) => Buffer.from(JSON.stringify(operations)).toString('base64')
  const binary = (operations: unknown) => ({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: data(operations),
  })
  for (const type of ['batch', 'transaction']) {
    await put(`tinglin-b1-${type}`)
    await put(`tinglin-b2-${type}`)
    const { status, json } = await ask('POST', '/fhir', {
      as: tinglin,
      body: {
        resourceType: 'Bundle',
        type,
        entry: [
          {
            resource: binary(rename(type)),
            request: { method: 'PATCH', url: `Patient/tinglin-b1-${type}` },
          },
          {
            resource: {
              resourceType: 'Parameters',
              parameter: [
                operation('replace', 'Patient.name[0].text', { name: 'value', valueString: type }),
              ],
            },
            request: { method: 'PATCH', url: `Patient/tinglin-b2-${type}`, ifMatch: 'W/"1"' },
          },
        ],
      },
    })
    t.equal(status, 200)
    t.strictSame(
      json.entry.map((entry: { response: { status: string } }) => entry.response.status),
      ['200 OK', '200 OK'],
    )
    t.equal((await read(`tinglin-b1-${type}`)).json.name[0].text, type)
    t.equal((await read(`tinglin-b2-${type}`)).json.name[0].text, type)
  }
})

t.test('a reference that a patch brings into a transaction is resolved', async t => {
  await put('tinglin-link')
  const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b'
  const { status } = await ask('POST', '/fhir', {
    as: tinglin,
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: urn,
          resource: { resourceType: 'Organization', id: 'tinglin-ward', name: '病区' },
          request: { method: 'PUT', url: 'Organization/tinglin-ward' },
        },
        {
          resource: {
            resourceType: 'Parameters',
            parameter: [
              operation(
                'add',
                'Patient',
                { name: 'name', valueString: 'managingOrganization' },
                {
                  name: 'value',
                  valueReference: { reference: urn },
                },
              ),
            ],
          },
          request: { method: 'PATCH', url: 'Patient/tinglin-link' },
        },
      ],
    },
  })
  t.equal(status, 200)
  const { json } = await read('tinglin-link')
  t.equal(json.managingOrganization.reference, 'Organization/tinglin-ward')
})

t.test('a patch that fails takes the transaction with it and names its entry', async t => {
  await put('tinglin-t1')
  const { status, json } = await ask('POST', '/fhir', {
    as: tinglin,
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Patient', id: 'tinglin-t2' },
          request: { method: 'PUT', url: 'Patient/tinglin-t2' },
        },
        {
          resource: {
            resourceType: 'Parameters',
            parameter: [
              operation('replace', 'Patient.photo[0]', { name: 'value', valueString: 'x' }),
            ],
          },
          request: { method: 'PATCH', url: 'Patient/tinglin-t1' },
        },
      ],
    },
  })
  t.equal(status, 422)
  t.equal(json.issue[0].details.coding[0].code, 'patch-path-unresolved')
  t.equal((await read('tinglin-t2')).status, 404)
})
