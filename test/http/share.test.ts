/** One hospital's backlog does not take the place of the others. @see https://www.rfc-editor.org/rfc/rfc6585#section-4 */
import pg from 'pg'
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { aDatabaseUrl } from '../database.ts'
import { aServer, tinglin, zhujing, type Answer } from '../server.ts'

const url = await aDatabaseUrl(t)
const { ask } = await aServer(t, { DATABASE_URL: url })
const most = limits.requestsPerOrganizationMax
const beyond = 20

t.test(
  'requests beyond the share of an organization are refused, those of another are not',
  async t => {
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    const ended: Answer[] = []
    const put = (id: string, as = tinglin) =>
      ask('PUT', `/fhir/Patient/${id}`, { as, body: { resourceType: 'Patient', id } })
    try {
      // While the table is locked no write can end, so those that are answered were refused.
      await holder.query('begin; lock table resource in access exclusive mode')
      const asked = Array.from({ length: most + beyond }, async (_, index) => {
        const answer = await put(`tinglin-share-${index}`)
        ended.push(answer)
        return answer
      })
      while (ended.length < beyond) await new Promise(resolve => setTimeout(resolve, 20))
      const other = put('zhujing-share', zhujing)
      await holder.query('rollback')
      const statuses = (await Promise.all(asked)).map(({ status }) => status)
      t.equal(statuses.filter(status => status === 201).length, most)
      t.equal(statuses.filter(status => status === 429).length, beyond)
      t.equal((await other).status, 201)
    } finally {
      await holder.end()
    }
    const [refused] = ended
    t.equal(refused?.status, 429)
    t.ok(Number(refused?.headers['retry-after']) > 0)
    t.match(refused?.json.issue[0], {
      code: 'throttled',
      details: { coding: [{ code: 'organization-busy' }], text: new RegExp(`^${most} requests`) },
    })
    t.equal((await put('tinglin-share-after')).status, 201, 'then there is room again')
  },
)
