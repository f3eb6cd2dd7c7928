/** Which resources belong to what: per compartment, types and the parameters that name its owner. */
const written: Readonly<Record<string, readonly (readonly [types: string, codes: string])[]>> = {
  Device: [
    ['Account DiagnosticReport Media Specimen', 'subject'],
    ['Appointment AppointmentResponse Schedule', 'actor'],
    ['AuditEvent Provenance', 'agent'],
    ['ChargeItem', 'enterer performer-actor'],
    ['Claim ExplanationOfBenefit', 'procedure-udi item-udi detail-udi subdetail-udi'],
    ['Communication CommunicationRequest', 'sender recipient'],
    ['Composition DetectedIssue Flag QuestionnaireResponse RequestGroup', 'author'],
    ['DeviceRequest', 'device subject requester performer'],
    ['DeviceUseStatement MedicationAdministration', 'device'],
    ['DocumentManifest DocumentReference', 'subject author'],
    ['Group', 'member'],
    ['Invoice', 'participant'],
    ['List', 'subject source'],
    ['MessageHeader', 'target'],
    ['Observation', 'subject device'],
    ['RiskAssessment', 'performer'],
    ['ServiceRequest', 'performer requester'],
    ['SupplyRequest', 'requester'],
  ],
  Encounter: [
    [
      'CarePlan CareTeam Claim ClinicalImpression Communication CommunicationRequest Composition Condition DeviceRequest DiagnosticReport DocumentReference ExplanationOfBenefit Media MedicationRequest NutritionOrder Observation Procedure QuestionnaireResponse RequestGroup ServiceRequest VisionPrescription',
      'encounter',
    ],
    ['ChargeItem MedicationAdministration', 'context'],
    ['DocumentManifest', 'related-ref'],
  ],
  Patient: [
    [
      'Account AdverseEvent ChargeItem ClinicalImpression DeviceUseStatement DiagnosticReport EnrollmentRequest Media MedicationRequest MedicationStatement RiskAssessment Specimen SupplyRequest',
      'subject',
    ],
    ['AllergyIntolerance', 'patient recorder asserter'],
    ['Appointment AppointmentResponse Schedule', 'actor'],
    [
      'AuditEvent BodyStructure ClaimResponse Consent CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Encounter EpisodeOfCare FamilyMemberHistory Flag Goal ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation MeasureReport MolecularSequence NutritionOrder Person Provenance RelatedPerson SupplyDelivery VisionPrescription',
      'patient',
    ],
    ['Basic', 'patient author'],
    ['CarePlan Procedure', 'patient performer'],
    ['CareTeam', 'patient participant'],
    ['Claim ExplanationOfBenefit', 'patient payee'],
    ['Communication', 'subject sender recipient'],
    ['CommunicationRequest', 'subject sender recipient requester'],
    ['Composition', 'subject author attester'],
    ['Condition', 'patient asserter'],
    ['Coverage', 'policy-holder subscriber beneficiary payor'],
    ['DeviceRequest Observation ServiceRequest', 'subject performer'],
    ['DocumentManifest', 'subject author recipient'],
    ['DocumentReference QuestionnaireResponse', 'subject author'],
    ['Group', 'member'],
    ['Invoice', 'subject patient recipient'],
    ['List', 'subject source'],
    ['MedicationAdministration', 'patient performer subject'],
    ['MedicationDispense', 'subject patient receiver'],
    ['Patient', 'link'],
    ['RequestGroup', 'subject participant'],
    ['ResearchSubject', 'individual'],
  ],
  Practitioner: [
    ['Account', 'subject'],
    ['AdverseEvent', 'recorder'],
    ['AllergyIntolerance', 'recorder asserter'],
    ['Appointment AppointmentResponse Schedule', 'actor'],
    ['AuditEvent Provenance', 'agent'],
    ['Basic DetectedIssue Flag Linkage', 'author'],
    [
      'CarePlan DiagnosticReport Immunization MedicationAdministration Observation Procedure RiskAssessment',
      'performer',
    ],
    ['CareTeam Invoice', 'participant'],
    ['ChargeItem', 'enterer performer-actor'],
    ['Claim ExplanationOfBenefit', 'enterer provider payee care-team'],
    ['ClaimResponse CoverageEligibilityResponse PaymentReconciliation', 'requestor'],
    ['ClinicalImpression', 'assessor'],
    ['Communication', 'sender recipient'],
    ['CommunicationRequest', 'sender recipient requester'],
    ['Composition', 'subject author attester'],
    ['Condition', 'asserter'],
    ['CoverageEligibilityRequest', 'enterer provider'],
    ['DeviceRequest', 'requester performer'],
    ['DocumentManifest', 'subject author recipient'],
    ['DocumentReference', 'subject author authenticator'],
    ['Encounter', 'practitioner participant'],
    ['EpisodeOfCare', 'care-manager'],
    ['Group', 'member'],
    ['List MedicationStatement', 'source'],
    ['Media', 'subject operator'],
    ['MedicationDispense', 'performer receiver'],
    ['MedicationRequest SupplyRequest', 'requester'],
    ['MessageHeader', 'receiver author responsible enterer'],
    ['NutritionOrder PaymentNotice', 'provider'],
    ['Patient', 'general-practitioner'],
    ['Person PractitionerRole', 'practitioner'],
    ['QuestionnaireResponse', 'author source'],
    ['RequestGroup', 'participant author'],
    ['ResearchStudy', 'principalinvestigator'],
    ['ServiceRequest', 'performer requester'],
    ['Specimen', 'collector'],
    ['SupplyDelivery', 'supplier receiver'],
    ['VisionPrescription', 'prescriber'],
  ],
  RelatedPerson: [
    ['AdverseEvent', 'recorder'],
    ['AllergyIntolerance Condition', 'asserter'],
    ['Appointment AppointmentResponse Schedule', 'actor'],
    ['Basic Composition DocumentReference', 'author'],
    ['CarePlan MedicationAdministration Observation Procedure ServiceRequest', 'performer'],
    ['CareTeam Encounter RequestGroup', 'participant'],
    ['ChargeItem', 'enterer performer-actor'],
    ['Claim ExplanationOfBenefit', 'payee'],
    ['Communication', 'sender recipient'],
    ['CommunicationRequest', 'sender recipient requester'],
    ['Coverage', 'policy-holder subscriber payor'],
    ['DocumentManifest', 'author recipient'],
    ['Invoice', 'recipient'],
    ['MedicationStatement', 'source'],
    ['Patient Person', 'link'],
    ['Provenance', 'agent'],
    ['QuestionnaireResponse', 'author source'],
    ['SupplyRequest', 'requester'],
  ],
}

/** The types that have a compartment, in the order of their names. */
export const compartmentTypes: readonly string[] = Object.keys(written).sort()

const byCompartment: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map(
  Object.entries(written).map(([compartment, lines]) => [
    compartment,
    new Map(
      lines.flatMap(([types, codes]) =>
        types.split(' ').map(type => [type, codes.split(' ')] as const),
      ),
    ),
  ]),
)

/**
 * The search parameters by which resources of a type belong to a compartment; undefined when none
 * of that type does. Empty for the owner itself, where nothing else of its type belongs to it.
 * @see https://hl7.org/fhir/R4/compartmentdefinition.html
 */
export const compartmentParameters = (
  compartment: string,
  resourceType: string,
): readonly string[] | undefined =>
  byCompartment.get(compartment)?.get(resourceType) ??
  (byCompartment.has(compartment) && compartment === resourceType ? [] : undefined)

/** Every type with members in a compartment, by name. */
export const compartmentMembers = (compartment: string): readonly string[] =>
  [...new Set([...(byCompartment.get(compartment)?.keys() ?? []), compartment])].sort()
