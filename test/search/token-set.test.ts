/** Value sets and hierarchies in token searches. @see https://hl7.org/fhir/R4/search.html#token */
import t from 'tap'
import { Store } from './fixture.ts'

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const category = 'http://terminology.hl7.org/CodeSystem/observation-category'

t.test('resources are found by value sets and by where their codes stand', async t => {
  const store = await Store.open(t)
  const condition = (id: string, code?: string, system = clinical) =>
    store.put({
      ...{ resourceType: 'Condition', id, subject: { reference: 'Patient/p' } },
      ...(code === undefined ? {} : { clinicalStatus: { coding: [{ system, code }] } }),
    })
  await condition('active', 'active')
  await condition('relapse', 'relapse')
  await condition('resolved', 'resolved')
  await condition('foreign', 'relapse', 'urn:other')
  await condition('none')
  await store.put({
    ...{ resourceType: 'Observation', id: 'lab', status: 'final', code: { text: 'x' } },
    category: [{ coding: [{ system: category, code: 'laboratory' }, { code: 'own' }] }],
  })
  await store.put({
    ...{ resourceType: 'Observation', id: 'own', status: 'amended', code: { text: 'x' } },
    category: [{ coding: [{ code: 'laboratory' }] }],
  })
  const sets = 'http://hl7.org/fhir/ValueSet'
  const cases: readonly (readonly [string, string])[] = [
    [`Condition?clinical-status:below=${clinical}|active`, 'active relapse'],
    [`Condition?clinical-status:below=${clinical}|relapse`, 'relapse'],
    [`Condition?clinical-status:above=${clinical}|relapse`, 'active relapse'],
    [`Condition?clinical-status:above=${clinical}|active`, 'active'],
    [
      `Condition?clinical-status:below=${clinical}|active,${clinical}|inactive`,
      'active relapse resolved',
    ],
    [`Condition?clinical-status:in=${sets}/condition-clinical`, 'active relapse resolved'],
    [`Condition?clinical-status:not-in=${sets}/condition-clinical`, 'foreign none'],
    [`Condition?clinical-status:not-in=${sets}/condition-clinical&_id=none`, 'none'],
    [`Observation?category:in=${sets}/observation-category`, 'lab'],
    [`Observation?category:not-in=${sets}/observation-category`, 'own'],
    [`Observation?status:in=${sets}/observation-status`, 'lab own'],
    [`Observation?status:not-in=${sets}/observation-status`, ''],
    [`Observation?status:in=${sets}/administrative-gender`, ''],
    [`Observation?category:in=${sets}/administrative-gender,${sets}/observation-category`, 'lab'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(search)).sort().join(' '), expected, search)
})
