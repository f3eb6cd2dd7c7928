/** Leaks by reading and by criteria that follow references, each by its number. */
import t from 'tap'
import { tinglin } from '../server.ts'
import { hesper, hiddenRecords, secretCode, vesper } from './hidden-records.ts'

const { search, likeAbsent, finds } = await hiddenRecords(t)
const open = ['tinglin-v0', 'tinglin-v1', 'tinglin-v2', 'tinglin-v3', 'tinglin-v4', 'tinglin-vx']

t.test('the specialist reads what is permitted, and the owner everything', async t => {
  for (const address of [vesper, 'Observation/tinglin-vx', 'Procedure/tinglin-vp'])
    t.equal((await search(address)).status, 200, address)
  for (const address of [hesper, 'Observation/tinglin-ho', 'List/tinglin-hl'])
    t.equal((await search(address, tinglin)).status, 200, address)
})

t.test('L01 a hidden record is read as an absent one is', async t => {
  for (const address of [hesper, 'Observation/tinglin-ho', 'Encounter/tinglin-he'])
    t.equal((await likeAbsent(t, address)).status, 404, address)
})

t.test('L02 a search for the id of a hidden record finds nothing', async t => {
  await finds(t, 'Patient?_id=tinglin-ha', [])
  await finds(t, 'Patient?_id=tinglin-ha,tinglin-va', ['tinglin-va'])
  await likeAbsent(t, 'Patient?_id=tinglin-ha')
})

t.test('L03 HEAD of a hidden record is that of an absent one', async t => {
  for (const address of [hesper, 'Observation/tinglin-ho', 'Patient?_id=tinglin-ha'])
    await likeAbsent(t, address, 'HEAD')
  t.equal((await likeAbsent(t, hesper, 'HEAD')).status, 404)
})

t.test('L04 no beginning of a hidden name is found', async t => {
  for (let letters = 1; letters <= 6; letters++)
    await finds(t, `Patient?family=${'Hesper'.slice(0, letters)}`, [])
  await finds(t, 'Patient?name:contains=sper', ['tinglin-va'])
  for (const query of ['name=Hesper', 'family:exact=Hesper', 'name:contains=Hesp'])
    await likeAbsent(t, `Patient?${query}`)
})

t.test('L05 a chain to a hidden patient finds nothing', async t => {
  for (const chain of ['subject:Patient.name', 'patient.family', 'subject:Patient.name:exact'])
    await finds(t, `Observation?${chain}=Hesper`, [])
  await likeAbsent(t, 'Observation?subject:Patient._id=tinglin-ha')
})

t.test('L06 a chain of two ends where it meets a hidden record, in the middle too', async t => {
  await finds(t, 'Observation?encounter.subject:Patient.name=Hesper', [])
  await finds(t, 'Observation?_id=tinglin-v0&encounter.part-of.status=finished', [])
  await finds(t, 'Observation?encounter.service-provider._id=tinglin', [])
  await finds(t, 'Observation?_id=tinglin-vx&encounter.status=finished', [])
})

t.test('L07 the value of a hidden observation cannot be halved to by _has', async t => {
  for (const value of ['gt3', 'lt20', 'gt9', '9.9', 'ge9.9']) {
    await finds(t, `Patient?_id=tinglin-va&_has:Observation:focus:value-quantity=${value}`, [])
    await likeAbsent(t, `Patient?_id=tinglin-ha&_has:Observation:patient:value-quantity=${value}`)
    const composite = `code-value-quantity=${secretCode}$${value}`
    await finds(t, `Patient?_has:Observation:patient:${composite}`, [])
  }
})

t.test('L08 each hop of a _has within a _has or a chain is asked of visible records', async t => {
  const inner = `_has:Observation:encounter:code=${secretCode}`
  await finds(t, `Patient?_has:Encounter:patient:${inner}`, [])
  await finds(t, `Encounter?${inner}`, [])
  await finds(t, `Observation?encounter.${inner}`, [])
  await finds(t, 'Patient?_id=tinglin-va&_has:Observation:focus:patient._id=tinglin-ha', [])
})

t.test('L17 a literal reference to a hidden record is no oracle', async t => {
  await finds(t, 'Procedure?reason-reference=Condition/tinglin-hc', [])
  t.equal((await search('Procedure?reason-reference=Condition/tinglin-vc')).json.total, 1)
  for (const query of [
    'Procedure?reason-reference=Condition/tinglin-hc',
    'Observation?encounter=Encounter/tinglin-he',
    'Observation?device=tinglin-hd',
    'Encounter?part-of=tinglin-he',
    'Observation?subject=Patient/tinglin-ha',
  ])
    await likeAbsent(t, query)
  await finds(t, `Observation?patient=${vesper},${hesper}`, open)
})

t.test('L18 identifiers of a hidden patient find nothing', async t => {
  for (const query of [
    'Patient?identifier=urn:record|Hesper',
    'Patient?identifier:of-type=urn:code|record|Hesper',
    'Observation?subject:identifier=urn:record|Hesper',
    'Observation?subject:Patient.identifier=Hesper',
  ]) {
    await finds(t, query, [])
    await likeAbsent(t, query)
  }
})
