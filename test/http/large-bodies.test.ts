/** Large bodies are parsed whole, so only so many of them are taken at one time. */
import pg from 'pg'
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { aDatabaseUrl } from '../database.ts'
import { aServer, tinglin, type Answer } from '../server.ts'

const mebibyte = 1024 * 1024
const url = await aDatabaseUrl(t)
const { ask } = await aServer(t, { DATABASE_URL: url, HUIZHEN_BODY_MIB: '2' })

const put = (id: string, bytes: number): Promise<Answer> =>
  ask('PUT', `/fhir/Basic/${id}`, {
    as: tinglin,
    body: {
      ...{ resourceType: 'Basic', id, code: { text: 'x'.repeat(Math.min(bytes, mebibyte)) } },
      ...(bytes > mebibyte
        ? { language: 'zh', subject: { display: 'y'.repeat(bytes - mebibyte) } }
        : {}),
    },
  })

t.test('large bodies beyond what may be under way are refused, small ones are not', async t => {
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  const large = 1.9 * mebibyte
  try {
    // While the table is locked no write can end.
    await holder.query('begin; lock table resource in access exclusive mode')
    const ended: Answer[] = []
    const asked = Array.from({ length: limits.largestBodiesUnderWayMax + 1 }, async (_, index) => {
      const answer = await put(`tinglin-large-${index}`, large)
      ended.push(answer)
      return answer
    })
    while (ended.length < 1) await new Promise(resolve => setTimeout(resolve, 20))
    const small = put('tinglin-small', 1000)
    await holder.query('rollback')
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    t.same(statuses.toSorted(), [
      ...Array.from({ length: limits.largestBodiesUnderWayMax }, () => 201),
      503,
    ])
    t.equal((await small).status, 201)
    const [refused] = ended
    t.equal(refused?.status, 503)
    t.ok(Number(refused?.headers['retry-after']) > 0)
    t.match(refused?.json.issue[0], {
      code: 'transient',
      details: { coding: [{ code: 'large-bodies-busy' }], text: /smaller bundles/ },
    })
  } finally {
    await holder.end()
  }
})

t.test('an answer that has left makes room again', async t => {
  for (let index = 0; index < 2 * limits.largestBodiesUnderWayMax; index++)
    t.equal((await put(`tinglin-next-${index}`, 1.9 * mebibyte)).status, 201)
})
