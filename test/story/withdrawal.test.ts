/** Withdrawal: the very next request sees nothing, through any door. */
import t, { type Test } from 'tap'
import { tinglin, zhang, type Asked } from '../server.ts'
import { without } from './bundles.ts'
import { consentOf, consultationOf, transactionOf } from './papers.ts'
import { aStory } from './patient-record.ts'
import type { Received } from './listening.ts'

t.setTimeout(240_000)
const story = await aStory(t)
if (story === undefined) process.exit()
const { send, rory } = story

const consent = consentOf('tinglin-withdrawn', rory.patient)
const consultation = consultationOf('tinglin-kept', rory.patient)
const put = async (resource: typeof consent): Promise<void> => {
  const address = `${resource.resourceType}/${resource.id}`
  const { status } = await send('PUT', address, { as: tinglin, body: resource })
  // 201: it had been deleted.
  if (status !== 200 && status !== 201) throw new Error(`${address} answered ${status}`)
}

/** The hidden record's words, each with one of the same length that names nothing. */
const report = rory.ofType('DiagnosticReport')[0]!
const observation = (report.resource['result'][0].reference as string).split('/')[1]!
const { reference } = rory.ofType('Observation').find(({ id }) => id === observation)!.resource[
  'encounter'
] as { reference: string }
const encounter = rory.ofType('Encounter').find(({ address }) => address === reference)!
const words = new Map([
  [rory.patient.split('/')[1]!, '0197a000-0000-7000-8000-000000000001'],
  [observation, '0197a000-0000-7000-8000-000000000002'],
  [report.id, '0197a000-0000-7000-8000-000000000003'],
  [encounter.id, '0197a000-0000-7000-8000-000000000004'],
  ['Schulist', 'Nobodyxx'],
  ['999-88-2606', '999-00-0000'],
])
const absentWords = (text: string): string =>
  [...words].reduce((changed, [word, absent]) => changed.replaceAll(word, absent), text)

interface Door {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Whether the door shows something while consent holds. */
  readonly shows: (answer: Received) => boolean
}
const isFound = ({ status }: Received): boolean => status === 200
const hasTotal = ({ status, json }: Received): boolean => status === 200 && json.total > 0
const hasIncluded = ({ json }: Received): boolean =>
  json.entry?.some((entry: { search: { mode: string } }) => entry.search.mode === 'include')
const get = (path: string, shows: Door['shows']): Door => ({ method: 'GET', path, shows })

const doors: readonly Door[] = [
  get(`Observation/${observation}`, isFound),
  get(rory.patient, isFound),
  { method: 'HEAD', path: `Observation/${observation}`, shows: isFound },
  {
    ...get(`Observation/${observation}`, ({ status }) => status === 200 || status === 304),
    headers: { 'if-none-match': 'W/"1"' },
  },
  get(`Observation/${observation}/_history/1`, isFound),
  get(`Observation/${observation}/_history`, isFound),
  get(`${rory.patient}/_history`, isFound),
  get(`Observation?_id=${observation}`, hasTotal),
  get(`Observation?patient=${rory.patient}`, hasTotal),
  get(`Observation?patient=${rory.patient}&_summary=count`, hasTotal),
  get(`Observation?patient=${rory.patient}&_count=0`, hasTotal),
  get(`Observation?patient=${rory.patient}&_total=accurate&_count=1&_sort=-date`, hasTotal),
  get(`Observation?patient=${rory.patient}&category=laboratory&_sort=-date`, hasTotal),
  get(`Observation?encounter=Encounter/${encounter.id}`, hasTotal),
  get('Patient?name=Schulist', hasTotal),
  get('Patient?identifier=999-88-2606', hasTotal),
  get('Observation?patient.name=Schulist', hasTotal),
  get('Observation?subject:Patient.identifier=999-88-2606', hasTotal),
  get(`Observation?encounter.date=ge1900&patient=${rory.patient}`, hasTotal),
  get(`DiagnosticReport?_id=${report.id}&_include=DiagnosticReport:result`, hasIncluded),
  get(`DiagnosticReport?patient=${rory.patient}&_include=DiagnosticReport:subject`, hasIncluded),
  get(`Patient?_id=${rory.patient.split('/')[1]}&_revinclude=Observation:subject`, hasIncluded),
  get(`Encounter?_id=${encounter.id}&_revinclude=Observation:encounter`, hasTotal),
  {
    method: 'POST',
    path: 'Observation/_search',
    body: `patient=${encodeURIComponent(rory.patient)}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    shows: hasTotal,
  },
  {
    method: 'POST',
    path: '',
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        `Observation/${observation}`,
        `Observation/${observation}/_history/1`,
        `Observation?patient=${rory.patient}&_summary=count`,
      ].map(url => ({ request: { method: 'GET', url } })),
    },
    shows: ({ json }) =>
      json.entry.every((entry: { response: { status: string } }) =>
        entry.response.status.startsWith('200'),
      ),
  },
  {
    method: 'DELETE',
    path: `Observation/${observation}`,
    shows: ({ status }) => status === 403,
  },
]

const ask = ({ method, path, body, headers }: Door, words: (text: string) => string) => {
  const asked: Asked = {
    as: zhang,
    ...(body === undefined
      ? {}
      : { body: words(typeof body === 'string' ? body : JSON.stringify(body)) }),
    ...(headers === undefined ? {} : { headers }),
  }
  return send(method, words(path), asked)
}

/** Everything a caller can compare, except what differs between any two answers. */
const observable = ({ status, headers, text }: Received) => ({
  status,
  headers: without(headers, ['date', 'x-request-id']),
  text: absentWords(text),
})

const asWritten = (text: string): string => text
const nextOf = (answer: Received): string | undefined =>
  answer.json.link.find((link: { relation: string }) => link.relation === 'next')?.url

const everyDoor = async (t: Test): Promise<void> => {
  for (const door of doors) {
    const [hidden, absent] = [await ask(door, asWritten), await ask(door, absentWords)]
    t.strictSame(observable(hidden), observable(absent), `${door.method} ${door.path}`)
    t.notOk(door.shows(hidden), `${door.method} ${door.path} shows nothing`)
  }
}

const openDoors = async (t: Test): Promise<void> => {
  for (const door of doors) {
    const answer = await ask(door, asWritten)
    t.ok(door.shows(answer), `${door.method} ${door.path}`, { answer: answer.text.slice(0, 300) })
  }
}

t.test('before any paper every door answers as for what does not exist', everyDoor)

t.test('with consultation and consent every door opens', async t => {
  const papers = transactionOf(consent, consultation)
  t.equal((await send('POST', '', { as: tinglin, body: papers })).status, 200)
  await openDoors(t)
})

const firstPage = (): Promise<Received> =>
  send('GET', `Observation?patient=${rory.patient}&_count=10`, { as: zhang })

/** Takes a `next` link, changes the papers, and follows the link. */
const linkAfter = async (t: Test, change: () => Promise<unknown>): Promise<void> => {
  const page = await firstPage()
  const next = nextOf(page)!
  t.equal((await send('GET', next, { as: zhang })).json.entry.length, 10)
  await change()
  const { status, json } = await send('GET', next, { as: zhang })
  t.equal(status, 200)
  t.strictSame([json.total, json.entry], [0, undefined])
  t.strictSame(
    json.link.map((link: { relation: string }) => link.relation),
    ['self', 'prev'],
  )
}

t.test('the consent is withdrawn: the next request sees nothing, through no door', async t => {
  await linkAfter(t, () => put({ ...consent, status: 'inactive' }))
  await everyDoor(t)
})

t.test('given again, it opens again; the consultation is revoked, and all is closed', async t => {
  await put(consent)
  await openDoors(t)
  await linkAfter(t, () => put({ ...consultation, status: 'revoked' }))
  await everyDoor(t)
})

t.test('a deleted consent and a deleted consultation open nothing', async t => {
  for (const paper of [consent, consultation]) {
    for (const present of [consent, consultation]) await put(present)
    await openDoors(t)
    const address = `${paper.resourceType}/${paper.id}`
    await linkAfter(t, () => send('DELETE', address, { as: tinglin }))
    await everyDoor(t)
  }
})

t.test('a record that is corrected meanwhile shows none of its versions', async t => {
  for (const paper of [consent, consultation]) await put(paper)
  const address = `Observation/${observation}`
  const current = (await send('GET', address, { as: tinglin })).json
  const changed = { ...current, note: [{ text: '更正' }] }
  t.equal((await send('PUT', address, { as: tinglin, body: changed })).status, 200)
  await openDoors(t)
  t.equal((await send('GET', `${address}/_history`, { as: zhang })).json.total, 2)
  await put({ ...consent, status: 'inactive' })
  await everyDoor(t)
  t.equal((await send('GET', `${address}/_history/2`, { as: zhang })).status, 404)
  t.equal((await send('DELETE', address, { as: tinglin })).status, 204)
  t.equal((await send('GET', address, { as: zhang })).status, 404, 'not 410')
  t.equal((await send('GET', address, { as: tinglin })).status, 410)
})

t.test('nothing of it touches the hospital itself', async t => {
  const { json } = await send('GET', `Observation?patient=${rory.patient}&_summary=count`, {
    as: tinglin,
  })
  t.equal(json.total, rory.addresses('Observation').length - 1, 'the one it deleted is missing')
})
