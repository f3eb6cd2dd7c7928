/** Leaks by the status of an answer, by time, and by who has left, CONSENT.md 4, each by its number. */
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, li, no6, seenOf, tinglin, zhang, zhujing, type Caller } from '../server.ts'
import { consentOf, consultationOf, recipient } from '../story/papers.ts'
import { absentUuid, sameAsAbsent } from './absence.ts'
import { leakAsking } from './asking.ts'

const { ask } = await aServer(t)
const { file } = leakAsking({ ask })
const patient = 'Patient/tinglin-m1'

const get = (path: string, as: Caller = zhang) => ask('GET', path, { as })
const isOpen = async (as: Caller = zhang): Promise<boolean> => {
  const { status } = await get(`/fhir/${patient}`, as)
  const { json } = await get('/fhir/Patient?_id=tinglin-m1', as)
  if ((status === 200 ? 1 : 0) !== json.total) throw new Error('read and search disagree')
  return status === 200
}
const consent = (provision: Record<string, unknown> = {}) =>
  consentOf('tinglin-m2', patient, provision)
const agree = (provision: Record<string, unknown> = {}) => file(consent(provision))

t.before(async () => {
  await file(
    { resourceType: 'Patient', id: 'tinglin-m1' },
    consent(),
    consultationOf('tinglin-m3', patient),
    ...[1, 2, 3].map(number => ({
      ...{ resourceType: 'Observation', id: `tinglin-m4-${number}`, status: 'final' },
      ...{ code: { text: 'x' }, subject: { reference: patient } },
    })),
  )
})

const paths = ['', '/_history', '/_history/1', '/_history/x', '/$everything', '/$meta', '/$no']
const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

t.test('L64 no path and no verb chooses its status by what is hidden', async t => {
  const made = async () => {
    const body = { resourceType: 'Patient', name: [{ text: '王芳' }] }
    return String((await ask('POST', '/fhir/Patient', { as: tinglin, body })).json.id)
  }
  const [kept, gone] = [await made(), await made()]
  t.equal((await ask('DELETE', `/fhir/Patient/${gone}`, { as: tinglin })).status, 204)
  const pairs = [
    [kept, absentUuid],
    [gone, absentUuid],
    ['tinglin-shanxin', 'tinglin-nothing'],
  ] as const
  for (const pair of pairs)
    for (const path of paths)
      for (const method of verbs) {
        const body = method === 'GET' || method === 'HEAD' || method === 'DELETE'
        const { status } = await sameAsAbsent(
          t,
          pair,
          id =>
            ask(method, `/fhir/Patient/${id}${path}`, {
              as: zhujing,
              ...(body ? {} : { body: { resourceType: 'Patient', id } }),
            }),
          `${method} ${pair[0]}${path}`,
        )
        t.ok(status === 204 || (status >= 400 && status < 500), `${method} ${path}: ${status}`)
        t.not(status, 410)
      }
  t.equal((await get(`/fhir/Patient/${kept}`, tinglin)).json.meta.versionId, '1')
})

const day = 86_400_000
/** The date in Shanghai, where the hospitals are, so many milliseconds from now. */
const dateIn = (milliseconds: number): string =>
  new Date(Date.now() + milliseconds + 8 * 3_600_000).toISOString().slice(0, 10)
/** The instant so many milliseconds from now, as a clock with the offset shows it. */
const instantIn = (milliseconds: number, hours: number): string => {
  const shown = new Date(Date.now() + milliseconds + hours * 3_600_000).toISOString().slice(0, -1)
  const sign = hours < 0 ? '-' : '+'
  return `${shown}${sign}${String(Math.abs(hours)).padStart(2, '0')}:00`
}

t.test('L67 a consent holds to the end of its period and no longer', async t => {
  const minute = 60_000
  for (const [period, expected] of [
    [{ end: dateIn(minute) }, true],
    [{ end: dateIn(-day) }, false],
    [{ start: dateIn(0) }, true],
    [{ start: dateIn(day + minute) }, false],
    // Offsets of other zones, with and without summer time, mean the same instants.
    ...[-12, -5, -4, 0, 1, 2, 8, 14].flatMap(
      hours =>
        [
          [{ end: instantIn(minute, hours) }, true],
          [{ end: instantIn(-minute, hours) }, false],
          [{ start: instantIn(minute, hours) }, false],
          [{ start: instantIn(-minute, hours) }, true],
        ] as const,
    ),
  ] as const) {
    await agree({ period })
    t.equal(await isOpen(), expected, JSON.stringify(period))
  }
})

t.test('L67 a consent that runs out within a session closes what was open', async t => {
  await agree({ period: { end: instantIn(3_600_000, 8) } })
  const first = await get(`/fhir/Observation?patient=${patient}&_count=1`)
  t.equal(first.json.entry.length, 1)
  const next = nextOf(first.json)
  const end = Date.now() + 300
  await agree({ period: { end: new Date(end).toISOString() } })
  await pause(Math.max(0, end - Date.now()) + 50)
  const after = await get(next)
  t.strictSame([after.json.total, after.json.entry], [0, undefined])
  t.notOk(await isOpen())
})

interface Page {
  readonly link: readonly { readonly relation: string; readonly url: string }[]
}
const nextOf = ({ link }: Page): string => link.find(({ relation }) => relation === 'next')!.url

t.test('L68 what is withdrawn between two pages is on no later page', async t => {
  for (const query of [
    `Observation?patient=${patient}&_count=1`,
    `Observation?patient=${patient}&_count=1&_sort=-_lastUpdated`,
    `${patient}/Observation?_count=1`,
  ]) {
    await agree()
    const next = nextOf((await get(`/fhir/${query}`)).json)
    t.equal((await get(next)).json.entry.length, 1, 'while it holds')
    await file({ ...consent(), status: 'inactive' })
    const after = await get(next)
    t.equal(after.status, 200)
    t.strictSame([after.json.total, after.json.entry], [0, undefined], query)
    t.notOk(after.json.link.some(({ relation }: { relation: string }) => relation === 'next'))
    t.notMatch(after.text, /tinglin-m4/)
  }
})

t.test('L88 who leaves a role or a team is out on the next request', async t => {
  const put = async (body: Resource): Promise<void> => {
    const { status } = await ask('PUT', `/fhir/${body.resourceType}/${body.id}`, { as: no6, body })
    if (status >= 300) throw new Error(String(status))
  }
  const member = (id: string, more = {}) => ({
    ...{ member: { reference: `Practitioner/${id}` } },
    ...more,
  })
  const team = (participant: readonly object[], status = 'active'): Resource => ({
    ...{ resourceType: 'CareTeam', id: 'no6-m5', status, participant },
  })
  const role = (more = {}): Resource => ({
    ...{ resourceType: 'PractitionerRole', id: 'no6-m6', active: true },
    ...{ practitioner: { reference: 'Practitioner/no6-zhang' } },
    ...more,
  })
  const both = [member('no6-zhang'), member('no6-li')]
  const over = { period: { end: instantIn(-60_000, 8) } }
  for (const [inside, ...outside] of [
    [team(both), team([member('no6-li')]), team([member('no6-zhang', over), member('no6-li')])],
    [
      role(),
      role({ active: false }),
      role(over),
      role({ practitioner: { reference: 'Practitioner/no6-li' } }),
    ],
  ] as const) {
    await agree({ actor: [recipient(`${inside.resourceType}/${inside.id}`)] })
    for (const left of outside) {
      await put(inside)
      t.ok(await isOpen(), 'a member')
      await put(left)
      await sameAsAbsent(t, ['tinglin-m1', 'tinglin-nothing'], id => get(`/fhir/Patient/${id}`))
      t.notOk(await isOpen(), JSON.stringify(left))
    }
  }
  await agree({ actor: [recipient('CareTeam/no6-m5')] })
  await put(team(both))
  t.ok(await isOpen(li))
  await put(team(both, 'inactive'))
  t.notOk(await isOpen(li), 'a team that is no more')
  await put(team(both))
  t.equal((await ask('DELETE', '/fhir/CareTeam/no6-m5', { as: no6 })).status, 204)
  const refused = [await get(`/fhir/${patient}`, li), await get(`/fhir/${patient}`, zhang)]
  t.strictSame(seenOf(refused[0]!), seenOf(refused[1]!))
  t.notOk(await isOpen(li), 'or is deleted')
})
