/** Leaks by text, by the times of changes and at the borders of a consent, each by its number. */
import t from 'tap'
import { tinglin } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'
import { hesper, hiddenRecords, observation, ordinary, secretCode } from './hidden-records.ts'

const { ask, file, search, finds } = await hiddenRecords(t)

/** Whisper permits observations of the first quarter of 2024 only, so they are not told whole. */
const whisper = { reference: 'Patient/tinglin-wa', display: 'Whisperdisplay' }
const timed = (id: string, effectiveDateTime: string, more: Record<string, unknown> = {}) =>
  observation(id, { subject: whisper, effectiveDateTime, ...more })

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-wa' },
    timed('tinglin-wi', '2024-03-31T23:59:59+08:00', {
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml">Whispertext</div>',
      },
      note: [{ text: 'openword' }],
      valueQuantity: { value: 1, unit: 'g' },
    }),
    timed('tinglin-wj', '2024-04-01T00:00:00+08:00', { note: [{ text: 'openword' }] }),
    timed('tinglin-wk', '2024-03'),
    timed('tinglin-wl', '2024'),
    observation('tinglin-wm', { subject: whisper, valueQuantity: { value: 2, unit: 'g' } }),
    consultationOf('tinglin-ws', whisper.reference),
    consentOf('tinglin-wc', whisper.reference, {
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }],
      dataPeriod: { start: '2024-01-01', end: '2024-03-31' },
    }),
  ),
)

t.test('L19 text is found in records told whole, and else in what is told', async t => {
  await finds(t, 'Observation?_text=Hespertext', [])
  await finds(t, 'Observation?_content=Hespertext', [])
  await finds(t, 'Observation?_text=Vespertext or Hespertext', ordinary)
  await finds(t, 'Observation?_text=Whispertext', [])
  await finds(t, 'Observation?_content=Whispertext', [])
  await finds(t, 'Observation?_content=Whisperdisplay', [])
  await finds(t, 'Observation?subject:text=Whisperdisplay', [])
  await finds(t, 'Observation?_content=openword', ['tinglin-wi'])
})

t.test('L20 changes of hidden records and of consents surface at no time', async t => {
  const read = async () => (await search('Observation/tinglin-v0')).json.meta.lastUpdated as string
  const before = await read()
  const { json } = await search('Observation/tinglin-wi')
  const since = `_lastUpdated=gt${encodeURIComponent(json.meta.lastUpdated)}`
  await file(
    consentOf('tinglin-vk', 'Patient/tinglin-va', { period: { start: '2020-01-01' } }),
    consentOf('tinglin-hk', hesper, {
      type: 'deny',
      actor: undefined,
      period: { start: '2020-01-01' },
    }),
  )
  const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }
  const relabelled = await ask('POST', '/fhir/Observation/tinglin-hp/$meta-add', {
    as: tinglin,
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security: [label] } }],
    },
  })
  t.equal(relabelled.status, 200, relabelled.text)
  await finds(t, `Observation?${since}`, [])
  await finds(t, `?${since}`, [])
  await finds(t, `Consent?${since}`, [])
  t.equal(await read(), before)
})

t.test('L28 nothing is found beyond the border of a consent, however precise', async t => {
  const inside = ['tinglin-wi', 'tinglin-wk']
  const among = 'Observation?patient=tinglin-wa'
  await finds(t, among, inside)
  for (const date of ['2024', 'ge2024-01-01', 'le2024-04-01', 'lt2025', 'ap2024-03', 'ge2024-03'])
    await finds(t, `${among}&date=${date}`, inside)
  for (const date of ['2024-04', 'ge2024-04-01', '2024-04-01T00:00:00%2B08:00', 'sa2024-03-31'])
    await finds(t, `${among}&date=${date}`, [])
  await finds(t, `${among}&date:missing=true`, [])
  await finds(t, `${among}&code-value-quantity=urn:code|open$ge1`, ['tinglin-wi'])
  await finds(t, `${among}&code-value-quantity=urn:code|open$gt1`, [])
  await finds(t, `Observation?code-value-quantity=${secretCode}$9.9`, [])
  await finds(t, 'Encounter?location.near=31|121|1|km', [])
})
