import type { StoryRequest } from './postman-request.ts'
import * as resources from './postman-resources.ts'

/** A GET that is to be answered so. */
export const get = (name: string, path: string, expect = 200): StoryRequest => ({
  name,
  method: 'GET',
  path,
  expect: [expect],
})
/** The patient of the story. */
export const patientPath = `/fhir/${resources.patientReference}`
/** The criterion of that patient. */
export const byPatient = 'patient={{prefix}}-postman'
/** The criterion of a business identifier. */
export const identified = (value: string): string =>
  `identifier=${resources.identifierSystem}|${value}`
/** A test of a search's total. */
export const totalIs = (count: number): string =>
  `pm.test('total ${count}', () => pm.expect(pm.response.json().total).to.eql(${count}))`
/** A test of what a refusal says. */
export const refusal = (code: string): string =>
  `pm.test('${code}', () => pm.expect(pm.response.json().issue[0].details.coding[0].code).to.eql('${code}'))`
/** Keeps a member of the answer for later requests. */
export const keep = (variable: string, member: string): string =>
  `pm.environment.set('${variable}', pm.response.json().${member})`

/** A resource put to its id, which may be there already. */
export const put = (
  name: string,
  resource: { resourceType: string; id: string },
): StoryRequest => ({
  ...{ name, method: 'PUT', path: `/fhir/${resource.resourceType}/${resource.id}` },
  ...{ body: resource, expect: [200, 201] },
})
