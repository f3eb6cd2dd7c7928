/** Bulk export: what a caller may see, in files that are made as they are fetched. */
import t from 'tap'
import { aServer, no6, tinglin, zhang, zhujing, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

t.setTimeout(120_000)
const server = await aServer(t)
const { ask, baseUrl } = server
const many = 1100

const observation = (id: string, more = {}) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  ...{ subject: { reference: 'Patient/tinglin-export' }, ...more },
})
const laboratory = { coding: [{ code: 'laboratory' }] }
const filed = await ask('POST', '/fhir', {
  as: tinglin,
  body: transactionOf(
    { resourceType: 'Patient', id: 'tinglin-export', name: [{ text: '周' }] },
    consentOf('tinglin-export-consent', 'Patient/tinglin-export'),
    consultationOf('tinglin-export-request', 'Patient/tinglin-export'),
    {
      resourceType: 'Group',
      id: 'tinglin-group',
      type: 'person',
      actual: true,
      member: [
        { entity: { reference: 'Patient/tinglin-export' } },
        { entity: { reference: 'Patient/tinglin-liuyang' }, inactive: true },
      ],
    } as never,
    ...Array.from({ length: many }, (_, at) =>
      observation(`tinglin-export-${at}`, at < 3 ? { category: [laboratory] } : {}),
    ),
  ),
})
if (filed.status !== 200) throw new Error(filed.text)

const kickOff = async (as: Caller, path: string): Promise<string> => {
  const { status, headers, text } = await ask('GET', `/fhir/${path}`, {
    as,
    headers: { prefer: 'respond-async' },
  })
  t.equal(status, 202, `${path} ${text}`)
  return String(headers['content-location'])
}

const outputs = async (as: Caller, location: string): Promise<Map<string, string>> => {
  const { status, json } = await ask('GET', location, { as })
  t.equal(status, 200)
  t.equal(json.requiresAccessToken, true)
  t.match(json.transactionTime, /^\d{4}-.*Z$/)
  return new Map(json.output.map(({ type, url }: { type: string; url: string }) => [type, url]))
}

const idsIn = async (as: Caller, url: string): Promise<string[]> => {
  const { status, headers, text } = await ask('GET', url, { as })
  t.equal(status, 200)
  t.match(headers['content-type'], /^application\/fhir\+ndjson/)
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line).id).sort()
}

t.test('a group is exported whole, page by page, each resource once', async t => {
  const location = await kickOff(tinglin, 'Group/tinglin-group/$export')
  const files = await outputs(tinglin, location)
  t.strictSame(
    [...files.keys()],
    [...['Consent', 'Group', 'Observation', 'Patient', 'ServiceRequest']],
  )
  const found = await idsIn(tinglin, files.get('Observation')!)
  t.equal(found.length, many)
  t.equal(new Set(found).size, many)
  t.strictSame(
    await idsIn(tinglin, files.get('Patient')!),
    ['tinglin-export'],
    'not the inactive one',
  )
})

t.test('_type, _typeFilter and _since say what belongs to it', async t => {
  const filter = encodeURIComponent('Observation?category=laboratory')
  const location = await kickOff(tinglin, `Patient/$export?_type=Observation&_typeFilter=${filter}`)
  const files = await outputs(tinglin, location)
  t.strictSame([...files.keys()], ['Observation'])
  const found = await idsIn(tinglin, files.get('Observation')!)
  for (let at = 0; at < 3; at++) t.ok(found.includes(`tinglin-export-${at}`))
  t.notOk(found.includes('tinglin-export-7'))
  const later = await kickOff(tinglin, 'Patient/$export?_since=2999-01-01T00:00:00Z')
  t.equal((await outputs(tinglin, later)).size, 0)
})

t.test('the same can be asked for in a Parameters body', async t => {
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: '_type', valueString: 'Patient' }],
  }
  const { status, headers } = await ask('POST', '/fhir/Patient/$export', { as: tinglin, body })
  t.equal(status, 202)
  const files = await outputs(tinglin, String(headers['content-location']))
  t.strictSame([...files.keys()], ['Patient'])
})

t.test('another hospital exports what it may see at the moment it fetches', async t => {
  const location = await kickOff(zhang, 'Patient/$export?_type=Patient,Observation')
  const files = await outputs(zhang, location)
  const found = await idsIn(zhang, files.get('Observation')!)
  t.equal(found.filter(id => id.startsWith('tinglin-export-')).length, many)
  t.notOk((await idsIn(zhang, files.get('Patient')!)).includes('tinglin-shanxin'), 'not consented')
  const { database } = server.app.context
  const [audited] = await database.query<{ count: number }>({
    name: '',
    text: `select count(*)::int as count from audit_event where cross_hospital and interaction = 'search-type'`,
    values: [],
  })
  t.ok(audited!.count >= 3, 'each page is in the audit trail')
  const consent = { ...consentOf('tinglin-export-consent', 'Patient/tinglin-export') }
  await ask('PUT', '/fhir/Consent/tinglin-export-consent', {
    as: tinglin,
    body: { ...consent, status: 'inactive' },
  })
  const after = await idsIn(zhang, files.get('Observation')!)
  t.equal(after.filter(id => id.startsWith('tinglin-export-')).length, 0)
})

t.test('an export belongs to who asked for it, until it is deleted', async t => {
  const location = await kickOff(tinglin, 'Patient/$export?_type=Patient')
  const absent = `${baseUrl}/fhir/$export-jobs/00000000-0000-0000-0000-000000000000`
  for (const as of [zhujing, no6, { ...tinglin, purpose: 'ETREAT' }]) {
    const hidden = await ask('GET', location, { as })
    t.equal(hidden.status, 404)
    t.equal(hidden.text, (await ask('GET', absent, { as })).text)
    t.equal((await ask('GET', `${location}/Patient.ndjson`, { as })).status, 404)
    t.equal((await ask('DELETE', location, { as })).status, 404)
  }
  t.equal((await ask('GET', `${location}/Observation.ndjson`, { as: tinglin })).status, 404)
  t.equal((await ask('DELETE', location, { as: tinglin })).status, 202)
  t.equal((await ask('GET', location, { as: tinglin })).status, 404)
  t.equal((await ask('GET', `${location}/Patient.ndjson`, { as: tinglin })).status, 404)
  t.equal((await ask('GET', `${baseUrl}/fhir/$export-jobs/x`, { as: tinglin })).status, 404)
})

t.test('everything is for operators, and each fault is named', async t => {
  const refused = async (as: Caller, path: string) => {
    const { status, json } = await ask('GET', `/fhir/${path}`, { as })
    return [status, json.issue[0].details.coding[0].code]
  }
  t.strictSame(await refused(tinglin, '$export'), [403, 'operator-only'])
  const patient = 'Patient/$export?'
  t.strictSame(await refused(tinglin, `${patient}_until=2020`), [400, 'export-parameter'])
  t.strictSame(await refused(tinglin, `${patient}_outputFormat=text/csv`), [400, 'export-format'])
  t.strictSame(await refused(tinglin, `${patient}_since=2020`), [400, 'export-since'])
  t.strictSame(await refused(tinglin, `${patient}_type=Patent`), [400, 'export-type'])
  t.strictSame(await refused(tinglin, `${patient}_type=Location`), [400, 'export-type-outside'])
  t.strictSame(await refused(tinglin, `${patient}_typeFilter=Patient`), [400, 'export-filter'])
  const unknown = `${patient}_typeFilter=${encodeURIComponent('Patient?nane=x')}`
  t.strictSame(await refused(tinglin, unknown), [400, 'search-parameter-unknown'])
  t.strictSame(await refused(tinglin, 'Group/tinglin-none/$export'), [404, 'not-found'])
  const narrow = { ...tinglin, scope: 'system/Patient.rs' }
  t.strictSame(await refused(narrow, `${patient}_type=Observation`), [403, 'scope-insufficient'])
  await server.app.context.database.kysely
    .updateTable('client')
    .set({ operator: true })
    .where('id', '=', 'zhujing-ehr')
    .execute()
  await server.app.context.database.query({
    name: '',
    text: 'update registry_generation set generation = generation + 1',
    values: [],
  })
  const files = await outputs(zhujing, await kickOff(zhujing, '$export'))
  t.ok(files.has('Patient') && files.has('Practitioner'))
  const patients = await idsIn(zhujing, files.get('Patient')!)
  t.ok(patients.length > 0 && patients.every(id => id.startsWith('zhujing-')), 'its own alone')
})
