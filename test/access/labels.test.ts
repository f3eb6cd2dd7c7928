/**
 * Security labels that the codes of a record give it, which no client takes off.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
import t from 'tap'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { labelledBy } from '../../src/search/assigned-labels.ts'
import { keyOf } from '../../src/search/hash.ts'
import { compress } from '../../src/store/content.ts'
import { hasOpenJobs } from '../../src/store/reindex-jobs.ts'
import { aDatabaseUrl } from '../database.ts'
import { leakAsking } from '../leaks/asking.ts'
import { aServer, sun, tinglin, wu, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'

t.setTimeout(120_000)
const DATABASE_URL = await aDatabaseUrl(t)
const { ask, app } = await aServer(t, { DATABASE_URL })
const { file, get, isHidden } = leakAsking({ ask })
const patient = 'Patient/tinglin-l1'
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const icd10 = 'http://hl7.org/fhir/sid/icd-10'
const tag = (code: string) => ({ system: actCode, code })
const level = (code: string) => ({ system: confidentiality, code })

const condition = (id: string, code: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Condition', id, subject: { reference: patient } },
  code: { coding: [{ system: icd10, code }] },
  ...more,
})
const deny = (...labels: object[]) =>
  consentOf('tinglin-l2', patient, {
    provision: labels.length === 0 ? [] : [{ type: 'deny', securityLabel: labels }],
  })
interface Label {
  readonly code: string
  readonly extension?: readonly { readonly valueCanonical: string }[]
}
const labelsOf = async (address: string): Promise<readonly Label[]> =>
  (await get(address, tinglin)).json.meta.security ?? []
const codesOf = async (address: string) => (await labelsOf(address)).map(({ code }) => code)
const put = (resource: Resource) =>
  ask('PUT', `/fhir/${resource.resourceType}/${resource.id}`, { as: tinglin, body: resource })
const metaDelete = (address: string, label: object, as: Caller) =>
  ask('POST', `/fhir/${address}/$meta-delete`, {
    as,
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security: [label] } }],
    },
  })

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-l1' },
    deny(tag('PSY')),
    consultationOf('tinglin-l3', patient),
  ),
)

t.test('codes give labels, at any place and in the editions of ICD-10', async t => {
  const national = 'urn:oid:2.16.156.10011.2.3.3.11'
  const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
  const inside = {
    contained: [condition('c', 'F20.0')],
    evidence: [{ detail: [{ reference: '#c' }] }],
  }
  const made: readonly (readonly [Resource, readonly string[]])[] = [
    [condition('tinglin-l4', 'F32.900'), ['PSY', 'R']],
    [condition('tinglin-l5', 'E11.9'), []],
    [
      condition('tinglin-l6', 'E11.9', { evidence: [{ code: [coded(national, 'B20.101')] }] }),
      ['HIV', 'R'],
    ],
    [condition('tinglin-l7', 'F10.2'), ['ETH', 'SUD', 'R']],
    [condition('tinglin-l8', 'A51.0', { meta: { security: [level('V')] } }), ['V', 'STD']],
    [condition('tinglin-l9', 'Q90.9', { meta: { security: [level('N')] } }), ['N', 'GDIS', 'R']],
    [
      {
        ...{ resourceType: 'Observation', id: 'tinglin-l10', status: 'final' },
        ...{ code: coded('http://loinc.org', '56888-1'), subject: { reference: patient } },
      },
      ['HIV', 'R'],
    ],
    [condition('tinglin-l11', 'J06.9', inside), ['PSY', 'R']],
  ]
  for (const [resource, codes] of made) {
    const { status, json, text } = await put(resource)
    t.equal(status, 201, text)
    const shown: Label[] = json.meta.security ?? []
    t.strictSame(
      shown.map(({ code }) => code),
      codes,
      resource.id!,
    )
    t.strictSame(await codesOf(`${resource.resourceType}/${resource.id}`), codes)
  }
  const [psychiatry] = await labelsOf('Condition/tinglin-l4')
  t.strictSame(psychiatry, {
    extension: [
      {
        url: 'urn:huizhen:StructureDefinition:assigned-label',
        valueCanonical: 'urn:huizhen:ValueSet:sensitive-psychiatry',
      },
    ],
    ...tag('PSY'),
  })
  const found = await get(`Condition?_security=${actCode}|PSY&_summary=count`, tinglin)
  t.equal(found.json.total, 2, 'search knows them')
})

t.test('a consent that denies a label keeps back what only its codes tell', async t => {
  await isHidden(t, condition('tinglin-l4', 'F32.900'))
  await isHidden(t, condition('tinglin-l11', 'J06.9'))
  t.equal((await get('Condition/tinglin-l5')).status, 200)
  t.equal((await get('Condition?_security=PSY')).json.total, 0)
  await file(deny(tag('SPI')))
  await isHidden(t, condition('tinglin-l4', 'F32.900'))
  await isHidden(t, condition('tinglin-l7', 'F10.2'))
  await file(deny(tag('PSY')))
})

t.test('a write repeated changes nothing, with the labels or without', async t => {
  const resource = condition('tinglin-l12', 'F41.1')
  t.equal((await put(resource)).status, 201)
  const { json } = await get('Condition/tinglin-l12', tinglin)
  for (const body of [resource, json]) {
    const { status, json: again } = await put(body)
    t.equal(status, 200)
    t.equal(again.meta.versionId, '1')
  }
  const identified = { ...resource, id: undefined, identifier: [{ system: 'urn:l', value: '1' }] }
  for (const status of [201, 200]) {
    const path = '/fhir/Condition?identifier=urn:l|1'
    const answer = await ask('PUT', path, { as: tinglin, body: identified })
    t.equal(answer.status, status, answer.text)
    t.equal(answer.json.meta.versionId, '1')
  }
})

t.test('L41 no update, patch or operation of a client takes a label off', async t => {
  const own = condition('tinglin-l13', 'E11.9', { meta: { security: [tag('PSY'), level('V')] } })
  await file(own, condition('tinglin-l14', 'F33.1'))
  const [labelled, plain] = [
    ['PSY', 'V'],
    ['PSY', 'R'],
  ]
  const headers = { 'content-type': 'application/json-patch+json' }
  const remove = [{ op: 'remove', path: '/meta/security' }]
  const note = { note: [{ text: 'x' }] }
  for (const [id, code, kept] of [
    ['tinglin-l13', 'E11.9', labelled],
    ['tinglin-l14', 'F33.1', plain],
  ] as const) {
    const address = `Condition/${id}`
    const lowered = { meta: { security: [level('L')] } }
    await file(condition(id, code, note))
    t.strictSame(await codesOf(address), kept, 'an update without them')
    const patched = await ask('PATCH', `/fhir/${address}`, {
      as: tinglin,
      headers,
      body: remove,
    })
    t.equal(patched.status, 200, patched.text)
    t.strictSame(await codesOf(address), kept, 'a patch')
    await file(condition(id, code, lowered))
    t.strictSame(new Set(await codesOf(address)), new Set(['L', ...kept]), 'a lower level')
    for (const as of [tinglin, zhang])
      t.equal((await metaDelete(address, tag('PSY'), as)).status, 403)
    await isHidden(t, condition(id, code))
  }
  await file(condition('tinglin-l13', 'E11.9', { meta: { tag: [{ code: 'x' }] } }))
  t.strictSame(await codesOf('Condition/tinglin-l13'), labelled, 'tags come and go')
})

t.test('a privacy officer takes off what was put on, not what the codes say', async t => {
  await file(condition('tinglin-l15', 'E11.9', { meta: { security: [tag('PSY')] } }))
  const off = await metaDelete('Condition/tinglin-l15', tag('PSY'), wu)
  t.equal(off.status, 200, off.text)
  t.strictSame(await codesOf('Condition/tinglin-l15'), [])
  t.equal((await get('Condition/tinglin-l15')).status, 200)
  const kept = await metaDelete('Condition/tinglin-l4', tag('PSY'), wu)
  t.equal(kept.status, 200)
  t.match(kept.json.parameter[0].valueMeta.security, [{ code: 'PSY' }, { code: 'R' }])
  const foreign = await metaDelete('Condition/tinglin-l4', tag('PSY'), sun)
  t.equal(foreign.status, 404, 'an officer of another hospital')
})

t.test('a label goes with the code that gave it, whoever sends it back', async t => {
  await file(condition('tinglin-l16', 'F32.0'))
  const { json } = await get('Condition/tinglin-l16', tinglin)
  await file({ ...json, code: condition('x', 'E11.9')['code'] })
  t.strictSame(await codesOf('Condition/tinglin-l16'), [])
  t.equal((await get('Condition/tinglin-l16')).status, 200)
  t.equal((await get('Condition/tinglin-l16/_history/1')).status, 404, 'as it was before')
})

t.test('who says that a label was assigned has put it on', async t => {
  const extension = [
    { url: 'urn:huizhen:StructureDefinition:assigned-label', valueCanonical: 'urn:x' },
  ]
  const security = [{ extension, ...tag('PSY') }]
  await file(condition('tinglin-l17', 'E11.9', { meta: { security } }))
  t.strictSame(await labelsOf('Condition/tinglin-l17'), [tag('PSY')])
  await file(condition('tinglin-l17', 'E11.9'))
  t.strictSame(await labelsOf('Condition/tinglin-l17'), [tag('PSY')])
  await isHidden(t, condition('tinglin-l17', 'E11.9'))
})

t.test(
  'L20 L30 after a change of the value sets everything is labelled anew, in place',
  async t => {
    const { database } = app.context
    const run = (text: string, values: readonly unknown[] = []) =>
      database.query<Record<string, unknown>>({ name: '', text, values })
    const [one, other] = [condition('tinglin-l18', 'E11.9'), condition('tinglin-l19', 'E11.9')]
    await file(one, other)
    await file({ ...one, note: [{ text: 'x' }] } as Resource)
    const before = await get('Condition/tinglin-l18', tinglin)
    // As a program whose value sets did not know F20 has stored it.
    const key = keyOf('Condition', 'tinglin-l18')
    const asBefore = (json: string) => compress(Buffer.from(json.replace('E11.9', 'F20.0')))
    const first = await get('Condition/tinglin-l18/_history/1', tinglin)
    await run('update resource set content = $2 where key = $1', [key, asBefore(before.text)])
    await run('update resource_version set content = $2 where key = $1', [
      key,
      asBefore(first.text),
    ])
    for (const table of ['resource', 'resource_version'])
      await run(`update ${table} set facts = array_replace(facts, $1, 7)`, [labelledBy()])
    await run('update label_sets set mark = 7')
    t.equal((await get('Condition/tinglin-l18')).status, 200, 'nobody knows better yet')
    await run('update label_sets set mark = $1', [labelledBy()])
    t.equal((await get('Condition/tinglin-l19')).status, 404, 'it may be more than it says')
    await run('update label_sets set mark = 7')

    const config = {
      DATABASE_URL,
      HUIZHEN_SANDBOX: 'off',
      HUIZHEN_BASE_URL: 'http://huizhen.test',
      HUIZHEN_DATA_DIR: t.testdir(),
      LOG_LEVEL: 'silent',
    }
    const upgraded = await createApp(readConfig(config))
    t.teardown(() => upgraded.close())
    for (let looks = 0; looks < 600 && (await hasOpenJobs(database)); looks++)
      await new Promise(resolve => setTimeout(resolve, 50))
    const [job] = await run(
      'select state, requested_by from reindex_job order by number desc limit 1',
    )
    t.strictSame({ ...job }, { state: 'done', requested_by: 'labels' })
    await isHidden(t, one)
    t.equal((await get('Condition/tinglin-l19')).status, 200)
    const { json } = await get('Condition/tinglin-l18', tinglin)
    t.strictSame([json.meta.versionId, json.meta.lastUpdated], ['2', before.json.meta.lastUpdated])
    for (const version of ['1', '2']) {
      const { json: old } = await get(`Condition/tinglin-l18/_history/${version}`, tinglin)
      t.strictSame(
        old.meta.security.map(({ code }: Label) => code),
        ['PSY', 'R'],
      )
    }
    const found = await get('Condition?_security=PSY&code=F20.0', tinglin)
    t.strictSame(found.json.entry.length, 1)
    for (const path of ['Condition?_lastUpdated=gt', 'Condition/_history?_since=']) {
      const since = encodeURIComponent(before.json.meta.lastUpdated)
      const { json: surfaced } = await get(`${path}${since}`, tinglin)
      t.strictSame(
        (surfaced.entry ?? []).filter(
          (entry: { resource: Resource }) => entry.resource.id !== one.id,
        ),
        [],
        path,
      )
    }
    const again = await createApp(readConfig(config))
    t.equal(await hasOpenJobs(database), false, 'nothing is left to do at the next start')
    await again.close()
  },
)
