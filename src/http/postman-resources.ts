const terminology = 'http://terminology.hl7.org/CodeSystem'
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })

/** The patient of the story; every id begins with the hospital's prefix. */
export const patientReference = 'Patient/{{prefix}}-postman'
/** The system of the identifiers that the story looks things up by. */
export const identifierSystem = 'urn:huizhen:postman'

/** The patient, under the hospital's prefix. */
export const patient = {
  resourceType: 'Patient',
  id: '{{prefix}}-postman',
  identifier: [{ system: identifierSystem, value: '{{prefix}}-1' }],
  name: [{ text: '张三', family: '张', given: ['三'] }],
  gender: 'male',
  birthDate: '1970-01-01',
}

/** A laboratory result under a business identifier. */
export const observation = (value: string) => ({
  resourceType: 'Observation',
  identifier: [{ system: identifierSystem, value }],
  status: 'final',
  category: [coded(`${terminology}/observation-category`, 'laboratory')],
  code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }], text: '糖化血红蛋白' },
  subject: { reference: patientReference },
  effectiveDateTime: '2026-01-05T08:00:00+08:00',
  valueQuantity: { value: 6.1, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
})

/** A report with one result. */
export const report = {
  resourceType: 'DiagnosticReport',
  id: '{{prefix}}-postman-report',
  status: 'final',
  category: [coded(`${terminology}/v2-0074`, 'LAB')],
  code: { text: '生化检验报告' },
  subject: { reference: patientReference },
  effectiveDateTime: '2026-01-05T08:00:00+08:00',
  result: [{ reference: 'Observation/{{prefix}}-postman-result' }],
}

/** That result. */
export const result = { ...observation('{{prefix}}-result'), id: '{{prefix}}-postman-result' }

/** The patient lets the asked hospital read for treatment; `inactive` withdraws that. */
export const consent = (status: 'active' | 'inactive') => ({
  resourceType: 'Consent',
  id: '{{prefix}}-postman-consent',
  status,
  scope: coded(`${terminology}/consentscope`, 'patient-privacy'),
  category: [coded('http://loinc.org', '59284-0')],
  patient: { reference: patientReference },
  organization: [{ reference: 'Organization/{{prefix}}' }],
  policyRule: coded(`${terminology}/v3-ActCode`, 'OPTIN'),
  provision: {
    type: 'permit',
    actor: [
      {
        role: coded(`${terminology}/v3-ParticipationType`, 'IRCP'),
        reference: { reference: 'Organization/{{specialistOrganization}}' },
      },
    ],
    purpose: [{ system: `${terminology}/v3-ActReason`, code: 'TREAT' }],
  },
})

/** The hospital asks for a consultation; that opens the record as far as the patient consents. */
export const consultation = {
  resourceType: 'ServiceRequest',
  id: '{{prefix}}-postman-consultation',
  status: 'active',
  intent: 'order',
  category: [{ ...coded('http://snomed.info/sct', '11429006'), text: '会诊' }],
  code: { text: '内分泌代谢科远程会诊' },
  subject: { reference: patientReference },
  authoredOn: '{{$isoTimestamp}}',
  requester: { reference: 'Organization/{{prefix}}' },
  performer: [{ reference: 'Organization/{{specialistOrganization}}' }],
}

/** The specialist's answer. */
export const opinion = {
  resourceType: 'DiagnosticReport',
  basedOn: [{ reference: 'ServiceRequest/{{prefix}}-postman-consultation' }],
  status: 'final',
  code: { text: '会诊意见' },
  subject: { reference: patientReference },
  conclusion: '建议调整降糖方案,三个月后复查糖化血红蛋白。',
}

interface Written {
  readonly resourceType: string
  readonly id: string
}

/** A Bundle that puts resources to their ids, in one transaction. */
export const transactionOf = (resources: readonly Written[]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map(resource => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  })),
})
