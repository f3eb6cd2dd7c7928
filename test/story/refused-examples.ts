const notEnforceable = (element: string): string =>
  `422 not-supported consent-not-enforceable Consent.provision.${element}`

/**
 * The official examples that are refused, by the reason given: status, issue code, message code and
 * expression. First those that break a rule of R4 itself, then consents that say more than is
 * enforced and would be obeyed only in part.
 */
export const refusedExamples: Readonly<Record<string, readonly string[]>> = {
  // R4: a modifier extension must be known to whoever takes the resource; example.org defines none.
  '422 extension modifier-extension-unknown Basic.modifierExtension[0].url': ['Basic/referral'],
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
  // A custodian (CST) is the hospital that keeps the record; the examples name one that takes no part.
  [notEnforceable('actor[0].reference')]: [
    'Consent/consent-example-Emergency',
    'Consent/consent-example-Out',
    'Consent/consent-example-grantor',
    'Consent/consent-example-notAuthor',
  ],
  // The nested provisions do not say whether they permit or deny.
  [notEnforceable('provision[0].type')]: ['Consent/consent-example-pkb'],
  // The class is a media type; here types, profiles and document types are classes.
  [notEnforceable('provision[0].class[0]')]: ['Consent/consent-example-signature'],
}
