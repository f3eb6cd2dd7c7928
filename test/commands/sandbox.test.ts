/** The sandbox can be filled, and put back to its beginning. */
import t from 'tap'
import { aDatabaseUrl } from '../database.ts'
import { aServer, tinglin, zhang } from '../server.ts'
import { run, setEnvironment } from './command-line.ts'

t.setTimeout(120_000)
const url = await aDatabaseUrl(t)
const dataDir = t.testdir()
const settings = { DATABASE_URL: url, HUIZHEN_DATA_DIR: dataDir }
setEnvironment(t, { ...settings, HUIZHEN_SANDBOX: 'on', HUIZHEN_BASE_URL: 'http://huizhen.test' })

t.test('outside the sandbox nothing is touched', async t => {
  setEnvironment(t, { ...settings, HUIZHEN_SANDBOX: 'off' })
  for (const part of ['reset', 'fill'])
    t.match(await run('sandbox', part), { code: 1, err: /this is no sandbox/ })
  t.equal((await run('sandbox', 'nonsense')).code, 2)
})

t.test(
  'filled, it has the patients of the worked examples, and they open what they should',
  async t => {
    const ended = await run('sandbox', 'fill')
    t.match(ended, { code: 0 })
    t.ok(Number(/has (\d+) more/.exec(ended.out)?.[1]) > 6500, ended.out)
    const { ask, app } = await aServer(t, settings)
    const patients = await ask('GET', '/fhir/Patient?name=示&_count=50', { as: tinglin })
    t.equal(patients.json.total, 17)
    const seen = async (number: string, type = 'Observation'): Promise<number> => {
      const path = `/fhir/${type}?patient=tinglin-example-${number}&_summary=count`
      return (await ask('GET', path, { as: zhang })).json.total
    }
    for (const [number, count] of [
      ['01', 0],
      ['02', 60],
      ['04', 60],
      ['05', 30],
      ['06', 30],
      ['07', 60],
      ['09', 55],
      ['10', 60],
      ['11', 0],
      ['13', 0],
      ['15', 0],
      ['16', 0],
    ] as const)
      t.equal(await seen(number), count, `example ${number}`)
    t.equal((await ask('GET', '/fhir/Patient/tinglin-example-02', { as: zhang })).status, 200)
    t.equal((await ask('GET', '/fhir/Patient/tinglin-example-10', { as: zhang })).status, 404)
    const everything = '/fhir/Patient/tinglin-example-17/$everything?_count=1000'
    const { json } = await ask(
      'GET',
      '/fhir/Observation?patient=tinglin-example-17&_summary=count',
      {
        as: zhang,
      },
    )
    t.ok(json.total > 4800, `${json.total} observations`)
    t.equal((await ask('GET', everything, { as: tinglin })).status, 200)

    const refused = await run('sandbox', 'reset')
    t.match(refused, { code: 1, err: /stop the server first/ })
    await app.close()
  },
)

t.test('reset, it is as it was, with the same people and secrets', async t => {
  const ended = await run('sandbox', 'reset')
  t.match(ended, { code: 0, err: '' })
  const { ask, app } = await aServer(t, settings)
  t.equal((await ask('GET', '/fhir/Patient?_summary=count', { as: tinglin })).json.total, 2)
  t.equal((await ask('GET', '/fhir/Patient/tinglin-example-02', { as: tinglin })).status, 404)
  t.equal((await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang })).status, 200)
  const again = await aServer(t, settings)
  t.strictSame(again.app.sandboxClients, app.sandboxClients)
})
