/** The status of an answer, or several that are right, depending on which formats are served. */
type Accepted = number | readonly number[]

/**
 * Files of `09-bad-input/fhir-hostile` by where they are sent and the status they get: a resource to
 * its own type, bundles to the endpoint.
 */
export const hostilePayloads: Readonly<Record<string, Readonly<Record<string, Accepted>>>> = {
  Patient: {
    // R4 create: an id in the body is ignored; but it must be an id.
    'bad-id-65.json': 422,
    'bad-id-dotdot.json': 201,
    'bad-id-slash.json': 422,
    'bad-id-sql.json': 422,
    // 415 without XML; with it a declared entity, depth, and an encoding other than UTF-8 are refused.
    'billion-laughs.xml': [400, 415],
    'xml-deep.xml': [400, 415],
    'xml-gb18030.xml': [400, 415],
    // A processing instruction may be passed over or refused, and is never followed.
    'xml-pi-stylesheet.xml': [201, 400, 415],
    'contained-dangling.json': 422,
    'contained-nested.json': 422,
    'deep-array-200.json': 400,
    'deep-array-5000.json': 400,
    'deep-array-100000.json': 400,
    'deep-extension-100.json': 400,
    'deep-extension-5000.json': 400,
    'deep-extension-50000.json': 400,
    'dup-key-resourceType.json': 400,
    'empty-body.json': 400,
    'empty-element.json': 422,
    'empty-object.json': 400,
    'fullwidth-ideographic-space.json': 201,
    // 415 without compressed bodies; with them it is too large, or what is inside is refused.
    'gzip-bomb-50mb.json.gz': [413, 415, 422],
    // R4: a string has at most 1 MB.
    'huge-string-2mb.json': 422,
    'invalid-utf8-lone-continuation.json': 400,
    'many-identifiers-20k.json': 201,
    'narrative-script.json': 422,
    'null-body.json': 400,
    'null-value.json': 422,
    'primitive-ext-length.json': 422,
    'primitive-ext-ok.json': 201,
    'proto-resourceType.json': 400,
    'proto-resourceType2.json': 400,
    'string-body.json': 400,
    'string-boolean.json': 422,
    // An Observation sent to another type's address.
    'type-mismatch.json': 400,
    'utf16le.json': 400,
  },
  Observation: {
    'dup-key-subject.json': 400,
    'number-1e400.json': 422,
    'number-hex.json': 400,
    'number-int-2p53plus1.json': 201,
    'number-nan.json': 400,
    // Stored as written; nothing is fetched.
    'reference-ssrf.json': 201,
  },
  DocumentReference: {
    // Stored as written; nothing is opened.
    'attachment-url-file.json': 201,
  },
  Binary: { 'base64-bad.json': 422 },
  Bundle: { 'deep-contained-bundle-200.json': 400 },
  '': {
    'batch-50k.json': 413,
    'batch-url-traversal.json': 200,
    'tx-cyclic-refs.json': 200,
    'tx-same-resource-twice.json': 400,
    'tx-unresolved-urn.json': 400,
  },
}

/** Sent as PATCH: it takes from what no resource has. */
export const hostilePatches: readonly string[] = ['proto-pollution-jsonpatch-from.json']
