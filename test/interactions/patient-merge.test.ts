/** Patients that were replaced by others. @see https://hl7.org/fhir/R4/patient.html#links */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const put = async (body: { resourceType: string; id: string }, as: Caller = tinglin) =>
  (await ask('PUT', `/fhir/${body.resourceType}/${body.id}`, { as, body })).status
const patient = (id: string, more = {}) => ({ resourceType: 'Patient', id, ...more })
const link = (type: string, id: string) => ({ type, other: { reference: `Patient/${id}` } })
const observation = (id: string, patientId: string, date: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: '体温' },
  subject: { reference: `Patient/${patientId}` },
  effectiveDateTime: date,
})
const search = async (query: string, as: Caller = tinglin) => {
  const { json } = await ask('GET', query.startsWith('http') ? query : `/fhir/${query}`, { as })
  const next = json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
  const ids = (json.entry ?? []).map(
    ({ resource }: { resource: { id: string } }) => resource.id,
  ) as string[]
  return { ids, total: json.total as number, next: next as string | undefined }
}

t.before(async () => {
  for (const id of ['new', 'old', 'older', 'other']) await put(patient(`tinglin-${id}`))
  await put(observation('tinglin-n1', 'tinglin-new', '2026-01-05'))
  await put(observation('tinglin-n2', 'tinglin-new', '2026-01-01'))
  await put(observation('tinglin-m1', 'tinglin-old', '2026-01-04'))
  await put(observation('tinglin-m2', 'tinglin-older', '2026-01-03'))
  await put(observation('tinglin-x1', 'tinglin-other', '2026-01-02'))
})

const merge = (old: string, surviving: string) =>
  put(patient(old, { active: false, link: [link('replaced-by', surviving)] }))

t.test('before a merge each patient has its own records', async t => {
  t.strictSame(await search('Observation?patient=tinglin-new'), {
    ids: ['tinglin-n1', 'tinglin-n2'],
    total: 2,
    next: undefined,
  })
})

t.test(
  'searches by the surviving patient include the records of the merged one, in clinical order',
  async t => {
    t.equal(await put(patient('tinglin-new', { link: [link('replaces', 'tinglin-old')] })), 200)
    t.equal(await merge('tinglin-old', 'tinglin-new'), 200)
    t.strictSame(await search('Observation?patient=tinglin-new'), {
      ids: ['tinglin-n1', 'tinglin-m1', 'tinglin-n2'],
      total: 3,
      next: undefined,
    })
    t.equal((await search('Observation?subject=Patient/tinglin-new&_summary=count')).total, 3)
    t.equal((await search('Observation?patient=tinglin-new,tinglin-other')).total, 4)
    t.equal((await search('Observation?patient=tinglin-new&date=2026-01-04')).total, 1)
  },
)

t.test(
  'criteria of writes by the surviving patient meet the records of the merged one',
  async t => {
    const on = 'Observation?patient=tinglin-new&date=2026-01-04'
    const again = observation('', 'tinglin-old', '2026-01-04')
    const body = { ...again, id: undefined, note: [{ text: '复测' }] }
    const updated = await ask('PUT', `/fhir/${on}`, { as: tinglin, body })
    t.equal(updated.status, 200)
    t.equal(updated.json.id, 'tinglin-m1')
    const ifNoneExist = on.split('?')[1]!
    const created = await ask('POST', '/fhir/Observation', {
      ...{ as: tinglin, body, headers: { 'if-none-exist': ifNoneExist } },
    })
    t.equal(created.status, 200)
    t.match(created.headers.location, /Observation\/tinglin-m1\//)
    const request = { method: 'POST', url: 'Observation', ifNoneExist }
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: body, request }],
    }
    const { json } = await ask('POST', '/fhir', { as: tinglin, body: bundle })
    t.match(json.entry[0].response, { status: '200 OK', etag: 'W/"2"' })
    const others = 'Observation?patient=tinglin-other&date=2026-01-04'
    t.equal((await ask('DELETE', `/fhir/${others}`, { as: tinglin })).status, 204)
    t.equal((await search(on)).total, 1, 'a patient without merges means itself')
  },
)

t.test('pages go through all of them', async t => {
  const first = await search('Observation?patient=tinglin-new&_count=2')
  t.strictSame(first.ids, ['tinglin-n1', 'tinglin-m1'])
  const second = await search(first.next!)
  t.strictSame(second.ids, ['tinglin-n2'])
  t.equal(second.next, undefined)
})

t.test('the old id still answers, with its own records', async t => {
  const { status, json } = await ask('GET', '/fhir/Patient/tinglin-old', { as: tinglin })
  t.equal(status, 200)
  t.equal(json.active, false)
  t.strictSame((await search('Observation?patient=tinglin-old')).ids, ['tinglin-m1'])
})

t.test('merges go through several removes, and a circle ends', async t => {
  await merge('tinglin-older', 'tinglin-old')
  t.equal((await search('Observation?patient=tinglin-new')).total, 4)
  await put(patient('tinglin-new', { link: [link('replaced-by', 'tinglin-older')] }))
  t.equal((await search('Observation?patient=tinglin-new')).total, 4)
  t.equal((await search('Observation?patient=tinglin-old')).total, 4)
  await put(patient('tinglin-new'))
  await put(patient('tinglin-older'))
})

t.test('a chain through the surviving patient meets the merged record, too', async t => {
  await put(patient('tinglin-new', { name: [{ family: '独孤' }] }))
  t.equal((await search('Observation?patient.family=独孤')).total, 3)
})

t.test(
  'inclusions and reverse chains of the surviving patient meet the merged records, too',
  async t => {
    const { ids } = await search('Patient?_id=tinglin-new&_revinclude=Observation:patient')
    t.strictSame([...ids].sort(), ['tinglin-m1', 'tinglin-n1', 'tinglin-n2', 'tinglin-new'])
    const iterated = '_include=Observation:patient&_revinclude:iterate=Observation:subject'
    t.equal((await search(`Observation?_id=tinglin-n1&${iterated}`)).ids.length, 4)
    const all = await search('Patient?_id=tinglin-new&_revinclude=*')
    t.ok(all.ids.includes('tinglin-m1'), 'a wildcard as well')
    const had = '_has:Observation:patient:date=2026-01-04'
    t.strictSame((await search(`Patient?${had}`)).ids.sort(), ['tinglin-new', 'tinglin-old'])
    for (const id of ['tinglin-new', 'tinglin-old'])
      t.strictSame((await search(`Patient?${had}&_id=${id}`)).ids, [id])
    t.strictSame((await search(`Patient?${had}&_id=tinglin-other`)).ids, [])
  },
)

t.test('parameters outside the patient column include it as well', async t => {
  await put({
    resourceType: 'Appointment',
    id: 'tinglin-a1',
    status: 'proposed',
    participant: [{ status: 'accepted', actor: { reference: 'Patient/tinglin-old' } }],
  } as never)
  t.strictSame((await search('Appointment?patient=tinglin-new')).ids, ['tinglin-a1'])
  const has = 'Patient?_has:Appointment:patient:status=proposed'
  t.strictSame((await search(has)).ids.sort(), ['tinglin-new', 'tinglin-old'])
  t.strictSame((await search(`${has}&_id=tinglin-new`)).ids, ['tinglin-new'])
  const included = await search('Patient?_id=tinglin-new&_revinclude=Appointment:actor')
  t.strictSame(included.ids, ['tinglin-new', 'tinglin-a1'])
})

t.test("a merge says nothing about another hospital's patient", async t => {
  await put(patient('zhujing-m', { link: [link('replaced-by', 'tinglin-new')] }), zhujing)
  await put(observation('zhujing-m1', 'zhujing-m', '2026-01-09'), zhujing)
  t.equal((await search('Observation?patient=tinglin-new', zhujing)).total, 0)
  t.equal((await search('Observation?patient=tinglin-new')).total, 3)
})

t.test('the whole record of the surviving patient holds the merged one, on every page', async t => {
  const everything = async (id: string, query = '') => {
    const ids: string[] = []
    const totals = new Set<number>()
    let path: string | undefined =
      `/fhir/Patient/${id}/$everything?_type=Observation,Patient${query}`
    while (path !== undefined) {
      const { json } = await ask('GET', path, { as: tinglin })
      totals.add(json.total)
      ids.push(...json.entry.map((entry: { resource: { id: string } }) => entry.resource.id))
      path = json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
    }
    return { ids, totals: [...totals] }
  }
  const whole = await everything('tinglin-new')
  t.equal(whole.ids[0], 'tinglin-new', 'the Patient first')
  t.strictSame(whole.totals, [whole.ids.length])
  t.equal(new Set(whole.ids).size, whole.ids.length)
  const own = await everything('tinglin-old')
  for (const id of own.ids) t.ok(whole.ids.includes(id), id)
  t.strictSame((await everything('tinglin-new', '&_count=1')).ids, whole.ids)
  t.notOk(own.ids.includes('tinglin-new'), 'and not the other way round')
})

t.test('each row stays under the consents of its own patient', async t => {
  const count = async () =>
    (await search('Observation?patient=tinglin-liuyang&_summary=count', no6)).total
  const own = async () => (await search('Observation?patient=tinglin-liuyang&_summary=count')).total
  const [before, ownBefore] = [await count(), await own()]
  const record = async (as = no6) =>
    (await ask('GET', '/fhir/Patient/tinglin-liuyang/$everything?_count=1', { as })).json.total
  const [recordBefore, ownRecordBefore] = [await record(), await record(tinglin)]
  t.ok(before > 0 && recordBefore > 1)
  await merge('tinglin-other', 'tinglin-liuyang')
  t.equal(await own(), ownBefore + 1)
  t.equal(await count(), before)
  t.equal(await record(), recordBefore)
  t.ok((await record(tinglin)) > ownRecordBefore)
})

t.test('taking the link away, or deleting the old record, undoes the merge', async t => {
  await put(patient('tinglin-old', { active: true }))
  t.equal((await search('Observation?patient=tinglin-new')).total, 2)
  await merge('tinglin-old', 'tinglin-new')
  t.equal((await search('Observation?patient=tinglin-new')).total, 3)
  await ask('DELETE', '/fhir/Patient/tinglin-old', { as: tinglin })
  t.equal((await search('Observation?patient=tinglin-new')).total, 2)
})

t.test('a Patient that is created as merged counts at once', async t => {
  const { json } = await ask('POST', '/fhir/Patient', {
    as: tinglin,
    body: { resourceType: 'Patient', link: [link('replaced-by', 'tinglin-new')] },
  })
  await put(observation('tinglin-c1', json.id, '2026-01-06'))
  t.equal((await search('Observation?patient=tinglin-new')).total, 3)
})
