/** `huizhen import`: files become a hospital's records. @see https://hl7.org/fhir/R4/nd-json.html */
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createProgressBar } from '../../src/commands/progress-bar.ts'
import { data } from '../data.ts'
import { aCommandLine } from './command-line.ts'

t.setTimeout(200_000)
const line = await aCommandLine(t)
await line.run('org', 'add', 'tinglin', '--name', '亭林医院', '--references', 'open')
const rows = async <Row>(text: string): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: line.url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}
const count = async (): Promise<number> =>
  (await rows<{ n: number }>('select count(*)::integer as n from resource'))[0]!.n

const patient = { resourceType: 'Patient', id: 'p1', name: [{ text: '张三' }] }
const observation = (id: string, more: object = {}) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: '血糖' } },
  ...{ subject: { reference: 'Patient/p1' }, performer: [{ reference: 'Organization/tinglin' }] },
  ...more,
})
const lines = (...resources: readonly unknown[]): string =>
  resources.map(one => (typeof one === 'string' ? one : JSON.stringify(one))).join('\r\n')

t.test('lines and bundles are stored under the prefix, with the references among them', async t => {
  const folder = t.testdir({
    'a.ndjson': lines(observation('o1'), '', observation('tinglin-o2'), patient),
    'b.json': JSON.stringify({
      ...{ resourceType: 'Bundle', type: 'collection' },
      entry: [{ resource: observation('o3') }],
    }),
    'c.json': JSON.stringify({
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource: observation('x'), request: { method: 'POST', url: 'Observation' } }],
    }),
    'd.txt': 'not looked at',
  })
  const first = await line.run('import', folder, '--org', 'tinglin')
  t.match(first, {
    code: 0,
    err: '',
    out: /^5 created, 0 updated or unchanged, 0 refused; 3 files/,
  })
  const stored = await rows<{ id: string; patients: string }>(
    `select r.id, (select p.id from resource p where p.key = r.patient) as patients from resource r order by id`,
  )
  const ids = stored.map(({ id }) => id)
  for (const id of ['tinglin-o1', 'tinglin-o2', 'tinglin-o3', 'tinglin-p1'])
    t.ok(ids.includes(id), id)
  t.ok(
    stored.every(({ patients }) => patients === 'tinglin-p1'),
    'each is of the patient under its new id',
  )
  const again = await line.run('import', join(folder, 'a.ndjson'), '--org', 'tinglin')
  t.match(again.out, /^0 created, 3 updated or unchanged, 0 refused; 1 files/)
})

t.test('what is refused is listed by file and line, and the rest is stored', async t => {
  const before = await count()
  const folder = t.testdir({
    'a.ndjson': lines(
      observation('r1'),
      '{"resourceType":',
      observation('r2', { status: 'done' }),
      observation('r3'),
    ),
  })
  const { code, out, err } = await line.run('import', folder, '--org', 'tinglin')
  t.equal(code, 1)
  t.match(out, /^2 created, 0 updated or unchanged, 2 refused/)
  t.match(err, /^a\.ndjson:2: .*JSON/m)
  t.match(err, /^a\.ndjson:3: .*status/m)
  t.equal((await count()) - before, 2)
})

t.test('it says what is missing', async t => {
  const folder = t.testdir({})
  const cases = [
    [['import'], 2, /the file or folder is missing/],
    [['import', folder], 2, /--org is missing/],
    [['import', folder, '--org', 'tinglin'], 1, /there is no .ndjson or .json file/],
    [['import', join(folder, 'none'), '--org', 'tinglin'], 1, /there is no file/],
  ] as const
  for (const [args, code, err] of cases) t.match(await line.run(...args), { code, out: '', err })
  const file = join(t.testdir({ 'a.ndjson': lines(patient) }), 'a.ndjson')
  t.match(await line.run('import', file, '--org', 'nobody'), {
    code: 1,
    err: /no organization "nobody"/,
  })
})

t.test('the bar grows on a terminal and is silent elsewhere', async t => {
  const said: string[] = []
  let seconds = 0
  const output = { err: (text: string) => void said.push(text), now: () => (seconds += 1) }
  const silent = createProgressBar(10, output)
  silent.show(5)
  silent.end()
  t.strictSame(said, [])
  const bar = createProgressBar(10, { ...output, isTerminal: true })
  for (const done of [0, 5, 10]) bar.show(done)
  bar.end()
  t.match(said, [/░ 0 %  0 of 10/, /█░+ 50 %  5 of 10/, /█ 100 %  10 of 10/, '\n'])
})

t.test('a third-party bulk export is stored whole', async t => {
  const source = data(t, '01-synthea/bulk-10-patients-2025')
  if (source === undefined) return
  const folder = t.testdir({})
  const files = (await readdir(source)).filter(name => /^[A-Z].*\.ndjson\.gz$/.test(name))
  for (const name of files) await copyFile(join(source, name), join(folder, name))
  const before = await count()
  const { code, out, err } = await line.run('import', folder, '--org', 'tinglin')
  t.comment(out.trim())
  t.equal(code, 0, err)
  const [, created] = /^(\d+) created/.exec(out) ?? []
  t.ok(Number(created) > 1000)
  t.equal((await count()) - before, Number(created))
})
