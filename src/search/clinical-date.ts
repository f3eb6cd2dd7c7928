/**
 * The one date parameter of a type that is kept on the resource's own row, as `date_low` and
 * `date_high`: what a clinician sorts a patient's record by. Types not listed use the parameter
 * `date`, if they have one whose element cannot repeat. Condition has onset-date and nothing in its
 * place: a recorded date there would answer a search for the onset.
 */
const clinicalDates: Readonly<Record<string, string>> = {
  ChargeItem: 'occurrence',
  Claim: 'created',
  ClaimResponse: 'created',
  Communication: 'sent',
  CommunicationRequest: 'authored',
  Condition: 'onset-date',
  CoverageEligibilityRequest: 'created',
  CoverageEligibilityResponse: 'created',
  DetectedIssue: 'identified',
  DeviceRequest: 'authored-on',
  DocumentManifest: 'created',
  ExplanationOfBenefit: 'created',
  Goal: 'start-date',
  ImagingStudy: 'started',
  Media: 'created',
  MedicationAdministration: 'effective-time',
  MedicationDispense: 'whenhandedover',
  MedicationRequest: 'authoredon',
  MedicationStatement: 'effective',
  NutritionOrder: 'datetime',
  Provenance: 'recorded',
  QuestionnaireResponse: 'authored',
  RequestGroup: 'authored',
  ServiceRequest: 'authored',
  Slot: 'start',
  Specimen: 'collected',
  Task: 'authored-on',
  VisionPrescription: 'datewritten',
}

/** The code of the clinical date's search parameter for a type, whether the type has it or not. */
export const clinicalDateCode = (resourceType: string): string =>
  clinicalDates[resourceType] ?? 'date'
