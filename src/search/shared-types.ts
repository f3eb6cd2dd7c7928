/** The directory every hospital sees: who and where, and what terms and forms mean. No patient data. */
const shared: ReadonlySet<string> = new Set([
  ...['Organization', 'Location', 'Practitioner', 'PractitionerRole', 'HealthcareService'],
  ...['Endpoint', 'Questionnaire', 'CapabilityStatement', 'CodeSystem', 'CompartmentDefinition'],
  ...['ConceptMap', 'ExampleScenario', 'GraphDefinition', 'ImplementationGuide'],
  ...['MessageDefinition', 'NamingSystem', 'OperationDefinition', 'SearchParameter'],
  ...['StructureDefinition', 'StructureMap', 'TerminologyCapabilities', 'ValueSet'],
])

/** Whether every hospital sees resources of this type, whoever wrote them. */
export const isSharedType = (resourceType: string): boolean => shared.has(resourceType)

/** Shared as long as no patient is named: stock items, not what somebody was given. */
const sharedWithoutPatient: ReadonlySet<string> = new Set(['Medication', 'Substance'])

export const isSharedWithoutPatient = (resourceType: string): boolean =>
  sharedWithoutPatient.has(resourceType)

/**
 * Never seen by another hospital, whatever a consent says: they hold decisions about access, bridge
 * identities, or wrap other resources whose own rules would be lost.
 */
const internal: ReadonlySet<string> = new Set([
  ...['Consent', 'AuditEvent', 'Provenance', 'Flag', 'Person', 'Linkage', 'Basic'],
  ...['Parameters', 'List', 'Group', 'Composition', 'Bundle', 'Binary'],
])

/** Of those, what a patient sees of the own record: what was agreed, and where a record comes from. */
const openToPatients: ReadonlySet<string> = new Set(['Consent', 'Provenance', 'Flag'])

/** Whether a patient sees resources of this type that name this patient alone. */
export const isOpenToPatient = (resourceType: string): boolean =>
  !internal.has(resourceType) || openToPatients.has(resourceType)

export const isInternalType = (resourceType: string): boolean => internal.has(resourceType)
