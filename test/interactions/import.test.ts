/** `$import`: files of a hospital's own, taken in beside requests. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createImportSteps } from '../../src/interactions/import-step.ts'
import { aServer, no6, tinglin, wu, zhujing, type Answer, type Caller } from '../server.ts'

const { app, ask, baseUrl } = await aServer(t)

const observation = (id: string | undefined, text: string, more = {}) => ({
  ...{ resourceType: 'Observation', ...(id === undefined ? {} : { id }), status: 'final' },
  ...{ code: { text }, ...more },
})

/** Stores lines as a Binary, and gives its address. */
const upload = async (
  lines: readonly unknown[],
  contentType = 'application/fhir+ndjson',
  as: Caller = tinglin,
): Promise<string> => {
  const text = lines
    .map(line => (typeof line === 'string' ? line : JSON.stringify(line)))
    .join('\n')
  const body = { resourceType: 'Binary', contentType, data: Buffer.from(text).toString('base64') }
  const { status, json } = await ask('POST', '/fhir/Binary', { as, body })
  t.equal(status, 201)
  return `Binary/${json.id}`
}

const input = (url: string, type?: string) => ({
  name: 'input',
  part: [
    { name: 'url', valueUri: url },
    ...(type === undefined ? [] : [{ name: 'type', valueCode: type }]),
  ],
})
const begin = (parameter: readonly unknown[], as: Caller = tinglin) =>
  ask('POST', '/fhir/$import', { as, body: { resourceType: 'Parameters', parameter } })

const valueOf = ({ json }: Answer, name: string): unknown => {
  const found = json.parameter.find((one: { name: string }) => one.name === name)
  return found?.valueDecimal ?? found?.valueCode ?? found?.valueString ?? found?.valueUri
}
const faultOf = ({ json }: Answer) => {
  const { part } = json.parameter.find((one: { name: string }) => one.name === 'fault')
  t.match(part[1].valueString, /stopped/)
  return part[0].valueCode as unknown
}
const refusalsOf = ({ json }: Answer) =>
  json.parameter
    .filter((one: { name: string }) => one.name === 'refusal')
    .map(({ part }: { part: { valuePositiveInt: number; resource: { issue: unknown[] } }[] }) => ({
      place: [part[0]!.valuePositiveInt, part[1]!.valuePositiveInt],
      issue: part[2]!.resource.issue[0] as { details: { coding: { code: string }[] } },
    }))

/** Asks until the job has ended, at most ten seconds. */
const ended = async (t: Test, location: string): Promise<Answer> => {
  for (let asked = 0; asked < 400; asked++) {
    const answer = await ask('GET', location, { as: tinglin })
    if (answer.status === 200) return answer
    t.equal(answer.status, 202)
    t.match(answer.headers['x-progress'], /^\d+ stored, \d+ refused$/)
    await sleep(25)
  }
  throw new Error('the import does not end')
}

t.test('lines are stored as if each came by itself, and those at fault are told', async t => {
  const patient = { resourceType: 'Patient', id: 'tinglin-imp1', name: [{ text: '王芳' }] }
  const of = { subject: { reference: 'Patient/tinglin-imp1' } }
  const patients = await upload([patient])
  const records = await upload([
    observation('tinglin-imp-a', 'a', of),
    '',
    observation(undefined, 'b', of),
    '{"resourceType":',
    observation('zhujing-imp-c', 'c', of),
    { ...observation('tinglin-imp-d', 'd', of), status: 'unheard-of' },
    patient,
    '[1]',
    observation('tinglin-imp-e', 'e', of),
  ])
  const begun = await begin([
    { name: 'inputFormat', valueCode: 'application/fhir+ndjson' },
    { name: 'inputSource', valueUri: 'urn:his:tinglin' },
    input(patients),
    input(`${baseUrl}/fhir/${records}`, 'Observation'),
  ])
  t.equal(begun.status, 202)
  const location = String(begun.headers['content-location'])
  t.match(location, /^http:\/\/huizhen\.test\/fhir\/\$import-status\?job=\d+$/)
  const done = await ended(t, location)
  t.equal(valueOf(done, 'state'), 'done')
  t.equal(valueOf(done, 'created'), 4)
  t.equal(valueOf(done, 'updated'), 0)
  t.equal(valueOf(done, 'refused'), 5)
  t.strictSame(
    refusalsOf(done).map(({ place }: { place: number[] }) => place),
    [
      [2, 4],
      [2, 5],
      [2, 6],
      [2, 7],
      [2, 8],
    ],
  )
  const codes = refusalsOf(done).map(
    ({ issue }: { issue: { details: { coding: { code: string }[] } } }) =>
      issue.details.coding[0]!.code,
  )
  t.equal(codes[3], 'import-type')
  t.equal(codes[4], 'import-line')
  t.notMatch(done.text, /王芳/)
  const found = await ask('GET', '/fhir/Observation?subject=Patient/tinglin-imp1', { as: tinglin })
  t.strictSame(
    found.json.entry
      .map((one: { resource: { code: { text: string } } }) => one.resource.code.text)
      .sort(),
    ['a', 'b', 'e'],
  )
  const again = await begin([input(patients)])
  const unchanged = await ended(t, String(again.headers['content-location']))
  t.equal(valueOf(unchanged, 'updated'), 1)
  t.equal(valueOf(unchanged, 'created'), 0)
  const versions = await ask('GET', '/fhir/Patient/tinglin-imp1/_history', { as: tinglin })
  t.equal(versions.json.total, 1)
})

t.test('several workers and a stop between groups store every line once', async t => {
  const count = 450
  const lines = Array.from({ length: count }, () => observation(undefined, 'once'))
  const url = await upload(lines)
  const { number } = (
    await app.context.database.query<{ number: bigint }>({
      ...{
        name: '',
        text: `insert into import_job (owner, client, language, requested)
        select number, 'tinglin-ehr', 'en', now() from organization where id = 'tinglin' returning number`,
      },
      values: [],
    })
  )[0]!
  await app.context.database.query({
    ...{ name: '', text: 'insert into import_input values ($1, 0, $2, 1, null)' },
    values: [number, url.slice('Binary/'.length)],
  })
  // Nothing of this is on disk: the process dies before it is.
  const cut = { ...app.context.database, transaction: failing() }
  await t.rejects(createImportSteps(contextWith(cut)).next(), /died/)
  const workers = [createImportSteps(app.context), createImportSteps(app.context)]
  for (let rounds = 0; rounds < 4; rounds++) await Promise.all(workers.map(one => one.next()))
  const status = await ask('GET', `/fhir/$import-status?job=${number}`, { as: tinglin })
  t.equal(status.status, 200)
  t.equal(valueOf(status, 'created'), count)
  const found = await ask('GET', '/fhir/Observation?code:text=once&_summary=count', { as: tinglin })
  t.equal(found.json.total, count)
})

const failing = (): typeof app.context.database.transaction => work =>
  app.context.database.transaction(async inside => {
    await work(inside)
    throw new Error('died')
  })
const contextWith = (database: typeof app.context.database) =>
  Object.create(app.context, { database: { value: database } }) as typeof app.context

t.test('who may not, and what does not fit, begins nothing', async t => {
  const url = await upload([observation(undefined, 'x')])
  const plain = await upload(['x'], 'text/plain')
  const cases: readonly (readonly [parameter: readonly unknown[], status: number, code: string])[] =
    [
      [[], 400, 'import-parameter'],
      [[input('Binary/')], 400, 'import-parameter'],
      [[input('Patient/tinglin-liuyang')], 400, 'import-parameter'],
      [[input('https://elsewhere.test/Binary/1')], 400, 'import-parameter'],
      [[input(plain)], 400, 'import-parameter'],
      [[input(url, 'Unicorn')], 400, 'import-parameter'],
      [[input(url), { name: 'mode', valueCode: 'x' }], 400, 'import-parameter'],
      [[input(url), { name: 'inputFormat', valueCode: 'csv' }], 400, 'import-parameter'],
      [[{ name: 'input', valueUri: url }], 400, 'import-parameter'],
      [Array(101).fill(input(url)), 400, 'import-parameter'],
      [[input('Binary/not-there')], 404, 'not-found'],
    ]
  for (const [parameter, status, code] of cases) {
    const answer = await begin(parameter)
    t.equal(answer.status, status, JSON.stringify(parameter).slice(0, 80))
    t.equal(answer.json.issue[0].details.coding[0].code, code)
  }
  t.equal((await ask('GET', '/fhir/$import', { as: tinglin })).status, 405)
  t.equal((await begin([input(url)], wu)).status, 403, 'a person')
  const hidden = await begin([input(url)], zhujing)
  t.equal(hidden.status, 404)
  t.equal(hidden.text, (await begin([input('Binary/not-there')], zhujing)).text)
})

t.test("another hospital's job is as one that is not there", async t => {
  const begun = await begin([input(await upload([observation(undefined, 'mine')]))])
  const location = String(begun.headers['content-location'])
  await ended(t, location)
  const other = await ask('GET', location, { as: no6 })
  const absent = await ask('GET', '/fhir/$import-status?job=999999999', { as: no6 })
  t.equal(other.status, 404)
  t.equal(other.text, absent.text)
  for (const query of ['', '?job=x', '?job=1&x=y'])
    t.equal((await ask('GET', `/fhir/$import-status${query}`, { as: tinglin })).status, 400, query)
})

t.test(
  'a hospital has five open imports at most; what cannot go on ends, and says why',
  async t => {
    const url = await upload([observation(undefined, 'late')])
    const run = (text: string, values: readonly unknown[] = []) =>
      app.context.database.query<{ number: bigint }>({ name: '', text, values })
    // Nobody is told of these, so they wait.
    const jobs = await run(`insert into import_job (owner, client, language, requested)
    select number, 'tinglin-ehr', 'zh-CN', now() from organization, generate_series(1, 5)
    where id = 'tinglin' returning number`)
    for (const { number } of jobs)
      await run(`insert into import_input values ($1, 0, 'not-there', 1, null)`, [number])
    const sixth = await begin([input(url)])
    t.equal(sixth.status, 429)
    t.equal(sixth.json.issue[0].details.coding[0].code, 'import-jobs-open')
    const steps = createImportSteps(app.context)
    await run(`update client set active = false where id = 'tinglin-ehr'`)
    await steps.next()
    await run(`update client set active = true where id = 'tinglin-ehr'`)
    for (let rest = 1; rest < 5; rest++) await steps.next()
    const faults = []
    for (const { number } of jobs) {
      const status = await ask('GET', `/fhir/$import-status?job=${number}`, { as: tinglin })
      t.equal(status.status, 200)
      t.equal(valueOf(status, 'state'), 'failed')
      faults.push(faultOf(status))
    }
    t.strictSame(faults, ['import-client-gone', ...Array(4).fill('import-input-gone')])
    t.equal((await begin([input(url)])).status, 202)
  },
)
