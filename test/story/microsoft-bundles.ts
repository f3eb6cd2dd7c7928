/** What one posted Bundle of the files comes to, and why. */
export interface Expected {
  readonly why: string
  readonly status: number
  /** The status of each entry, or each fault: code and element. */
  readonly said: readonly string[]
}

/** By the name of the file; each is posted to a server that has none of its patients. */
export const bundles: Readonly<Record<string, Expected>> = {
  'Bundle-Batch.json': {
    why: 'each entry on its own; the operation is not served, the tag is of no version',
    status: 200,
    said: [
      '201',
      '201',
      '201',
      '201',
      '412 version-mismatch',
      '204',
      '204',
      '404 operation-unknown Bundle.entry[7].request',
      '200',
      '404 not-found',
    ],
  },
  'Bundle-BatchWithConditionalUpdateByIdentifier.json': {
    why: 'an empty system is no uri',
    status: 200,
    said: [
      '422 element-empty Patient.identifier[0].system',
      '422 element-empty Patient.identifier[0].system',
      '422 element-empty Patient.identifier[0].system',
      '422 element-empty Patient.identifier[0].system',
    ],
  },
  'Bundle-BatchWithDuplicatedItems.json': {
    why: 'entries on one resource are done in their order',
    status: 200,
    said: [
      '201',
      '201',
      '200',
      '200',
      '204',
      '204',
      '404 operation-unknown Bundle.entry[6].request',
      '200',
      '404 not-found',
    ],
  },
  'Bundle-BatchWithInvalidEleEnums.json': {
    why: 'the faulty entries fail alone',
    status: 200,
    said: [
      '422 element-unknown Patient.gender1 element-unknown Patient.birthDate1',
      '201',
      '422 element-unknown Patient.gender1',
      '201',
      '422 element-unknown Patient.name[0].use1',
      '204',
      '204',
      '404 operation-unknown Bundle.entry[7].request',
      '200',
      '404 not-found',
    ],
  },
  'Bundle-BinaryPatch.json': { why: 'a JSON Patch in a Binary', status: 200, said: ['201', '200'] },
  'Bundle-FhirPatch.json': {
    why: 'a FHIRPath Patch into a choice of types',
    status: 200,
    said: ['201', '200', '200'],
  },
  'Bundle-InvalidBundleType.json': {
    why: 'no such type',
    status: 400,
    said: ['bundle-type-invalid Bundle.type'],
  },
  'Bundle-MissingIdentifier.json': {
    why: 'a PUT to a type has neither id nor criteria',
    status: 200,
    said: ['400 criteria-missing'],
  },
  'Bundle-Transaction.json': {
    why: '$lookup is not served, and a transaction is all or nothing',
    status: 404,
    said: ['operation-unknown Bundle.entry[7].request'],
  },
  'Bundle-TransactionForRollBack.json': {
    why: 'reads what is not there: the create is undone',
    status: 404,
    said: ['not-found Bundle.entry[1]'],
  },
  'Bundle-TransactionForRollBackWithDelete.json': {
    why: 'the id of the last entry is another one than its address says',
    status: 400,
    said: ['id-mismatch Bundle.entry[2].resource.id'],
  },
  'Bundle-TransactionWithAllValidRoutes.json': {
    why: 'every kind of entry',
    status: 200,
    said: ['201', '201', '201', '201', '200', '200'],
  },
  'Bundle-TransactionWithConditionalCreateAndReference.json': {
    why: 'an empty system; an ImagingStudy without mandatory elements',
    status: 422,
    said: [
      'element-empty Bundle.entry[0].resource.identifier[0].system',
      'element-required Bundle.entry[1].resource.series[0].instance[0].sopClass',
      'element-required Bundle.entry[1].resource.series[0].modality',
    ],
  },
  'Bundle-TransactionWithConditionalReferenceInResourceBody.json': {
    why: 'nobody meets the criteria',
    status: 400,
    said: ['reference-no-match Bundle.entry[0].resource.subject.reference'],
  },
  'Bundle-TransactionWithConditionalReferenceReferringToSameResource.json': {
    why: 'POST comes before PUT, and what it makes does not meet the criteria of either',
    status: 200,
    said: ['201', '201'],
  },
  'Bundle-TransactionWithConditionalUpdateAndReference.json': {
    why: 'as its sister with a conditional create',
    status: 422,
    said: [
      'element-empty Bundle.entry[0].resource.identifier[0].system',
      'element-required Bundle.entry[1].resource.series[0].instance[0].sopClass',
      'element-required Bundle.entry[1].resource.series[0].modality',
    ],
  },
  'Bundle-TransactionWithForeignReferenceInResourceBody.json': {
    why: 'a urn:uuid of no entry',
    status: 400,
    said: ['reference-unresolved Bundle.entry[0].resource.subject.reference'],
  },
  'Bundle-TransactionWithInvalidBundleEntry.json': {
    why: 'not JSON, on purpose',
    status: 400,
    said: ['json-malformed'],
  },
  'Bundle-TransactionWithInvalidProcessingRecord.json': {
    why: 'a PUT without an id in its body',
    status: 400,
    said: ['id-mismatch Bundle.entry[5].resource.id'],
  },
  'Bundle-TransactionWithInvalidProcessingRoutes.json': {
    why: '$lookup is not served',
    status: 404,
    said: ['operation-unknown Bundle.entry[1].request'],
  },
  'Bundle-TransactionWithInvalidResourceType.json': {
    why: 'a reference to a type that is none',
    status: 422,
    said: ['reference-malformed Bundle.entry[0].resource.subject.reference'],
  },
  'Bundle-TransactionWithMetaHistory.json': {
    why: 'an update that creates; a parameter of its makers stays without effect',
    status: 200,
    said: ['201'],
  },
  'Bundle-TransactionWithMultipleEntriesModifyingSameResource.json': {
    why: 'already the PUT has no id in its body',
    status: 400,
    said: ['id-mismatch Bundle.entry[1].resource.id'],
  },
  'Bundle-TransactionWithMultipleResourcesWithSameFullUrl.json': {
    why: 'already $lookup is not served',
    status: 404,
    said: ['operation-unknown Bundle.entry[3].request'],
  },
  'Bundle-TransactionWithPOSTFullUrlMatchesWithPUTRequestUrl.json': {
    why: 'two different identities',
    status: 200,
    said: ['201', '201'],
  },
  'Bundle-TransactionWithValidBundleEntry.json': {
    why: 'nothing wrong',
    status: 200,
    said: ['201', '201', '201', '201'],
  },
  'Bundle-TypeMissing.json': {
    why: 'a Bundle to the endpoint says what it is',
    status: 400,
    said: ['bundle-type-invalid Bundle.type'],
  },
  'Bundle-ChainingSortAndSearchValidation.json': {
    why: 'nothing wrong',
    status: 200,
    said: Array.from({ length: 29 }, () => '201'),
  },
  'Bundle-TransactionWithReferenceInResourceBody.json': {
    why: 'nobody meets the criteria',
    status: 400,
    said: ['reference-no-match Bundle.entry[0].resource.subject.reference'],
  },
}
