/** How a search is found: for the sandbox by a header, outside of it not at all. */
import t from 'tap'
import { aServer, li, tinglin, zhang } from '../server.ts'

const search = '/fhir/Observation?patient=tinglin-liuyang&_sort=-date'
const headers = { 'x-explain': '1' }

t.test('X-Explain gives statement, plan and times, and no record', async t => {
  const { ask, app } = await aServer(t)
  for (const as of [tinglin, zhang]) {
    const { status, json, text } = await ask('GET', search, { as, headers })
    t.equal(status, 200)
    t.equal(json.resourceType, 'Parameters')
    const value = (name: string) =>
      json.parameter.find((one: { name: string }) => one.name === name)
    t.match(value('statement').valueString, /^search-[0-9a-f]{24}$/)
    t.match(value('sql').valueString, /^(with|select)/)
    t.notMatch(value('sql').valueString, 'liuyang')
    t.match(value('plan').valueString, /resource_patient[\s\S]*Execution Time/)
    t.ok(value('execution-milliseconds').valueDecimal > 0)
    t.notMatch(text, 'valueQuantity')
  }
  await app.context.auditTrail.drained()
  const recorded = await app.context.database.query({
    ...{ name: '', values: [] },
    text: `select interaction, entities from audit_event where interaction = 'search-type'`,
  })
  t.strictSame(recorded.length, 2, 'it is recorded as a search')
})

t.test('refusals are those of the search; other interactions are as ever', async t => {
  const { ask } = await aServer(t)
  const wrong = await ask('GET', '/fhir/Observation?nothing=1', { as: li, headers })
  t.equal(wrong.status, 400)
  const read = await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: tinglin, headers })
  t.equal(read.json.resourceType, 'Patient')
  const scope = 'system/Patient.rs'
  const forbidden = await ask('GET', search, { as: { ...tinglin, scope }, headers })
  t.equal(forbidden.status, 403)
})
