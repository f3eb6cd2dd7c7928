import type { Welcome } from './people.ts'

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'

/** OAuth 2.0 client credentials as Postman itself runs them. */
const auth = {
  type: 'oauth2',
  oauth2: [
    { key: 'grant_type', value: 'client_credentials' },
    { key: 'accessTokenUrl', value: '{{baseUrl}}/auth/token' },
    { key: 'clientId', value: '{{clientId}}' },
    { key: 'clientSecret', value: '{{clientSecret}}' },
    { key: 'client_authentication', value: 'header' },
    { key: 'addTokenTo', value: 'header' },
  ].map(pair => ({ ...pair, type: 'string' })),
}

const json = [{ key: 'Content-Type', value: 'application/fhir+json' }]

const expectStatus = (status: number) => ({
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [`pm.test('status ${status}', () => pm.response.to.have.status(${status}))`],
  },
})

const item = (
  name: string,
  status: number,
  request: { readonly method: string; readonly path: string; readonly body?: unknown },
) => ({
  name,
  event: [expectStatus(status)],
  request: {
    method: request.method,
    url: `{{baseUrl}}${request.path}`,
    ...(request.body === undefined
      ? {}
      : { header: json, body: { mode: 'raw', raw: JSON.stringify(request.body, null, 2) } }),
  },
})

const patient = {
  resourceType: 'Patient',
  id: '{{prefix}}-postman',
  name: [{ text: '张三', family: '张', given: ['三'] }],
  gender: 'male',
  birthDate: '1970-01-01',
}

const observation = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'laboratory',
        },
      ],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }], text: '糖化血红蛋白' },
  subject: { reference: 'Patient/{{prefix}}-postman' },
  effectiveDateTime: '2026-01-05T08:00:00+08:00',
  valueQuantity: { value: 6.1, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
}

/** A Postman collection of the first requests a new sender makes, with their expected statuses. */
export const postmanCollection = () => ({
  info: { name: 'Huizhen', schema },
  auth,
  item: [
    item('CapabilityStatement', 200, { method: 'GET', path: '/fhir/metadata' }),
    {
      ...item('Create or update a patient 新建或更新患者', 200, {
        method: 'PUT',
        path: '/fhir/Patient/{{prefix}}-postman',
        body: patient,
      }),
      event: [
        {
          listen: 'test',
          script: {
            type: 'text/javascript',
            exec: ["pm.test('stored', () => pm.expect(pm.response.code).to.be.oneOf([200, 201]))"],
          },
        },
      ],
    },
    item('Read it 读取', 200, { method: 'GET', path: '/fhir/Patient/{{prefix}}-postman' }),
    item('Search by name 按姓名查询', 200, { method: 'GET', path: '/fhir/Patient?name=张' }),
    item('Create an observation 新建检验结果', 201, {
      method: 'POST',
      path: '/fhir/Observation',
      body: observation,
    }),
    item('Laboratory results 检验结果', 200, {
      method: 'GET',
      path: '/fhir/Observation?patient={{prefix}}-postman&category=laboratory&_sort=-date',
    }),
    item('A refusal that explains itself 会说明原因的错误', 400, {
      method: 'GET',
      path: '/fhir/Observation?pateint={{prefix}}-postman',
    }),
  ],
})

/** The environment of that collection: in the sandbox, the first hospital's client. */
export const postmanEnvironment = ({ baseUrl, sandboxClients }: Welcome) => {
  const [client] = sandboxClients
  const values = {
    baseUrl,
    clientId: client?.id ?? '',
    clientSecret: client?.secret ?? '',
    prefix: client?.id.split('-')[0] ?? '',
  }
  return {
    name: 'Huizhen',
    values: Object.entries(values).map(([key, value]) => ({ key, value, enabled: true })),
  }
}
