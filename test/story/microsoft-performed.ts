/** A bundle that is answered with 200. */
export interface PerformedBundle {
  /** What happens to each entry, where `microsoft-bundles.ts` does not say it. */
  readonly entries?: readonly string[]
  /** How many resources searches find afterwards. */
  readonly found: Readonly<Record<string, number>>
}

const created = (entries: number): string[] => Array.from({ length: entries }, () => '201')
const family = 'Patient?family=Chalmers'
const identified = (value: number): string => `Patient?identifier=${value}`
const patched = 'Patient?identifier=9F746C86-48B4-424D-9F92-1E46215E35D5&gender=female'

/**
 * What the bundles leave behind that are performed.
 * @see https://hl7.org/fhir/R4/http.html#brules
 */
export const performedBundles: Readonly<Record<string, PerformedBundle>> = {
  'Normative/Bundle-Batch.json': {
    found: { [family]: 4, [identified(234234)]: 1, [identified(456456)]: 1 },
  },
  // Two patches of what the second entry has made, one after the other.
  'Normative/Bundle-BatchWithDuplicatedItems.json': {
    found: { 'Patient?_id=tinglin-123&gender=female&birthdate=1975-12-25': 1 },
  },
  'Normative/Bundle-BatchWithInvalidEleEnums.json': { found: { [family]: 2 } },
  'Normative/Bundle-BatchWithConditionalUpdateByIdentifier.json': {
    found: { 'Patient?identifier=11788759296811': 0 },
  },
  'Normative/Bundle-BinaryPatch.json': { found: { [patched]: 1 } },
  'Normative/Bundle-FhirPatch.json': { found: { [patched]: 1 } },
  'Normative/Bundle-TransactionWithAllValidRoutes.json': { found: { [family]: 4 } },
  // Nothing matches either condition, so both create: the criteria are met once for all entries.
  'Normative/Bundle-TransactionWithConditionalReferenceReferringToSameResource.json': {
    found: { [identified(234234)]: 1, [identified(234259)]: 1 },
  },
  // `_meta-history` is a parameter of Microsoft's; R4 gives an update none, and it changes nothing.
  'Normative/Bundle-TransactionWithMetaHistory.json': {
    found: { 'MedicationRequest?_tag=metaHistoryTestTag': 1 },
  },
  // The fullUrl of a new Patient reads like the address of the other: they are two all the same.
  'Normative/Bundle-TransactionWithPOSTFullUrlMatchesWithPUTRequestUrl.json': {
    found: { [family]: 2 },
  },
  'Normative/Bundle-TransactionWithValidBundleEntry.json': { found: { [family]: 4 } },
  'Normative/Expand-ValueSets.json': {
    entries: created(2),
    found: { 'ValueSet?_id:missing=false': 2 },
  },
  // Not R4 everywhere: there, generalPractitioner and result repeat, and are arrays.
  'Normative/Includes-TestResources.json': {
    entries: [
      ...created(30),
      ...Array.from({ length: 10 }, () => '422 element-kind DiagnosticReport.result'),
      ...created(24),
    ],
    found: { 'Group?member=Patient/tinglin-patient1': 2 },
  },
  // The time of the AuditEvent has no zone, and most of what R4 asks of one is missing.
  'Normative/SearchDataBatch.json': {
    entries: [
      '201',
      '422 element-kind Patient.generalPractitioner',
      '422 element-kind Patient.generalPractitioner',
      ...created(6),
      '422 element-kind DiagnosticReport.result',
      '422 element-kind DiagnosticReport.result',
      ...created(3),
      [
        '422 value-not-instant AuditEvent.recorded element-required AuditEvent.type',
        'element-required AuditEvent.agent element-required AuditEvent.source',
      ].join(' '),
    ],
    found: { 'Observation?patient=tinglin-searchpatient1': 1 },
  },
  // An active search parameter is in force for all hospitals: only the exchange's operator adds one.
  'Normative/SearchParameter-USCoreIG.json': {
    entries: Array.from({ length: 3 }, () => '403 operator-only'),
    found: { 'SearchParameter?code=race': 0 },
  },
  'R4/Bundle-ChainingSortAndSearchValidation.json': {
    found: { 'HealthcareService?_id:missing=false': 15 },
  },
  // The compartment: the Patient and what is about them. R4 has no Device in it, not even their own.
  'R4/SmartPatientB.json': {
    entries: created(18),
    found: {
      'Patient/tinglin-smart-patient-B/*?_lastUpdated=gt2000': 15,
      'Patient/tinglin-smart-patient-B/Observation?status=final': 2,
      'Device?patient=tinglin-smart-patient-B': 1,
    },
  },
}
