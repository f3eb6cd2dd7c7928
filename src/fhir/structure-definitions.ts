import type {
  ElementDefinition as R4Element,
  ElementDefinitionType as R4ElementType,
  StructureDefinition,
} from '@medplum/fhirtypes'
import type { ElementDefinition, TypeDefinition } from './definitions.ts'
import { openBindings } from './open-bindings.ts'

const maxValueSet = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet'
const fhirTypeExtension = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const typeUrl = 'http://hl7.org/fhir/StructureDefinition/'

/**
 * One StructureDefinition as the types it defines: itself, and one backbone type for every element
 * that has children of its own. Used by the build.
 * @see https://hl7.org/fhir/R4/structuredefinition.html
 */
export const compileStructure = (structure: StructureDefinition): TypeDefinition[] => {
  const elements = structure.snapshot?.element ?? []
  const childrenOf = new Map<string, R4Element[]>()
  for (const element of elements.slice(1)) {
    const parent = element.path.slice(0, element.path.lastIndexOf('.'))
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), element])
  }
  const isPrimitive = structure.kind === 'primitive-type'
  return [...childrenOf].map(([path, children]) => ({
    name: path,
    kind: path !== structure.type ? 'backbone' : kindOf(structure),
    elements: new Map(
      children
        .filter(child => !(isPrimitive && child.path.endsWith('.value')))
        .flatMap(child => forms(child, childrenOf.has(child.path)))
        .map(form => [form.name, form]),
    ),
  }))
}

const kindOf = ({ kind }: StructureDefinition): TypeDefinition['kind'] =>
  kind === 'primitive-type' ? 'primitive' : kind === 'resource' ? 'resource' : 'datatype'

/** The JSON members an element may appear as: one, or one per type of a choice. */
const forms = (element: R4Element, hasChildren: boolean): ElementDefinition[] => {
  const max = element.base?.max ?? element.max
  const name = element.path.slice(element.path.lastIndexOf('.') + 1)
  const shape = {
    min: Number(element.min),
    max: element.max === '*' ? null : Number(element.max),
    isArray: max !== '1',
    ...(element.isSummary === true ? { isSummary: true as const } : {}),
    ...(element.isModifier === true ? { isModifier: true as const } : {}),
  }
  if (element.contentReference !== undefined)
    return [{ name, type: element.contentReference.replace(/^.*#/, ''), ...shape }]
  if (hasChildren) return [{ name, type: element.path, ...shape }]
  const types = element.type ?? []
  const choice = name.endsWith('[x]') ? name.slice(0, -3) : undefined
  return types.map(type => ({
    name: choice === undefined ? name : choice + type.code![0]!.toUpperCase() + type.code!.slice(1),
    type: typeName(element, type),
    ...shape,
    ...(choice === undefined ? {} : { choice }),
    ...targetsOf(type),
    ...bindingOf(element, type),
  }))
}

const typeName = (element: R4Element, type: R4ElementType): string => {
  // 4.0.1 types Resource.id as "string"; the text and the primitive tables say id.
  // @see https://hl7.org/fhir/R4/resource-definitions.html#Resource.id
  if (element.base?.path === 'Resource.id') return 'id'
  const stated = type.extension?.find(extension => extension.url === fhirTypeExtension)
  return stated?.valueUrl ?? type.code!.replace(/^.*System\.String$/, 'string')
}

const targetsOf = (type: R4ElementType): Pick<ElementDefinition, 'targets'> => {
  if (type.code !== 'Reference' && type.code !== 'canonical') return {}
  const targets = (type.targetProfile ?? [])
    .filter(profile => profile.startsWith(typeUrl))
    .map(profile => profile.slice(typeUrl.length))
  return targets.length === 0 || targets.includes('Resource') ? {} : { targets }
}

const bindable = new Set([
  'code',
  'Coding',
  'CodeableConcept',
  'Quantity',
  'string',
  'uri',
  'canonical',
])

const bindingOf = (element: R4Element, type: R4ElementType): Pick<ElementDefinition, 'binding'> => {
  const { strength, valueSet, extension } = element.binding ?? {}
  // A preferred list with a value set that no code may be outside of.
  const widest = extension?.find(({ url }) => url === maxValueSet)?.valueCanonical
  if (type.code === 'code' && widest !== undefined && openBindings.has(widest))
    return { binding: widest }
  if (strength !== 'required' || valueSet === undefined || !bindable.has(type.code!)) return {}
  return { binding: valueSet.replace(/\|.*$/, '') }
}
