import type { Resource } from '../../src/fhir/resource.ts'

/** Codings of the papers a district hospital files with a consultation. */
const coding = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})

/** A recipient of records, as a consent names it. */
export const recipient = (reference: string) => ({
  role: coding('v3-ParticipationType', 'IRCP'),
  reference: { reference },
})

export const treatment = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code: 'TREAT',
}

/** An active privacy consent of tinglin's about a patient, permitting No.6 to read for treatment. */
export const consentOf = (
  id: string,
  patient: string,
  provision: Record<string, unknown> = {},
): Resource => ({
  resourceType: 'Consent',
  id,
  status: 'active',
  scope: coding('consentscope', 'patient-privacy'),
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: patient },
  organization: [{ reference: 'Organization/tinglin' }],
  policyRule: coding('v3-ActCode', 'OPTIN'),
  provision: {
    type: 'permit',
    actor: [recipient('Organization/no6')],
    purpose: [treatment],
    ...provision,
  },
})

/** An active request for a consultation, addressed to No.6. */
export const consultationOf = (
  id: string,
  patient: string,
  more: Record<string, unknown> = {},
): Resource => ({
  resourceType: 'ServiceRequest',
  id,
  status: 'active',
  intent: 'order',
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '11429006' }] }],
  subject: { reference: patient },
  performer: [{ reference: 'Organization/no6' }],
  ...more,
})

/** A transaction that puts every resource under its id. */
export const transactionOf = (...resources: readonly Resource[]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map(resource => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  })),
})
