import type { Resource } from '../fhir/resource.ts'

/**
 * A consultation in progress and the consent behind it: tinglin asks No.6 about one patient, who
 * permits No.6 to read for treatment.
 */
export const consultationOf = (patientId: string, now: Date): readonly Resource[] => [
  consent(patientId, now),
  request(patientId, now),
]

const consent = (patientId: string, now: Date): Resource => ({
  resourceType: 'Consent',
  id: `${patientId}-consent`,
  status: 'active',
  scope: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' },
    ],
  },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: `Patient/${patientId}` },
  dateTime: now.toISOString(),
  organization: [{ reference: 'Organization/tinglin' }],
  policyRule: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }],
  },
  provision: {
    type: 'permit',
    actor: [
      {
        role: {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
              code: 'IRCP',
            },
          ],
        },
        reference: { reference: 'Organization/no6' },
      },
    ],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
  },
})

const request = (patientId: string, now: Date): Resource => ({
  resourceType: 'ServiceRequest',
  id: `${patientId}-consultation`,
  status: 'active',
  intent: 'order',
  category: [
    {
      coding: [{ system: 'http://snomed.info/sct', code: '11429006', display: 'Consultation' }],
      text: '会诊',
    },
  ],
  priority: 'routine',
  code: { text: '内分泌代谢科远程会诊' },
  subject: { reference: `Patient/${patientId}` },
  authoredOn: now.toISOString(),
  occurrencePeriod: { start: now.toISOString() },
  requester: { reference: 'Practitioner/tinglin-wang' },
  performer: [{ reference: 'Organization/no6' }],
  reasonCode: [{ text: '血糖控制欠佳,请会诊调整方案' }],
})
