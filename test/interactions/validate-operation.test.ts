/** `$validate`. @see https://hl7.org/fhir/R4/resource-operation-validate.html */
import t from 'tap'
import { aServer, tinglin, zhujing } from '../server.ts'

const { app, ask } = await aServer(t)
const vitalSigns = 'http://hl7.org/fhir/StructureDefinition/vitalsigns'
await app.context.database.query({
  name: '',
  text: `update organization set profiles = '{"Observation": ["${vitalSigns}"]}' where id = 'zhujing'`,
  values: [],
})

const observation = { resourceType: 'Observation', status: 'final', code: { text: '血钾' } }
interface Issue {
  readonly severity: string
  readonly details: { readonly coding: readonly { readonly code: string }[]; readonly text: string }
  readonly expression?: readonly string[]
}
const issuesOf = (json: { readonly issue: readonly Issue[] }): string[] =>
  json.issue.map(({ severity, details, expression = [] }) =>
    [severity, details.coding[0]!.code, ...expression].join(' '),
  )
const validate = (path: string, body: unknown, headers = {}) =>
  ask('POST', `/fhir/${path}`, { as: tinglin, body, headers })

t.test(
  'a resource is judged and not stored: errors, recommendations, or nothing at all',
  async t => {
    const { status, json } = await validate('Observation/$validate', {
      ...observation,
      status: 'x',
    })
    t.equal(status, 200)
    t.equal(json.resourceType, 'OperationOutcome')
    t.same(issuesOf(json), ['error code-not-bound Observation.status'])
    const told = await validate('Observation/$validate', observation)
    t.same(issuesOf(told.json), ['warning invariant-broken Observation'])
    const text = {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml">血钾</div>',
    }
    const well = await validate('Observation/$validate', { ...observation, text })
    t.same(issuesOf(well.json), ['information validation-passed'])
    const found = await ask('GET', '/fhir/Observation?code:text=血钾&_summary=count', {
      as: tinglin,
    })
    t.equal(found.json.total, 0)
  },
)

t.test('texts come in the language asked for, and in the other one beside it', async t => {
  const body = { ...observation, valueString: 'x', dataAbsentReason: { text: 'x' } }
  const { json } = await validate('Observation/$validate', body, { 'accept-language': 'zh-CN' })
  const [{ details }] = json.issue
  t.match(details.text, /obs-6/)
  t.match(details.text, /不满足 R4 规则/)
  t.match(JSON.stringify(details._text), /Rule obs-6 of R4 is not met/)
})

t.test('Parameters name a mode and profiles; an instance is judged as it is stored', async t => {
  const asked = (mode: string, resource: unknown = observation) => ({
    resourceType: 'Parameters',
    parameter: [
      { name: 'mode', valueCode: mode },
      { name: 'profile', valueUri: vitalSigns },
      { name: 'resource', resource },
    ],
  })
  const { json } = await validate('Observation/$validate', asked('create'))
  t.ok(issuesOf(json).some(found => found.startsWith('error slice-missing')))
  t.equal((await validate('Observation/$validate', asked('update'))).status, 400)
  t.equal((await validate('Observation/$validate', asked('dance'))).status, 400)
  const put = await ask('PUT', '/fhir/Observation/tinglin-v1', {
    as: tinglin,
    body: { ...observation, id: 'tinglin-v1' },
  })
  t.equal(put.status, 201)
  const other = await validate(
    'Observation/tinglin-v1/$validate',
    asked('update', { ...observation, id: 'tinglin-v2' }),
  )
  t.ok(issuesOf(other.json).includes('error validation-id Observation.id'))
  const stored = await ask('GET', `/fhir/Observation/tinglin-v1/$validate?profile=${vitalSigns}`, {
    as: tinglin,
  })
  t.equal(stored.status, 200)
  t.ok(issuesOf(stored.json).some(found => found.startsWith('error')))
  const deleting = await validate('Observation/tinglin-v1/$validate?mode=delete', undefined)
  t.same(issuesOf(deleting.json), ['information validation-passed'])
  t.equal((await ask('GET', '/fhir/Observation/tinglin-v1/$validate', { as: zhujing })).status, 404)
})

t.test('a bundle is judged as a whole, each resource by the profile it claims', async t => {
  const meta = { profile: [vitalSigns] }
  const bundle = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { resource: { ...observation, meta } },
      { resource: { resourceType: 'Patient', gender: 'x' } },
    ],
  }
  const errors = issuesOf((await validate('Bundle/$validate', bundle)).json).filter(found =>
    found.startsWith('error'),
  )
  t.ok(errors.includes('error code-not-bound Bundle.entry[1].resource.gender'))
  t.ok(
    errors.some(found =>
      found.startsWith('error profile-element-required Bundle.entry[0].resource'),
    ),
  )
})

t.test('profiles assigned to a hospital hold for its writes, claimed or not', async t => {
  const refused = await ask('POST', '/fhir/Observation', { as: zhujing, body: observation })
  t.equal(refused.status, 422)
  t.match(refused.json.issue[0].details.text, /vitalsigns/)
  t.equal((await ask('POST', '/fhir/Observation', { as: tinglin, body: observation })).status, 201)
})

const identifier = [{ system: 'urn:oid:2.16.156.10011.1.3', value: '310116199003071235' }]
const narrative = {
  status: 'generated',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">刘洋</div>',
}
const person = (more: object) => ({
  ...{ resourceType: 'Patient', text: narrative, identifier, name: [{ text: '刘洋' }] },
  ...more,
})

t.test('what is doubtful is told on request, and never refused', async t => {
  const doubtful = person({ birthDate: '1991-03-07', gender: 'female' })
  const doubts = ['birth-date', 'gender'].map(
    one => `warning resident-id-${one} Patient.identifier[0].value`,
  )
  t.same(issuesOf((await validate('Patient/$validate', doubtful)).json), doubts)
  const headers = { prefer: 'return=OperationOutcome' }
  const { status, json } = await validate('Patient', doubtful, headers)
  t.equal(status, 201)
  t.same(issuesOf(json), ['information created', ...doubts])
  const entry = [{ resource: doubtful, request: { method: 'POST', url: 'Patient' } }]
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
  const answer = await ask('POST', '/fhir', { as: tinglin, body: bundle, headers })
  t.same(issuesOf(answer.json.entry[0].response.outcome), ['information created', ...doubts])
  const plain = await validate('Patient', doubtful)
  t.equal(plain.status, 201)
  t.equal(plain.json.resourceType, 'Patient')
  t.notMatch(JSON.stringify(json), /310116|刘洋|1991/)
})

t.test('an identifier that somebody else has is told of, as far as the caller sees', async t => {
  const value = '110101200301120019'
  const own = { identifier: [{ ...identifier[0], value }], birthDate: '2003-01-12' }
  const warning = 'warning identifier-shared Patient.identifier[0]'
  const asked = async (more: object, as = tinglin) => {
    const { json } = await ask('POST', '/fhir/Patient/$validate', {
      as,
      body: person({ ...own, ...more }),
    })
    return issuesOf(json)
  }
  t.same(await asked({}), ['information validation-passed'])
  t.equal((await validate('Patient', person(own))).status, 201)
  t.same(await asked({}), ['information validation-passed'], 'one person twice')
  t.same(await asked({ name: [{ text: '王芳' }] }), [warning])
  t.same(await asked({ name: [{ text: '王芳' }] }, zhujing), ['information validation-passed'])
})

t.test('a response is held against its questionnaire, where the caller may see it', async t => {
  const url = 'http://tinglin.test/Questionnaire/fall-risk'
  const answerOption = [{ valueCoding: { code: 'walks' } }, { valueCoding: { code: 'lies' } }]
  const form = (version: string, required: boolean) => ({
    ...{ resourceType: 'Questionnaire', url, version, status: 'active' },
    item: [
      { linkId: 'mobility', type: 'choice', required, answerOption },
      {
        ...{ linkId: 'aid', type: 'string', maxLength: 3 },
        enableWhen: [{ question: 'mobility', operator: '=', answerCoding: { code: 'walks' } }],
      },
    ],
  })
  for (const body of [form('1', false), form('2', true)]) {
    const { status } = await ask('POST', '/fhir/Questionnaire', { as: tinglin, body })
    t.equal(status, 201)
  }
  const response = (canonical: string, ...item: object[]) => ({
    ...{ resourceType: 'QuestionnaireResponse', questionnaire: canonical, status: 'completed' },
    ...(item.length > 0 ? { item } : {}),
  })
  const judged = async (body: object) => {
    const { json } = await validate('QuestionnaireResponse/$validate', body)
    return issuesOf(json).filter(issue => issue.startsWith('error'))
  }
  const moves = (code: string) => ({ linkId: 'mobility', answer: [{ valueCoding: { code } }] })
  const aid = (valueString: string) => ({ linkId: 'aid', answer: [{ valueString }] })
  t.same(await judged(response(url, moves('walks'), aid('拐杖'))), [])
  t.same(await judged(response(url)), ['error answer-required QuestionnaireResponse'], 'the latest')
  t.same(await judged(response(`${url}|1`)), [], 'the version it names')
  t.same(await judged(response(url, moves('runs'))), [
    'error answer-not-offered QuestionnaireResponse.item[0].answer[0]',
  ])
  t.same(await judged(response(url, moves('lies'), aid('拐杖'))), [
    'error answer-not-enabled QuestionnaireResponse.item[1]',
  ])
  t.same(await judged(response(url, moves('walks'), aid('四脚拐杖'))), [
    'error answer-too-long QuestionnaireResponse.item[1].answer[0]',
  ])
  t.same(await judged(response(url, moves('walks'), { linkId: 'other' })), [
    'error answer-to-no-question QuestionnaireResponse.item[1].linkId',
  ])
  t.same(await judged(response('http://elsewhere.test/Questionnaire/x', moves('runs'))), [])
})
