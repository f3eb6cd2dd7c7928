/** Links between the entries of a transaction, wherever they stand. @see https://hl7.org/fhir/R4/http.html#trules */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const uuid = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b'
const oid = 'urn:oid:1.2.156.1001'
const transaction = async (...entry: unknown[]) =>
  ask('POST', '/fhir', {
    as: tinglin,
    headers: { prefer: 'return=representation' },
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  })
const post = (resource: { resourceType: string }, fullUrl?: string) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  ...{ resource, request: { method: 'POST', url: resource.resourceType } },
})
const observation = (more: object) => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: '血钾' } },
  ...more,
})
const div = (content: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`,
})

t.test(
  'urn:uuid and urn:oid lead to the new ids, in references and in narrative links',
  async t => {
    const { status, json } = await transaction(
      post({ resourceType: 'Patient' }, uuid),
      post({ resourceType: 'Practitioner' }, oid),
      post(
        observation({
          subject: { reference: uuid },
          performer: [{ reference: oid }],
          text: div(`<a href="${uuid}">p</a><img src='${oid}' alt="${uuid}"/>${uuid}`),
        }),
      ),
    )
    t.equal(status, 200)
    const [patient, practitioner, made] = json.entry.map(
      ({ resource }: { resource: { id: string } }) => resource,
    )
    t.equal(made.subject.reference, `Patient/${patient.id}`)
    t.equal(made.performer[0].reference, `Practitioner/${practitioner.id}`)
    t.strictSame(
      made.text,
      div(
        `<a href="Patient/${patient.id}">p</a><img src='Practitioner/${practitioner.id}' alt="${uuid}"/>${uuid}`,
      ),
    )
  },
)

t.test(
  'a urn:oid or urn:uuid in a reference that names no entry is 400 at the element',
  async t => {
    for (const reference of [
      'urn:oid:1.2.156.9',
      'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f00',
    ]) {
      const { status, json } = await transaction(
        post({ resourceType: 'Patient' }, uuid),
        post(observation({ subject: { reference } })),
      )
      t.equal(status, 400)
      t.equal(json.issue[0].details.coding[0].code, 'reference-unresolved')
      t.strictSame(json.issue[0].expression, ['Bundle.entry[1].resource.subject.reference'])
    }
  },
)

t.test('a uri that names something outside the bundle is left as it is', async t => {
  const { status, json } = await transaction(
    post(
      observation({
        identifier: [{ system: oid, value: '1' }],
        text: div(`<a href="${uuid}">elsewhere</a>`),
      }),
    ),
  )
  t.equal(status, 200)
  t.equal(json.entry[0].resource.identifier[0].system, oid)
  t.match(json.entry[0].resource.text.div, `href="${uuid}"`)
})

t.test(
  'addresses and versions of this server may be written in full, in url, fullUrl and reference',
  async t => {
    const address = `${baseUrl}/fhir/Patient/tinglin-links`
    const { status, json } = await transaction(
      {
        fullUrl: address,
        resource: { resourceType: 'Patient', id: 'tinglin-links' },
        request: { method: 'PUT', url: address },
      },
      post(
        observation({
          subject: { reference: address },
          focus: [
            { reference: `${address}/_history/1` },
            { reference: 'Patient/tinglin-links/_history/1' },
          ],
        }),
      ),
    )
    t.equal(status, 200)
    const { subject, focus } = json.entry[1].resource
    t.equal(subject.reference, 'Patient/tinglin-links')
    t.strictSame(focus, [
      { reference: 'Patient/tinglin-links/_history/1' },
      { reference: 'Patient/tinglin-links/_history/1' },
    ])
  },
)
