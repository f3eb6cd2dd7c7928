import type { BundleEntry } from './own-bundle.ts'

/** A bundle with the one thing put right that refuses it, or sent where what it needs is there. */
export interface RepairedBundle {
  readonly name: string
  readonly title: string
  /** Patients that are there before. */
  readonly given?: readonly { readonly id: string; readonly [element: string]: unknown }[]
  readonly repair?: (entries: BundleEntry[]) => void
  /** The reasons it is refused for now. */
  readonly refused?: readonly string[]
  /** What happens to each entry now. */
  readonly entries?: readonly string[]
  /** How many resources searches find afterwards. */
  readonly found?: Readonly<Record<string, number>>
}

const patient = (id: string, identifier: { system?: string; value: string }) => ({
  ...{ resourceType: 'Patient', id, identifier: [identifier] },
})
const ids = 'http:/example.org/fhir/ids'

/** Gives the identifier a system that is left out instead of empty, and the study what R4 asks of it. */
const asR4 = (entries: BundleEntry[]): void => {
  const [known, study] = entries.map(({ resource }) => resource)
  delete known.identifier[0].system
  study.series[0].modality = { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' }
  study.series[0].instance[0].sopClass = { system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.840' }
}
const studied = { 'ImagingStudy?patient.identifier=11788759296811': 1 }

/**
 * What the bundles are meant to show, behind the fault that hides it.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export const repairedBundles: readonly RepairedBundle[] = [
  {
    name: 'Normative/Bundle-TransactionWithMultipleResourcesWithSameFullUrl.json',
    title: 'without the unknown operation, the resource that two entries write is refused',
    repair: entries => void entries.splice(3, 1),
    refused: ['400 bundle-duplicate-identity Bundle.entry[1]'],
  },
  {
    name: 'Normative/Bundle-TransactionWithMultipleEntriesModifyingSameResource.json',
    title: 'with the missing id, two entries on one resource are refused',
    repair: entries => void (entries[1]!.resource.id = 'tinglin-123'),
    refused: ['400 bundle-duplicate-identity Bundle.entry[2]'],
  },
  {
    name: 'Normative/Bundle-TransactionForRollBackWithDelete.json',
    title: 'with the id put right, If-Match fails, and the deleted Patient is still there',
    given: [patient('tinglin-patient-rollback-0', { value: '0' })],
    repair: entries => void (entries[2]!.resource.id = 'tinglin-observation-rollback-1'),
    refused: ['412 version-mismatch Bundle.entry[1]'],
    found: { 'Patient?_id=tinglin-patient-rollback-0': 1 },
  },
  {
    name: 'Normative/Bundle-TransactionForRollBackWithDelete.json',
    title: 'without conditions, one Patient is deleted and the other resources are there',
    given: [patient('tinglin-patient-rollback-0', { value: '0' })],
    repair: entries => {
      entries[2]!.resource.id = 'tinglin-observation-rollback-1'
      for (const { request } of entries) delete request.ifMatch
    },
    entries: ['204', '201', '201'],
    found: {
      'Patient?_id=tinglin-patient-rollback-0': 0,
      'Observation?patient=tinglin-patient-rollback-1': 1,
    },
  },
  {
    name: 'Normative/Bundle-TransactionWithInvalidProcessingRecord.json',
    title: 'without the Binary, the Encounters refer to the Patient that the last entry creates',
    repair: entries => void entries.splice(5, 1),
    entries: ['201', '201', '201', '201', '201', '201'],
    found: { 'Encounter?patient.identifier=MRN-12345': 5 },
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalCreateAndReference.json',
    title: 'as R4 wants it, the study refers to the Patient created',
    repair: asR4,
    entries: ['201', '201'],
    found: studied,
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalCreateAndReference.json',
    title: 'where the Patient is known, the study refers to that one',
    given: [patient('tinglin-known', { value: '11788759296811' })],
    repair: asR4,
    entries: ['200', '201'],
    found: { ...studied, 'ImagingStudy?patient=tinglin-known': 1 },
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalUpdateAndReference.json',
    title: 'as R4 wants it, the study refers to the Patient updated',
    given: [{ ...patient('tinglin-known', { value: '11788759296811' }), gender: 'male' }],
    repair: asR4,
    entries: ['200', '201'],
    found: { ...studied, 'Patient?_id=tinglin-known&gender:missing=true': 1 },
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalReferenceInResourceBody.json',
    title: 'where one Patient matches, both Observations refer to it',
    given: [patient('tinglin-known', { value: '12345' })],
    entries: ['201', '201'],
    found: { 'Observation?patient=tinglin-known': 2 },
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalReferenceInResourceBody.json',
    title: 'where two Patients match, it is refused',
    given: [
      patient('tinglin-known', { value: '12345' }),
      patient('tinglin-other', { system: ids, value: '12345' }),
    ],
    refused: ['412 reference-many-matches Bundle.entry[0].resource.subject.reference'],
  },
  {
    name: 'R4/Bundle-TransactionWithReferenceInResourceBody.json',
    title: 'where the Patient is known, all six entries are created',
    given: [patient('tinglin-known', { system: ids, value: '234234' })],
    entries: ['201', '201', '201', '201', '201', '201'],
    found: { 'Observation?patient=tinglin-known': 2 },
  },
  {
    name: 'Normative/Bundle-TransactionWithConditionalReferenceReferringToSameResource.json',
    title: 'where the Patient is known, it is updated, and the conditional create gives it back',
    given: [patient('tinglin-known', { system: ids, value: '234234' })],
    entries: ['200', '200'],
    found: { 'Patient?identifier=234234': 1, 'Patient?identifier=234259': 0 },
  },
  {
    name: 'Normative/Bundle-Transaction.json',
    title: 'without the unknown operation, the update of what is not there fails by its If-Match',
    repair: entries => void entries.splice(7, 1),
    refused: ['412 version-mismatch Bundle.entry[4]'],
  },
]
