/** Leaks by the shapes a search can take, each by its number. */
import t from 'tap'
import { tinglin, zhang } from '../server.ts'
import { hesper, hiddenRecords, idsOf, ordinary, secretCode, vesper } from './hidden-records.ts'

const { ask, search, likeAbsent, finds } = await hiddenRecords(t)
const open = [...ordinary, 'tinglin-vx']
const among = 'subject.family=Vesper,Hesper'
const headers = { 'content-type': 'application/x-www-form-urlencoded' }
const post = (path: string, body: string) =>
  ask('POST', `/fhir/${path}`, { as: zhang, body, headers })

t.test('L21 labels, tags and profiles are counted of visible records only', async t => {
  const label = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|PSY'
  for (const query of [`_security=${label}`, '_security=PSY', '_tag=urn:tag|hidden']) {
    await finds(t, `Observation?${query}`, [])
    for (const count of ['_summary=count', '_count=0'])
      t.equal((await search(`Observation?${query}&${count}`)).json.total, 0, query)
  }
  await finds(t, `Observation?${among}&_security:not=${label}x`, open)
  await finds(t, `Observation?${among}&_profile:missing=true`, open)
})

t.test('L22 no way to show an answer shows what is hidden', async t => {
  for (const form of [
    ...['_elements=id', '_elements=identifier,text', '_summary=true', '_summary=text'],
    ...['_summary=data', '_format=xml', '_format=json&_pretty=true'],
  ]) {
    await likeAbsent(t, `${hesper}?${form}`)
    await likeAbsent(t, `Observation/tinglin-ho?${form}`)
    await likeAbsent(t, `Patient?family=Hesper&${form}`)
  }
  await likeAbsent(t, 'Patient?family=Hesper&_summary=count')
  for (const form of ['_elements=id', '_summary=true', '_summary=text', '_summary=data'])
    await finds(t, `Observation?${among}&${form}`, open)
  t.notMatch((await search(`Observation?${among}&_format=xml`)).text, /tinglin-h[aop]/)
})

t.test('L23 a hidden list is an absent one, though it names what is visible', async t => {
  await finds(t, 'Observation?_list=tinglin-hl', [])
  await likeAbsent(t, 'Observation?_list=tinglin-hl')
  for (const id of ['tinglin-hl', 'tinglin-nl'])
    t.equal((await search(`Observation?_query=${id}`)).status, 400, id)
})

t.test('L24 compartments have visible records only, those of hidden ones nothing', async t => {
  for (const compartment of [hesper, 'Encounter/tinglin-he', 'Device/tinglin-hd'])
    for (const type of ['Observation', '*', 'Observation?_summary=count'])
      await likeAbsent(t, `${compartment}/${type}`)
  t.equal((await search('Encounter/tinglin-he/Observation', tinglin)).json.total, 1)
  t.equal((await search('Device/tinglin-hd/Observation', tinglin)).json.total, 1)
  await finds(t, 'Encounter/tinglin-ve/Observation', ordinary)
  await finds(t, `Practitioner/tinglin-wang/Observation?${among}`, ordinary)
  t.strictSame(idsOf(await search(`${vesper}/Observation`)).sort(), open)
})

t.test('L25 a search of all types asks the same of each', async t => {
  await finds(t, '?_tag=urn:tag|hidden', [])
  await finds(t, '?_id=tinglin-ha,tinglin-ho,tinglin-va', ['tinglin-va'])
  await finds(t, `?_type=Observation,Condition&code=${secretCode}`, [])
  await finds(t, `?_type=Observation,Condition&${among}`, [...open, 'tinglin-vc'])
  const count = await search(`?_type=Observation,Condition&${among}&_summary=count`)
  t.equal(count.json.total, open.length + 1)
  t.notMatch(count.text, /Observation":|tinglin-h/)
  await likeAbsent(t, '?_type=Patient,Observation&_id=tinglin-ha')
})

t.test('L26 a search by POST, in two parts, twice or encoded finds no more', async t => {
  await likeAbsent(t, 'Patient/_search', 'POST', '_id=tinglin-ha')
  await likeAbsent(t, 'Patient/_search?_id=tinglin-ha', 'POST', 'family=Hesper')
  await likeAbsent(t, 'Patient/_search?family=Vesper', 'POST', '_id=tinglin-ha')
  await likeAbsent(t, 'Patient?%5Fid=tinglin-h%61')
  await likeAbsent(t, 'Observation?subject%3APatient.name=Hesper')
  for (const twice of ['_id=tinglin-va&_id=tinglin-ha', '_id=tinglin-ha&_id=tinglin-ha'])
    t.equal((await search(`Patient?${twice}`)).json.total, 0, twice)
  const posted = await post('Patient/_search?_id=tinglin-va,tinglin-ha', '_sort=_id')
  t.equal(posted.json.total, 1)
  const got = await search('Patient?_id=tinglin-va,tinglin-ha&_sort=_id')
  t.strictSame([posted.json.total, posted.json.entry], [got.json.total, got.json.entry])
  t.equal((await post('Patient/_search?_id=tinglin-va', '_id=tinglin-ha')).json.total, 0)
})

t.test('L27 a parameter that is not known never widens a search', async t => {
  const leniently = (path: string) =>
    ask('GET', path, { as: zhang, headers: { prefer: 'handling=lenient' } })
  const ignored = `Observation?${among}&nonsense=tinglin-ha`
  t.equal((await search(ignored)).status, 400)
  const lenient = await leniently(`/fhir/${ignored}`)
  t.strictSame([lenient.status, lenient.json.total], [200, open.length])
  t.strictSame(idsOf(lenient, 'match').sort(), open)
  for (const unknown of [
    ...['subject:Patient.nonsense=Hesper', '_has:Nothing:at:all=Hesper', '_sort=nonsense'],
    ...['subject:nonsense=tinglin-ha', '_include=Observation:nonsense'],
  ]) {
    const path = `/fhir/Observation?${among}&${unknown}`
    const refused = await leniently(path)
    t.equal(refused.status, 400, path)
    t.equal(refused.json.resourceType, 'OperationOutcome', path)
  }
})
