import t from 'tap'
import { rewriteReferences } from '../../src/fhir/references.ts'

const known = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
const other = 'urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059'
const oid = 'urn:oid:1.2.840.113556'
const addresses = new Map([
  [known, 'Patient/1'],
  [oid, 'DocumentReference/2'],
])

const rewritten = (resource: unknown) => {
  const asked: string[] = []
  rewriteReferences(resource, (reference, isReference) => {
    asked.push(`${reference}${isReference ? '' : ' (uri)'}`)
    return addresses.get(reference)
  })
  return { resource, asked }
}

t.test(
  'References are replaced at every depth, also in contained resources and extensions',
  async t => {
    const { resource, asked } = rewritten({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: known } }],
      subject: {
        reference: known,
        _reference: { extension: [{ url: 'x', valueReference: { reference: known } }] },
      },
      performer: [{ reference: other }, { reference: 'Practitioner/3' }],
      _status: { extension: [{ url: 'x', valueUri: known }] },
    })
    t.same(resource, {
      resourceType: 'Observation',
      contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/1' } }],
      subject: {
        reference: 'Patient/1',
        _reference: { extension: [{ url: 'x', valueReference: { reference: 'Patient/1' } }] },
      },
      performer: [{ reference: other }, { reference: 'Practitioner/3' }],
      _status: { extension: [{ url: 'x', valueUri: 'Patient/1' }] },
    })
    t.same(asked, [known, known, known, other, 'Practitioner/3', `${known} (uri)`])
  },
)

t.test(
  'Elements of type uri are replaced; strings, canonicals and identifiers are not',
  async t => {
    const { resource } = rewritten({
      resourceType: 'Questionnaire',
      url: oid,
      identifier: [{ system: 'urn:ietf:rfc:3986', value: known }],
      derivedFrom: [known],
      title: known,
    })
    t.same(resource, {
      resourceType: 'Questionnaire',
      url: 'DocumentReference/2',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: known }],
      derivedFrom: [known],
      title: known,
    })
  },
)

t.test('Lists of uri are replaced item by item', async t => {
  const { resource } = rewritten({
    resourceType: 'PlanDefinition',
    instantiatesUri: ['http://x', known],
  })
  t.same(
    resource,
    { resourceType: 'PlanDefinition', instantiatesUri: ['http://x', known] },
    'R4 has no such element',
  )
  t.same(rewritten({ resourceType: 'CarePlan', instantiatesUri: ['http://x', known] }).resource, {
    resourceType: 'CarePlan',
    instantiatesUri: ['http://x', 'Patient/1'],
  })
})

t.test('Narrative links are replaced, narrative text is not', async t => {
  const { resource } = rewritten({
    resourceType: 'Basic',
    text: {
      status: 'generated',
      div: `<div><a href="${known}">${known}</a><img src='${oid}'/><a href="${other}"/></div>`,
    },
  })
  t.same(resource, {
    resourceType: 'Basic',
    text: {
      status: 'generated',
      div: `<div><a href="Patient/1">${known}</a><img src='DocumentReference/2'/><a href="${other}"/></div>`,
    },
  })
})

t.test('A tree that is no resource is left alone', async t => {
  for (const value of [
    null,
    7,
    'x',
    [],
    {},
    { resourceType: 'Nothing', subject: { reference: known } },
    { resourceType: 7 },
  ])
    t.same(rewritten(structuredClone(value)), { resource: value, asked: [] })
})
