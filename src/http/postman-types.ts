import type { StoryRequest } from './postman-request.ts'
import * as resources from './postman-resources.ts'
import { get, keep } from './postman-steps.ts'

/** A type whose interactions are shown one by one, and a resource of it. */
interface Shown {
  readonly resourceType: string
  readonly zh: string
  /** Without an id; of the patient of the story. */
  readonly resource: Readonly<Record<string, unknown>>
  /** A change that a JSON Patch makes. */
  readonly patch: { readonly op: string; readonly path: string; readonly value: unknown }
}

const subject = { reference: resources.patientReference }
const identifier = (value: string) => [
  { system: resources.identifierSystem, value: `{{prefix}}-type-${value}` },
]

const shown: readonly Shown[] = [
  {
    ...{ resourceType: 'Patient', zh: '患者' },
    resource: {
      resourceType: 'Patient',
      identifier: identifier('patient'),
      name: [{ text: '李四', family: '李', given: ['四'] }],
      gender: 'female',
    },
    patch: { op: 'replace', path: '/gender', value: 'unknown' },
  },
  {
    ...{ resourceType: 'Observation', zh: '检验结果' },
    resource: { ...resources.observation(''), identifier: identifier('observation') },
    patch: { op: 'replace', path: '/status', value: 'amended' },
  },
  {
    ...{ resourceType: 'DiagnosticReport', zh: '报告' },
    resource: {
      resourceType: 'DiagnosticReport',
      identifier: identifier('report'),
      status: 'final',
      code: { text: '超声检查报告' },
      subject,
      effectiveDateTime: '2026-01-05T08:00:00+08:00',
      conclusion: '未见明显异常。',
    },
    patch: { op: 'replace', path: '/conclusion', value: '脂肪肝(轻度)。' },
  },
  {
    ...{ resourceType: 'ServiceRequest', zh: '检查申请' },
    resource: {
      resourceType: 'ServiceRequest',
      identifier: identifier('request'),
      status: 'active',
      intent: 'order',
      code: { text: '心电图' },
      subject,
      authoredOn: '2026-01-05T08:00:00+08:00',
    },
    patch: { op: 'replace', path: '/status', value: 'completed' },
  },
]

/** Every interaction of one type, in an order that can be run again and again. */
const requestsOf = ({ resourceType, zh, resource, patch }: Shown): readonly StoryRequest[] => {
  const variable = `${resourceType}Id`
  const type = `/fhir/${resourceType}`
  const one = `${type}/{{${variable}}}`
  const [{ value = '' } = {}] = resource['identifier'] as readonly { readonly value?: string }[]
  const criteria = `identifier=${resources.identifierSystem}|${value}`
  const named = (en: string, inChinese: string): string => `${en} ${resourceType} ${inChinese}${zh}`
  return [
    {
      ...{ name: named('Create', '新建'), method: 'POST', path: type, body: resource },
      description: 'POST: the server chooses the id. 由服务器分配 id。',
      ...{ expect: [201], tests: [keep(variable, 'id')] },
    },
    get(named('Read', '读取'), one),
    get(named('Version of', '指定版本'), `${one}/_history/1`),
    {
      ...{ name: named('Update', '更新'), method: 'PUT', path: one, expect: [200] },
      body: { ...resource, id: `{{${variable}}}`, language: 'zh-CN' },
    },
    {
      ...{ name: named('Patch', '局部修改'), method: 'PATCH', path: one, expect: [200] },
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: [patch],
    },
    get(named('History of', '历史'), `${one}/_history`),
    get(named('History of type', '类型历史'), `${type}/_history?_count=2`),
    get(named('Search', '检索'), `${type}?${criteria}`),
    { ...get(named('Delete', '删除'), one, 204), method: 'DELETE' },
    {
      ...{ name: named('Upsert', '按标识新建或更新'), method: 'PUT', path: `${type}?${criteria}` },
      description: '201 the first time, 200 after it. 首次 201,之后 200。',
      ...{ body: resource, expect: [200, 201] },
    },
  ]
}

/** Each interaction of the four main types. */
export const typeRequests: readonly StoryRequest[] = shown.flatMap(requestsOf)
