/** Every bound of the FHIR interface, unit last. Each refusal names the one it met. */
export const limits = {
  bodyBytesMax: 64 * 1024 * 1024,
  jsonDepthMax: 64,
  bundleEntriesMax: 10_000,
  pageSizeDefault: 50,
  pageSizeMax: 1000,
  includedResourcesMax: 5000,
  includeParametersMax: 20,
  searchParametersMax: 100,
  orValuesMax: 10_000,
  chainHopsMax: 1,
  sortKeysMax: 4,
  cursorAgeSecondsMax: 24 * 3600,
  issuesMax: 100,
  writeRetriesMax: 5,
} as const
