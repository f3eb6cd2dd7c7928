/**
 * Bundles of another server's tests whose references lead nowhere yet, and one of 25,000 entries.
 * @see https://hl7.org/fhir/R4/http.html#integrity
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { data } from '../data.ts'
import { tinglin, zhujing } from '../server.ts'
import { aListeningServer } from './listening.ts'
import { ownBundle } from './own-bundle.ts'
import { blamed } from './posted-file.ts'

const folder = data(t, '01-synthea/blaze-120/other')
if (folder === undefined) process.exit()

const server = await aListeningServer(t)
// Of the two hospitals, one takes references that lead nowhere yet.
await server.app.context.database.query({
  name: '',
  text: `update organization set reference_policy = 'enforced' where id = 'tinglin'`,
  values: [],
})
const post = (body: unknown, as = tinglin) => server.send('POST', '', { as, body })
const total = async (query: string, as = tinglin): Promise<number> =>
  (await server.send('GET', `${query}&_summary=count`, { as })).json.total
const etl = (name: string, prefix = 'tinglin-') => ownBundle(join(folder, 'etl'), name, prefix)

t.test('where references must lead somewhere, the Patient has to come first', async t => {
  const early = await post(etl('0-condition.json'))
  t.equal(early.status, 422)
  const subject = 'reference-target-unknown Bundle.entry[0].resource.subject.reference'
  t.strictSame(blamed(early.json), [subject])
  t.equal(await total('Condition?_id=tinglin-1-1'), 0)
  t.equal((await post(etl('2-patient.json'))).status, 200)
  t.equal((await post(etl('0-condition.json'))).status, 200)
  t.equal(await total('Condition?subject:Patient.gender=male&_id=tinglin-1-1'), 1)
})

t.test(
  'references in extensions count too: all three are named, and nothing is stored',
  async t => {
    const { status, json } = await post(etl('1-specimen.json'))
    t.equal(status, 422)
    const custodian = 'resource.extension[0].valueReference.reference'
    t.strictSame(
      blamed(json),
      [0, 1, 2].map(index => `reference-target-unknown Bundle.entry[${index}].${custodian}`),
    )
    t.equal(await total('Specimen?_id:missing=false'), 0)
  },
)

t.test('where references may lead nowhere yet, the order does not matter', async t => {
  for (const name of ['0-condition.json', '1-specimen.json']) {
    const { status, text } = await post(etl(name, 'zhujing-'), zhujing)
    t.equal(status, 200, text)
  }
  t.equal(await total('Condition?subject:Patient.gender=male&_id=zhujing-1-1', zhujing), 0)
  t.equal((await post(etl('2-patient.json', 'zhujing-'), zhujing)).status, 200)
  t.equal(await total('Condition?subject:Patient.gender=male&_id=zhujing-1-1', zhujing), 1)
  t.equal(await total('Specimen?patient=zhujing-1', zhujing), 3)
})

t.test(
  'a Bundle that is stored keeps its references as they are: they are not its own',
  async t => {
    const sent = ownBundle(join(folder, 'bundle-with-references'), 'bundle.json')
    const { status, json } = await post(sent)
    t.equal(status, 200)
    const stored = await server.send('GET', json.entry[0].response.location, { as: tinglin })
    t.strictSame(stored.json.entry, sent.entry[0]!.resource.entry)
  },
)

t.test('the transaction of 25,000 entries and 60 MB is refused with advice', async t => {
  const file = join(folder, 'big-tx/ff4188f6-12eb-419f-68a6-a0a245aa4b92.json.bz2')
  const unpacked = await promisify(execFile)('bzip2', ['-dc', file], {
    maxBuffer: limits.bodyBytesMax,
    encoding: 'utf8',
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (unpacked === undefined) return t.pass('no bzip2 here', { skip: true })
  const { status, json } = await post(unpacked.stdout)
  t.equal(status, 413)
  t.match(json.issue[0], {
    code: 'too-long',
    expression: ['Bundle.entry'],
    details: { coding: [{ code: 'bundle-too-large' }], text: /25000 entries; at most 10000/ },
  })
  return undefined
})
