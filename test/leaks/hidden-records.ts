/** Two patients of tinglin's: No.6 may see Vesper's records, and nothing of Hesper's. */
import assert from 'node:assert/strict'
import type { Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, seenOf, tinglin, zhang, type Answer, type Asked, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

export const vesper = 'Patient/tinglin-va'
export const hesper = 'Patient/tinglin-ha'

/** Visible observations besides those that lean on hidden records, in the order of their dates. */
export const ordinary = ['tinglin-v0', 'tinglin-v1', 'tinglin-v2', 'tinglin-v3', 'tinglin-v4']

/** The text of a code that only hidden records have. */
export const secretCode = 'urn:code|secret'

const to = (reference: string) => ({ reference })
const narrative = (text: string) => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` },
})
const codeOf = (code: string) => ({ coding: [{ system: 'urn:code', code }] })

/** An observation of Vesper's, or of whom `more` says. */
export const observation = (id: string, more: Record<string, unknown> = {}): Resource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: codeOf('open'),
  subject: to(vesper),
  ...more,
})

const person = (id: string, family: string): Resource => ({
  resourceType: 'Patient',
  id,
  name: [{ family }],
  identifier: [{ type: codeOf('record'), system: 'urn:record', value: family }],
})

const visit = (id: string, subject: string, more: Record<string, unknown> = {}): Resource => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'AMB' },
  subject: to(subject),
  ...more,
})

const hiddenPlaces = {
  serviceProvider: to('Organization/tinglin'),
  location: [{ location: to('Location/tinglin-place') }],
}
const secret = {
  code: codeOf('secret'),
  valueQuantity: { value: 9.9, unit: 'g' },
  effectiveDateTime: '2024-05-02',
  performer: [to('Practitioner/tinglin-wang')],
  meta: {
    tag: [{ system: 'urn:tag', code: 'hidden' }],
    security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }],
  },
  ...narrative('Hespertext'),
}

const records: readonly Resource[] = [
  person('tinglin-va', 'Vesper'),
  person('tinglin-ha', 'Hesper'),
  { resourceType: 'Location', id: 'tinglin-place', position: { latitude: 31, longitude: 121 } },
  { resourceType: 'Device', id: 'tinglin-hd', patient: to(hesper) },
  { resourceType: 'Condition', id: 'tinglin-hc', subject: to(hesper), code: codeOf('secret') },
  { resourceType: 'Condition', id: 'tinglin-vc', subject: to(vesper), code: codeOf('open') },
  visit('tinglin-he', hesper, hiddenPlaces),
  visit('tinglin-ve', vesper, { partOf: to('Encounter/tinglin-he') }),
  ...ordinary.map((id, day) =>
    observation(id, {
      encounter: to('Encounter/tinglin-ve'),
      effectiveDateTime: `2024-05-0${day + 1}`,
      valueQuantity: { value: day + 1, unit: 'g' },
      performer: [to('Practitioner/tinglin-wang')],
      ...narrative('Vespertext'),
    }),
  ),
  // Vesper's, and yet it leans on what is Hesper's.
  observation('tinglin-vx', {
    encounter: to('Encounter/tinglin-he'),
    device: to('Device/tinglin-hd'),
    effectiveDateTime: '2024-05-09',
  }),
  {
    resourceType: 'Procedure',
    id: 'tinglin-vp',
    status: 'completed',
    subject: to(vesper),
    reasonReference: [to('Condition/tinglin-hc'), to('Condition/tinglin-vc')],
  },
  // Hesper's, and yet it points to what is Vesper's.
  observation('tinglin-ho', {
    ...secret,
    subject: { ...to(hesper), identifier: { system: 'urn:record', value: 'Hesper' } },
    focus: [to(vesper)],
    encounter: to('Encounter/tinglin-ve'),
  }),
  observation('tinglin-hp', { ...secret, subject: to(hesper) }),
  {
    resourceType: 'List',
    id: 'tinglin-hl',
    status: 'current',
    mode: 'working',
    subject: to(hesper),
    entry: [{ item: to('Observation/tinglin-ho') }, { item: to('Observation/tinglin-v0') }],
  },
]

/** A server with the records, asked as a specialist of No.6 who is consulted about Vesper only. */
export const hiddenRecords = async (t: Test) => {
  const { ask } = await aServer(t)
  const file = async (...papers: readonly Resource[]): Promise<void> => {
    const { status, text } = await ask('POST', '/fhir', {
      as: tinglin,
      body: transactionOf(...papers),
    })
    assert.equal(status, 200, text)
  }
  await file(
    ...records,
    consentOf('tinglin-vk', vesper),
    consultationOf('tinglin-vs', vesper),
    consentOf('tinglin-hk', hesper, { actor: undefined, type: 'deny' }),
  )
  const search = (path: string, as: Caller = zhang): Promise<Answer> =>
    ask('GET', `/fhir/${path}`, { as })
  return { ask, file, search, ...comparisons(ask, search) }
}

type Equal = Pick<Test, 'equal' | 'ok' | 'strictSame'>

const comparisons = (
  ask: (method: string, path: string, asked?: Asked) => Promise<Answer>,
  search: (path: string, as?: Caller) => Promise<Answer>,
) => ({
  /** What names Hesper's records is answered as what names records that were never there. */
  likeAbsent: async (t: Equal, path: string, method = 'GET', body?: string): Promise<Answer> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asked = (text: string | undefined) =>
      text === undefined ? { as: zhang } : { as: zhang, body: text, headers }
    const hidden = await ask(method, `/fhir/${path}`, asked(body))
    const absent = await ask(method, `/fhir/${absentOf(path)}`, asked(body && absentOf(body)))
    t.ok([200, 404].includes(hidden.status), `${path}: ${hidden.text}`)
    t.equal(absentOf(JSON.stringify(seenOf(hidden))), JSON.stringify(seenOf(absent)), path)
    return hidden
  },
  /** The specialist finds exactly these records, its total says so, and the owner finds more. */
  finds: async (t: Equal, path: string, ids: readonly string[]): Promise<void> => {
    const answer = await search(path)
    t.equal(answer.status, 200, `${path}: ${answer.text}`)
    t.strictSame(idsOf(answer).sort(), [...ids].sort(), path)
    t.equal(answer.json.total, ids.length, path)
    const owner = await search(path, tinglin)
    t.ok(owner.json.total > ids.length, `${path}: the owner finds more, ${owner.json.total}`)
  },
})

/** Ids of Hesper's records begin with h, those of nobody's with n, in as many letters. */
const absentOf = (text: string): string =>
  text.replaceAll('tinglin-h', 'tinglin-n').replaceAll('Hesper', 'Nesper')

/** Ids of the resources in a Bundle, in its order; `mode` limits them to matches or inclusions. */
export const idsOf = ({ json }: Answer, mode?: 'match' | 'include'): string[] =>
  (json.entry ?? [])
    .filter((entry: Entry) => mode === undefined || entry.search?.mode === mode)
    .map((entry: Entry) => entry.resource.id)

interface Entry {
  readonly resource: { readonly id: string }
  readonly search?: { readonly mode: string }
}
