import type { BundleEntry, TransactionBundle } from './bundles.ts'

const hl7 = (name: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${name}`, code }],
})

const consent = (patientId: string, now: Date): BundleEntry['resource'] => ({
  resourceType: 'Consent',
  status: 'active',
  scope: hl7('consentscope', 'patient-privacy'),
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: `Patient/${patientId}` },
  dateTime: now.toISOString(),
  organization: [{ reference: 'Organization/tinglin' }],
  policyRule: hl7('v3-ActCode', 'OPTIN'),
  provision: {
    type: 'permit',
    actor: [
      {
        role: hl7('v3-ParticipationType', 'IRCP'),
        reference: { reference: 'Organization/no6' },
      },
    ],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
  },
})

const request = (patientId: string, now: Date): BundleEntry['resource'] => ({
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '11429006' }] }],
  subject: { reference: `Patient/${patientId}` },
  authoredOn: now.toISOString(),
  performer: [{ reference: 'Organization/no6' }],
})

/** Lets No.6 read everything of a patient for treatment: a consent and an open consultation. */
export const consultationBundle = (patientId: string, now: Date): TransactionBundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [consent(patientId, now), request(patientId, now)].map((resource, index) => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${index}`,
    resource,
    request: { method: 'POST', url: resource.resourceType },
  })),
})
