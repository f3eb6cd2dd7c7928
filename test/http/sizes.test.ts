/** The sizes an installation sets for itself. @see https://hl7.org/fhir/R4/http.html#transaction */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask } = await aServer(t, { HUIZHEN_BODY_MIB: '1', HUIZHEN_BUNDLE_ENTRIES: '1000' })
const bundle = (type: string, entries: number, padding = '') => ({
  resourceType: 'Bundle',
  type,
  entry: Array.from({ length: entries }, () => ({
    resource: { resourceType: 'Observation', status: 'final', code: { text: `x${padding}` } },
    request: { method: 'POST', url: 'Observation' },
  })),
})
const count = async (): Promise<number> =>
  (await ask('GET', '/fhir/Observation?_summary=count', { as: tinglin })).json.total

t.test(
  'a batch or transaction of more entries is refused whole, and says what is allowed',
  async t => {
    const before = await count()
    for (const type of ['batch', 'transaction']) {
      const { status, json } = await ask('POST', '/fhir', { as: tinglin, body: bundle(type, 1001) })
      t.equal(status, 413, type)
      t.match(json.issue[0], { code: 'too-long', expression: ['Bundle.entry'] })
      t.match(json.issue[0].details.text, /1001.*1000/)
    }
    t.equal(await count(), before)
    t.equal((await ask('POST', '/fhir', { as: tinglin, body: bundle('batch', 2) })).status, 200)
    t.equal(await count(), before + 2)
  },
)

t.test('a longer body is refused, and says how long it may be', async t => {
  const body = bundle('batch', 1, 'x'.repeat(1024 * 1024))
  const { status, json } = await ask('POST', '/fhir', { as: tinglin, body })
  t.equal(status, 413)
  t.match(json.issue[0].details.text, /1048576/)
})
