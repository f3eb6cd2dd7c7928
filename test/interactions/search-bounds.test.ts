/** What a search of several types may cost. @see https://hl7.org/fhir/R4/http.html#search */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask } = await aServer(t)
const search = (path: string) => ask('GET', `/fhir${path}`, { as: tinglin })

t.test('a search that means too many things at once is too costly, with advice', async t => {
  const ids = Array.from({ length: 1500 }, (_, at) => `x${at}`).join(',')
  for (const query of [`?_id=${ids}`, '?_list=a&_list=b']) {
    const answer = await search(query)
    t.equal(answer.status, 422, query.slice(0, 40))
    t.equal(answer.json.issue[0].code, 'too-costly')
    t.match(answer.text, /_type/)
  }
  t.equal((await search('?_list=a')).status, 200)
  t.equal((await search(`?_type=Patient,Observation&_id=${ids}`)).json.total, 0)
})
