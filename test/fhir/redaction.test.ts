import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { redactedLabel, redactJson } from '../../src/fhir/redaction.ts'
import { validate } from '../../src/fhir/validate.ts'

/** What is taken out of a resource whose patient keeps other things back. */

const definitions = loadDefinitions()
const isDirectory = (type: string): boolean => ['Practitioner', 'Organization'].includes(type)
const redacted = (resource: object): unknown =>
  JSON.parse(redactJson(Buffer.from(JSON.stringify(resource)), definitions, isDirectory).toString())
const secret = 'Wang 310228'
const div = `<div xmlns="http://www.w3.org/1999/xhtml">${secret}</div>`
const narrative = { status: 'generated', div }
const observation = {
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'HbA1c', coding: [{ code: '4548-4', display: 'HbA1c' }] },
}

t.test('narratives, names and identifiers of what is kept back are taken out', t => {
  const told = redacted({
    ...observation,
    meta: { versionId: '2', security: [{ code: 'N' }] },
    text: narrative,
    contained: [
      { resourceType: 'Condition', id: 'c', text: narrative, subject: { display: secret } },
    ],
    extension: [{ url: 'http://x.test', valueReference: { display: secret } }],
    focus: [{ reference: '#c' }],
    subject: {
      reference: 'Patient/p',
      type: 'Patient',
      display: secret,
      identifier: { value: secret },
    },
    encounter: { identifier: { value: secret } },
    performer: [{ reference: 'Practitioner/z', display: 'Zhang' }],
    valueQuantity: { value: 6.1, unit: '%' },
  })
  t.notMatch(JSON.stringify(told), secret)
  t.match(told, {
    meta: { versionId: '2', security: [{ code: 'N' }, redactedLabel] },
    code: observation.code,
    subject: { reference: 'Patient/p', type: 'Patient' },
    performer: [{ reference: 'Practitioner/z', display: 'Zhang' }],
    valueQuantity: { value: 6.1, unit: '%' },
  })
  t.same(validate(told, definitions), [], 'what is left is valid')
  t.end()
})

t.test('a section keeps its place, without its words', t => {
  const told = redacted({
    ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'x' } },
    ...{ date: '2024', title: 'x', author: [{ reference: 'Practitioner/z' }] },
    section: [{ title: 'History', text: narrative }],
  })
  t.notMatch(JSON.stringify(told), secret)
  t.match(told, { section: [{ title: 'History', text: { status: 'empty' } }] })
  t.same(validate(told, definitions), [])
  t.end()
})

t.test('a resource in which there is nothing to take out comes back byte for byte', t => {
  const json = Buffer.from(
    '{"resourceType":"Observation","status":"final","code":{"text":"a"},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":1.10}}',
  )
  t.equal(redactJson(json, definitions, isDirectory), json)
  t.end()
})

t.test('decimals keep their digits', t => {
  const json =
    '{"resourceType":"Observation","status":"final","code":{"text":"a"},"subject":{"reference":"Patient/p","display":"x"},"valueQuantity":{"value":1.10}}'
  const told = redactJson(Buffer.from(json), definitions, isDirectory).toString()
  t.match(told, '"value":1.10')
  t.notMatch(told, '"display":"x"')
  t.end()
})
