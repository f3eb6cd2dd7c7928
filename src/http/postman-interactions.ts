import type { StoryRequest } from './postman-request.ts'
import * as resources from './postman-resources.ts'
import { byPatient, get, identified, keep, patientPath, put } from './postman-steps.ts'

/** Every way to write. */
export const writes: readonly StoryRequest[] = [
  put('Create or update a patient 新建或更新患者', resources.patient),
  {
    ...{ name: 'Only when it is not there 不存在时新建', method: 'POST', path: '/fhir/Patient' },
    description: 'If-None-Exist: 200 with the one that is there. 已存在则返回 200。',
    headers: { 'If-None-Exist': identified('{{prefix}}-1') },
    ...{ body: resources.patient, expect: [200, 201] },
  },
  {
    ...{ name: 'Create an observation 新建检验结果', method: 'POST', path: '/fhir/Observation' },
    ...{ body: resources.observation('{{prefix}}-created'), expect: [201] },
    tests: [keep('observationId', 'id')],
  },
  {
    name: 'Update by business identifier 按业务标识更新',
    description: 'Sent again, it changes nothing: 200. 重复发送不会产生新版本。',
    ...{ method: 'PUT', path: `/fhir/Observation?${identified('{{prefix}}-2')}` },
    ...{ body: resources.observation('{{prefix}}-2'), expect: [200, 201] },
  },
  {
    ...{ name: 'JSON Patch 局部修改', method: 'PATCH', path: patientPath },
    headers: { 'Content-Type': 'application/json-patch+json' },
    ...{ body: [{ op: 'add', path: '/active', value: true }], expect: [200] },
  },
  {
    name: 'Patch by identifier 按标识修改',
    ...{ method: 'PATCH', path: `/fhir/Observation?${identified('{{prefix}}-2')}` },
    headers: { 'Content-Type': 'application/json-patch+json' },
    ...{ body: [{ op: 'replace', path: '/status', value: 'amended' }], expect: [200] },
  },
  {
    ...{ name: 'Transaction 事务', method: 'POST', path: '/fhir', expect: [200] },
    body: resources.transactionOf([resources.result, resources.report]),
  },
  {
    ...{ name: 'Batch 批处理', method: 'POST', path: '/fhir', expect: [200] },
    body: {
      ...{ resourceType: 'Bundle', type: 'batch' },
      entry: [{ request: { method: 'GET', url: resources.patientReference } }],
    },
  },
]

/** Every way to read. */
export const reads: readonly StoryRequest[] = [
  get('Read 读取', patientPath),
  get('One version 读取版本', `${patientPath}/_history/1`),
  get('History of one 单个历史', `${patientPath}/_history`),
  get('History of a type 类型历史', '/fhir/Patient/_history?_count=5'),
  get('History of all 系统历史', '/fhir/_history?_count=5'),
  get('Search by name 按姓名检索', '/fhir/Patient?name=张'),
  get(
    'Laboratory results 检验结果',
    `/fhir/Observation?${byPatient}&category=laboratory&_sort=-date`,
  ),
  {
    ...{ name: 'Search by POST', method: 'POST', path: '/fhir/Observation/_search' },
    ...{ form: { patient: '{{prefix}}-postman', code: 'http://loinc.org|4548-4' }, expect: [200] },
  },
  get(
    'Reports with results 报告及结果',
    `/fhir/DiagnosticReport?${byPatient}&_include=DiagnosticReport:result`,
  ),
  get('Several types at once 多类型检索', '/fhir?_type=Patient,Observation&_count=5'),
  get('Compartment 患者区块', `${patientPath}/Observation?_count=5`),
  get('Whole record 完整病历', `${patientPath}/$everything?_count=50`),
]
