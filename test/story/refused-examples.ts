const actorRole = (index: number): string =>
  `422 not-supported consent-not-enforceable Consent.provision.actor[${index}].role`

/**
 * The official examples that are refused, by the reason given: status, issue code, message code and
 * expression. First those that break a rule of R4 itself, then consents that say more than is
 * enforced and would be obeyed only in part.
 */
export const refusedExamples: Readonly<Record<string, readonly string[]>> = {
  // R4: DeviceMetric.parent is Reference(Device); the example names a DeviceDefinition.
  '422 value reference-target DeviceMetric.parent.reference': ['DeviceMetric/example'],
  // R4: reasonReference is Reference(Condition | Observation | DiagnosticReport | DocumentReference |
  // Media); the example names a Procedure.
  '422 value reference-target DeviceUseStatement.reasonReference[0].reference': [
    'DeviceUseStatement/example',
  ],
  // R4: dispenseRequest.performer is Reference(Organization); the example names a Practitioner.
  '422 value reference-target MedicationRequest.dispenseRequest.performer.reference': [
    'MedicationRequest/medrx0301',
  ],
  // R4: Observation.performer does not take an Encounter.
  '422 value reference-target Observation.performer[0].reference': ['Observation/clinical-gender'],
  // R4: Questionnaire.item.linkId is 1..1; the example leaves it out at every level.
  '422 required element-required Questionnaire.item[0].item[0].linkId': ['Questionnaire/qs1'],
  // The recipients of a consent are IRCP, PRCP and GRANTEE; CST speaks of the custodian's side.
  [actorRole(0)]: [
    'Consent/consent-example-Emergency',
    'Consent/consent-example-Out',
    'Consent/consent-example-grantor',
    'Consent/consent-example-notAuthor',
  ],
  '422 not-supported consent-not-enforceable Consent.provision.securityLabel': [
    'Consent/consent-example-pkb',
  ],
  '422 not-supported consent-not-enforceable Consent.provision.data': [
    'Consent/consent-example-notThis',
  ],
  '422 not-supported consent-not-enforceable Consent.provision.provision': [
    'Consent/consent-example-Emergency',
    'Consent/consent-example-pkb',
    'Consent/consent-example-signature',
    'Consent/consent-example-smartonfhir',
  ],
}
