/** Leaks by doors beside reading and searching, CONSENT.md 4, each by its number. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Principal } from '../../src/access/principal.ts'
import { limits } from '../../src/fhir/limits.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, li, no6, seenOf, tinglin, zhang, zhujing, type Caller } from '../server.ts'
import { sameAsAbsent } from './absence.ts'
import { leakAsking } from './asking.ts'

const { app, ask } = await aServer(t)
const { file } = leakAsking({ ask })
const subject = { reference: 'Patient/tinglin-shanxin' }
const pair = ['tinglin-shanxin', 'tinglin-nothing'] as const
const asynchronously = { prefer: 'respond-async' }

/** What an export tells: the manifest without the times and ids that are its own, and every line. */
const exported = async (as: Caller, path: string): Promise<string> => {
  const begun = await ask('GET', `/fhir/${path}`, { as, headers: asynchronously })
  if (begun.status !== 202) return seenOf(begun).text
  const { json } = await ask('GET', String(begun.headers['content-location']), { as })
  const files: string[] = []
  for (const { url } of json.output) files.push((await ask('GET', url, { as })).text)
  const { output, error } = json
  return JSON.stringify([
    output.map(({ url: _url, ...rest }: { url: string }) => rest),
    error,
    files,
  ])
}

t.test('L49 an export tells nothing of what is hidden: patients, groups, filters', async t => {
  for (const path of ['$export', '$export?_typeFilter=Patient?name=x'])
    for (const as of [zhang, no6, tinglin]) {
      const { status, headers } = await ask('GET', `/fhir/${path}`, { as, headers: asynchronously })
      t.equal(status, 403, path)
      t.equal(headers['content-location'], undefined, 'no job was begun')
    }
  const all = await exported(zhang, 'Patient/$export')
  t.match(all, 'tinglin-liuyang', 'what is permitted')
  t.notMatch(all, 'shanxin')
  const filter = (name: string) =>
    `Patient/$export?_type=Patient&_typeFilter=${encodeURIComponent(`Patient?name=${name}`)}`
  t.equal(await exported(zhang, filter('单欣')), await exported(zhang, filter('无人')))
  // A group of the caller's own with a hidden member, and one with a member that is not there.
  for (const id of pair) {
    const { status, text } = await ask('PUT', `/fhir/Group/no6-of-${id}`, {
      as: no6,
      body: {
        ...{ resourceType: 'Group', id: `no6-of-${id}`, type: 'person', actual: true },
        member: [{ entity: { reference: `Patient/${id}` } }],
      },
    })
    t.equal(status, 201, text)
  }
  const ofGroup = (id: string) =>
    exported(zhang, `Group/no6-of-${id}/$export?_type=Patient,Observation,Condition`)
  t.equal(await ofGroup(pair[0]), await ofGroup(pair[1]))
  // A group of another hospital's.
  await file({
    ...{ resourceType: 'Group', id: 'tinglin-shangroup', type: 'person', actual: true },
    member: [{ entity: subject }],
  })
  for (const method of ['GET', 'POST'])
    await sameAsAbsent(t, ['tinglin-shangroup', 'tinglin-nothing'], id =>
      ask(method, `/fhir/Group/${id}/$export`, { as: zhang, headers: asynchronously }),
    )
})

t.test('L50 a job is nobody else’s: neither its state, nor its files, nor its end', async t => {
  const search = await ask('GET', '/fhir/Observation?_count=1', {
    as: no6,
    headers: asynchronously,
  })
  t.equal(search.status, 200, 'answered at once')
  t.equal(search.headers['content-location'], undefined)
  const path = '/fhir/Patient/$export?_type=Patient'
  const kickOff = await ask('GET', path, { as: zhang, headers: asynchronously })
  const own = String(kickOff.headers['content-location']).split('/').at(-1)!
  const others: readonly Caller[] = [
    ...[li, no6, tinglin, zhujing],
    { ...zhang, purpose: 'ETREAT' },
    { ...zhang, scope: 'user/*.rs' },
  ]
  for (const as of others)
    for (const [method, file] of [
      ['GET', ''],
      ['GET', '/Patient.ndjson'],
      ['DELETE', ''],
    ] as const) {
      const { status } = await sameAsAbsent(t, [own, '019abcde-0000-7000-8000-000000000000'], id =>
        ask(method, `/fhir/$export-jobs/${id}${file}`, { as }),
      )
      t.equal(status, 404)
    }
  t.equal((await ask('GET', `/fhir/$export-jobs/${own}`, { as: zhang })).status, 200)
  const registry = createRegistry(app.context.database)
  await registry.clients.create({
    ...{ id: 'no6-operator', organization: 'no6', name: 'x', kind: 'system', isOperator: true },
    ...{ scopes: ['system/*.cruds'], purposes: ['TREAT'], grantTypes: ['client_credentials'] },
  })
  const operator: Caller = { client: 'no6-operator' }
  const begun = await ask('POST', '/fhir/$reindex', {
    ...{ as: operator, body: { resourceType: 'Parameters' } },
  })
  t.ok(begun.status < 300, begun.text)
  const job = String(begun.json.parameter[0].valueInteger ?? begun.json.parameter[0].valueString)
  for (const as of [zhang, tinglin, no6]) {
    const { status } = await sameAsAbsent(t, [job, '999999'], id =>
      ask('GET', `/fhir/$reindex-status?job=${id}`, { as }),
    )
    t.equal(status, 403)
  }
})

t.test('L51 a subscription is a record like others: nothing is sent, to anybody', async t => {
  let calls = 0
  const listener = createServer((_, response) => {
    calls++
    response.end()
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  t.teardown(() => listener.close())
  const endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`
  const subscribe = (patient: string) =>
    ask('POST', '/fhir/Subscription', {
      as: no6,
      body: {
        ...{ resourceType: 'Subscription', status: 'requested', reason: 'x' },
        criteria: `Observation?subject=Patient/${patient}`,
        channel: { type: 'rest-hook', endpoint },
      },
    })
  const answers = [await subscribe(pair[0]), await subscribe(pair[1])]
  t.match(answers, [{ status: 201 }, { status: 201 }], 'alike, there or not')
  for (const { json } of answers) t.equal(json.status, 'requested', 'never taken up')
  await file({
    ...{ resourceType: 'Observation', id: 'tinglin-l51', status: 'final', code: { text: 'x' } },
    subject,
  })
  for (const { json } of answers) {
    const { json: kept } = await ask('GET', `/fhir/Subscription/${json.id}`, { as: no6 })
    t.equal(kept.status, 'requested')
    t.equal(kept.error, undefined)
    for (const operation of ['$status', '$events'])
      t.equal(
        (await ask('GET', `/fhir/Subscription/${json.id}/${operation}`, { as: no6 })).status,
        404,
      )
    const { status } = await ask('GET', `/fhir/Subscription/${json.id}`, { as: zhujing })
    t.equal(status, 404, 'nor is it seen by others')
  }
  t.equal(calls, 0)
})

t.test('L52 a page belongs to who asked for it, for a day, and says nothing', async t => {
  const first = await ask('GET', '/fhir/Observation?_count=2&_sort=-date&patient=tinglin-liuyang', {
    as: zhang,
  })
  const next = first.json.link.find(({ relation }: { relation: string }) => relation === 'next').url
  const at = (url: string, as: Caller) => ask('GET', url, { as })
  t.equal((await at(next, zhang)).status, 200)
  const refused = seenOf(await at(next, li))
  t.equal(refused.status, 400)
  const others: Caller[] = [
    ...[no6, tinglin, { ...zhang, purpose: 'HRESCH' }, { ...zhang, scope: 'user/Observation.s' }],
    { ...zhang, patient: 'tinglin-liuyang' },
  ]
  for (const as of others) t.same(seenOf(await at(next, as)), refused, JSON.stringify(as))
  const url = new URL(next)
  const [name, cursor] = [...url.searchParams].find(([, value]) => value.length > 60)!
  const withCursor = (text: string): string => {
    url.searchParams.set(name, text)
    return url.href
  }
  for (const place of [0, 20, 40, cursor.length - 3]) {
    const other = cursor[place] === 'A' ? 'B' : 'A'
    const edited = cursor.slice(0, place) + other + cursor.slice(place + 1)
    t.same(seenOf(await at(withCursor(edited), zhang)), refused, `edited at ${place}`)
  }
  for (const text of ['', 'x', cursor.slice(0, -4), cursor + cursor])
    t.equal((await at(withCursor(text), zhang)).status, 400)
  const decoded = Buffer.from(cursor, 'base64url').toString('latin1')
  for (const secret of ['liuyang', 'patient', 'date']) t.notOk(decoded.includes(secret), secret)

  const { cursors } = app.context
  const place = { resourceType: 'Observation', parameters: [], position: [] }
  const made = (age: number) => cursors.seal(place, someone, new Date(Date.now() - age * 1000))
  t.same(cursors.open(made(limits.cursorAgeSecondsMax - 60), someone, new Date()).parameters, [])
  t.throws(() => cursors.open(made(limits.cursorAgeSecondsMax + 1), someone, new Date()), {
    code: 'cursor-invalid',
  })
  t.not(made(0), made(0), 'the same place twice is two texts')
})

const someone: Principal = {
  ...{ issuer: 'x', tokenId: 'x', clientId: 'x', subject: 'x', scopes: [], purpose: 'TREAT' },
  ...{ organization: { number: 1, id: 'no6', name: 'x' }, expiresAt: 0 },
}

t.test('L53 there is no other language to ask in, and no other door', async t => {
  const query = encodeURIComponent('{Patient(id:"tinglin-shanxin"){name{family}}}')
  const doors = ['$graphql', '$sqlquery-run', '$run', '$query', '$fhirpath']
  for (const door of doors)
    for (const method of ['GET', 'POST']) {
      const answer = await ask(method, `/fhir/${door}?query=${query}`, { as: zhang })
      t.equal(answer.status, 404, `${method} ${door}`)
      t.notMatch(answer.text, /shanxin/)
      await sameAsAbsent(t, pair, id =>
        ask(method, `/fhir/Patient/${id}/${door}?query=${query}`, { as: zhang }),
      )
    }
  for (const path of ['/graphql', '/sql', '/api', '/admin', '/fhir/../graphql', '/fhir/_sql'])
    for (const method of ['GET', 'POST', 'OPTIONS'])
      t.equal((await ask(method, path, { as: zhang })).status, 404, `${method} ${path}`)
})
