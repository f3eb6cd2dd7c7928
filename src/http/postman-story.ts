import type { Sender, StoryRequest } from './postman-request.ts'
import { tokenVariables } from './postman-request.ts'
import { reads, writes } from './postman-interactions.ts'
import { typeRequests } from './postman-types.ts'
import * as resources from './postman-resources.ts'
import {
  byPatient,
  get,
  identified,
  keep,
  patientPath,
  put,
  refusal,
  totalIs,
} from './postman-steps.ts'

/** Requests of one sender, in the order they are sent. */
export interface Chapter {
  readonly name: string
  readonly description: string
  readonly sender: Sender
  readonly requests: readonly StoryRequest[]
}

const tokenRequest = (
  name: string,
  sender: keyof typeof tokenVariables,
  form: Readonly<Record<string, string>>,
): StoryRequest => {
  const client = sender === 'hospital' ? 'client' : `${sender}Client`
  return {
    ...{ name, method: 'POST', path: '/auth/token', form, expect: [200] },
    basic: { username: `{{${client}Id}}`, password: `{{${client}Secret}}` },
    tests: [keep(tokenVariables[sender], 'access_token')],
  }
}

const beginning: Chapter = {
  name: '1 Begin here 从这里开始',
  description: 'What the server can do, and a token for each who asks. 服务器能力与访问令牌。',
  sender: 'nobody',
  requests: [
    get('CapabilityStatement 能力声明', '/fhir/metadata'),
    get('SMART configuration 配置', '/fhir/.well-known/smart-configuration'),
    ...(['hospital', 'other'] as const).map(sender =>
      tokenRequest(
        sender === 'hospital'
          ? 'Token of the hospital 本院令牌'
          : 'Token of another hospital 他院令牌',
        sender,
        { grant_type: 'client_credentials' },
      ),
    ),
    tokenRequest('Token of the specialist 专家令牌', 'specialist', {
      grant_type: 'urn:huizhen:grant-type:sandbox-person',
      user: '{{specialistUser}}',
      purpose: 'TREAT',
    }),
  ],
}

const hospital: Chapter = {
  name: '2 The hospital sends and reads 医院发送与读取',
  description:
    'Every interaction, as the record system of a hospital uses it. 医院系统的全部交互。',
  sender: 'hospital',
  requests: [
    ...writes,
    ...reads,
    { ...get('Delete 删除', '/fhir/Observation/{{observationId}}', 204), method: 'DELETE' },
    {
      ...get(
        'Delete by identifier 按标识删除',
        `/fhir/Observation?${identified('{{prefix}}-none')}`,
        204,
      ),
      method: 'DELETE',
    },
    {
      name: 'File a consultation with consent 提交会诊申请与同意书',
      description: 'Both in one transaction: all or nothing. 同一事务,全部成功或全部失败。',
      ...{ method: 'POST', path: '/fhir', expect: [200] },
      body: resources.transactionOf([resources.consultation, resources.consent('active')]),
    },
  ],
}

const specialist: Chapter = {
  name: '3 The specialist reads and answers 专家阅览并答复',
  description: 'What consultation and consent open, and nothing else. 仅限会诊与同意范围。',
  sender: 'specialist',
  requests: [
    get('The request 会诊申请', '/fhir/ServiceRequest/{{prefix}}-postman-consultation'),
    get('The patient 患者', patientPath),
    {
      ...get(
        'Laboratory results 检验结果',
        `/fhir/Observation?${byPatient}&category=laboratory&_sort=-date`,
      ),
      tests: [`pm.test('some', () => pm.expect(pm.response.json().total).to.be.above(0))`],
    },
    get('Whole record 完整病历', `${patientPath}/$everything?_count=50`),
    get(
      'The consent stays with its hospital 同意书不出院',
      '/fhir/Consent/{{prefix}}-postman-consent',
      404,
    ),
    {
      ...{ name: 'The opinion 会诊意见', method: 'POST', path: '/fhir/DiagnosticReport' },
      ...{ body: resources.opinion, expect: [201], tests: [keep('opinionId', 'id')] },
    },
  ],
}

const types: Chapter = {
  name: '2b Each interaction of the four main types 四种主要资源的全部交互',
  description:
    'Patient, Observation, DiagnosticReport and ServiceRequest, from the first version to the last. 每种资源从新建到删除。',
  sender: 'hospital',
  requests: typeRequests,
}

const answer: Chapter = {
  name: '4 The hospital reads the answer and withdraws 医院读取意见并撤回同意',
  description: 'A withdrawn consent holds for the next request. 撤回立即生效。',
  sender: 'hospital',
  requests: [
    get('The opinion 会诊意见', '/fhir/DiagnosticReport/{{opinionId}}'),
    put('Withdraw the consent 撤回同意', resources.consent('inactive')),
  ],
}

const after: Chapter = {
  name: '5 After the withdrawal 撤回之后',
  description: 'Hidden answers exactly like absent. 不可见与不存在的回答完全相同。',
  sender: 'specialist',
  requests: [
    get('The patient 患者', patientPath, 404),
    {
      ...get('Laboratory results 检验结果', `/fhir/Observation?${byPatient}`),
      tests: [totalIs(0)],
    },
  ],
}

const outsider: Chapter = {
  name: '6 Another hospital 其他医院',
  description: 'It learns nothing, not even that there is something. 无从得知任何信息。',
  sender: 'other',
  requests: [
    get('The patient 患者', patientPath, 404),
    {
      ...get('Patients of that name 同名患者', `/fhir/Patient?_id={{prefix}}-postman`),
      tests: [totalIs(0)],
    },
    { ...put('Under a foreign prefix 使用他院前缀', resources.patient), expect: [403] },
  ],
}

const refusals: Chapter = {
  name: '7 Refusals that explain themselves 会说明原因的拒绝',
  description: 'Accept-Language chooses the language. 由 Accept-Language 选择语言。',
  sender: 'hospital',
  requests: [
    {
      ...get('A parameter that does not exist 未知参数', '/fhir/Observation?pateint=x', 400),
      ...{ headers: { 'Accept-Language': 'zh-CN' }, tests: [refusal('search-parameter-unknown')] },
    },
    {
      ...{
        name: 'A resource that is not valid 无效资源',
        method: 'POST',
        path: '/fhir/Observation',
      },
      ...{ body: { resourceType: 'Observation', status: 'done' }, expect: [422] },
    },
    { ...get('Not there 不存在', '/fhir/Patient/{{prefix}}-nobody', 404) },
    {
      ...put('Another version 版本不符', resources.patient),
      ...{ headers: { 'If-Match': 'W/"99999"' }, expect: [412] },
    },
    {
      ...put('No format of FHIR 格式不支持', resources.patient),
      ...{ headers: { 'Content-Type': 'text/plain' }, expect: [415] },
    },
    {
      ...get('What was refused 被拒绝的内容', '/feed?_count=5'),
      description: 'The feed desk keeps it beside its errors. 数据接入台保存内容及原因。',
    },
  ],
}

/** The whole story, from the first token to the withdrawn consent. It may be run again and again. */
export const story: readonly Chapter[] = [
  ...[beginning, hospital, types, specialist, answer, after, outsider, refusals],
]
