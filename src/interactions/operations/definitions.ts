/** Where an operation can be asked for. */
export type OperationLevel = 'system' | 'type' | 'instance'

/** What is promised of one operation. */
export interface OperationDefinition {
  /** Without the `$`. */
  readonly name: string
  /** Canonical of its OperationDefinition. */
  readonly canonical: string
  readonly levels: readonly OperationLevel[]
  /** Absent: every type. */
  readonly resourceTypes?: readonly string[]
  /** True: it changes something, so it is asked for by POST alone. */
  readonly affectsState: boolean
}

/**
 * Every operation served, in the order of the CapabilityStatement. A new one is a line here and its
 * function in `perform-operation.ts`.
 * @see https://hl7.org/fhir/R4/operations.html
 */
export const operations = [
  {
    name: 'meta',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
    levels: ['system', 'type', 'instance'],
    affectsState: false,
  },
  {
    name: 'validate',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
    levels: ['type', 'instance'],
    affectsState: false,
  },
  {
    name: 'meta-add',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-add',
    levels: ['instance'],
    affectsState: true,
  },
  {
    name: 'meta-delete',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-delete',
    levels: ['instance'],
    affectsState: true,
  },
  {
    name: 'everything',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
    levels: ['instance'],
    resourceTypes: ['Patient'],
    affectsState: false,
  },
  {
    name: 'disclosures',
    canonical: 'urn:huizhen:OperationDefinition:Patient-disclosures',
    levels: ['instance'],
    resourceTypes: ['Patient'],
    affectsState: false,
  },
  {
    name: 'lastn',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
    levels: ['type'],
    resourceTypes: ['Observation'],
    affectsState: false,
  },
  {
    name: 'stats',
    canonical: 'http://hl7.org/fhir/OperationDefinition/Observation-stats',
    levels: ['type'],
    resourceTypes: ['Observation'],
    affectsState: false,
  },
  {
    name: 'enforcement-status',
    canonical: 'urn:huizhen:OperationDefinition:Consent-enforcement-status',
    levels: ['instance'],
    resourceTypes: ['Consent'],
    affectsState: false,
  },
  {
    name: 'explain-access',
    canonical: 'urn:huizhen:OperationDefinition:explain-access',
    levels: ['system'],
    affectsState: false,
  },
  {
    name: 'reindex',
    canonical: 'urn:huizhen:OperationDefinition:reindex',
    levels: ['system', 'instance'],
    resourceTypes: ['SearchParameter'],
    affectsState: true,
  },
  {
    name: 'reindex-status',
    canonical: 'urn:huizhen:OperationDefinition:reindex-status',
    levels: ['system'],
    affectsState: false,
  },
  {
    name: 'import',
    canonical: 'urn:huizhen:OperationDefinition:import',
    levels: ['system'],
    affectsState: true,
  },
  {
    name: 'import-status',
    canonical: 'urn:huizhen:OperationDefinition:import-status',
    levels: ['system'],
    affectsState: false,
  },
  {
    name: 'expand',
    canonical: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
    levels: ['type', 'instance'],
    resourceTypes: ['ValueSet'],
    affectsState: false,
  },
  {
    name: 'validate-code',
    canonical: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
    levels: ['type', 'instance'],
    resourceTypes: ['ValueSet'],
    affectsState: false,
  },
  {
    name: 'validate-code',
    canonical: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
    levels: ['type', 'instance'],
    resourceTypes: ['CodeSystem'],
    affectsState: false,
  },
  {
    name: 'lookup',
    canonical: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
    levels: ['type'],
    resourceTypes: ['CodeSystem'],
    affectsState: false,
  },
  {
    name: 'subsumes',
    canonical: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
    levels: ['type', 'instance'],
    resourceTypes: ['CodeSystem'],
    affectsState: false,
  },
  {
    name: 'translate',
    canonical: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
    levels: ['type', 'instance'],
    resourceTypes: ['ConceptMap'],
    affectsState: false,
  },
  {
    name: 'break-glass',
    canonical: 'urn:huizhen:OperationDefinition:Patient-break-glass',
    levels: ['instance'],
    resourceTypes: ['Patient'],
    affectsState: true,
  },
  {
    name: 'transition',
    canonical: 'urn:huizhen:OperationDefinition:Task-transition',
    levels: ['instance'],
    resourceTypes: ['Task'],
    affectsState: true,
  },
  {
    name: 'export',
    canonical: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export',
    levels: ['system'],
    affectsState: false,
  },
  {
    name: 'export',
    canonical: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export',
    levels: ['type'],
    resourceTypes: ['Patient'],
    affectsState: false,
  },
  {
    name: 'export',
    canonical: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export',
    levels: ['instance'],
    resourceTypes: ['Group'],
    affectsState: false,
  },
] as const satisfies readonly OperationDefinition[]

export type OperationName = (typeof operations)[number]['name']

/** The operations that can be asked for on a level; on a type or instance, those of that type. */
export const operationsAt = (
  level: OperationLevel,
  resourceType?: string,
): readonly (OperationDefinition & { readonly name: OperationName })[] => {
  const known: readonly (OperationDefinition & { readonly name: OperationName })[] = operations
  return known.filter(
    ({ levels, resourceTypes }) =>
      levels.includes(level) &&
      (resourceType === undefined || (resourceTypes?.includes(resourceType) ?? true)),
  )
}
