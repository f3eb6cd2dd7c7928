import { bundleCheck } from './bundle-check.ts'
import { definitionCheck } from './definition-checks.ts'
import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import type { ObjectCheck } from './element-check.ts'
import { extensionCheck } from './extension-check.ts'
import { openBindings, type OpenBinding } from './open-bindings.ts'
import { referenceForm } from './reference-syntax.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

/** What the specification asks of a type beyond its list of members, or nothing. */
export const specialCheck = (
  type: TypeDefinition,
  definitions: Definitions,
): ObjectCheck | undefined => {
  if (type.name === 'Reference') return reference
  if (type.name === 'Extension') return extension
  if (type.name === 'Attachment') return attachment
  if (type.name === 'CareTeam.participant') return participant
  return type.name === 'Bundle' ? bundleCheck : definitionCheck(type, definitions)
}

/** What one element asks of the value beyond its type: targets and required codes, or nothing. */
export const elementCheck = (
  element: ElementDefinition,
  definitions: Definitions,
): ObjectCheck | undefined => {
  if (element.type === 'Reference' && element.targets !== undefined) return target(element.targets)
  if (element.type !== 'CodeableConcept') return undefined
  const codings = definitions.codings.get(element.binding ?? '')
  const open = openBindings.get(element.binding ?? '')
  return codings !== undefined
    ? concept(codings)
    : open === undefined
      ? undefined
      : openConcept(open)
}

const typeNameLettersMax = 64

/** @see https://hl7.org/fhir/R4/references.html#Reference */
const reference: ObjectCheck = (node, walk) => {
  const text = node['reference']
  // Another kind than a string, and the empty string, are reported with the member.
  if (typeof text !== 'string' || text === '') return
  const { form, ...rest } = referenceForm(text)
  if (form === 'malformed') walk.report('value', 'reference-malformed', {}, 'reference')
  else if (form === 'unknown-type' && 'type' in rest)
    walk.report(
      'value',
      'reference-type-unknown',
      { found: rest.type.slice(0, typeNameLettersMax) },
      'reference',
    )
  else if (form === 'fragment' && text !== '#' && !walk.hasContained(text.slice(1)))
    walk.report('invariant', 'reference-contained-missing', {}, 'reference')
}

const target = (targets: readonly string[]): ObjectCheck => {
  const allowed = new Set(targets)
  return (node, walk) => {
    const text = node['reference']
    if (typeof text !== 'string') return
    const slash = text.indexOf('/')
    if (slash <= 0 || allowed.has(text.slice(0, slash))) return
    const form = referenceForm(text)
    if (form.form === 'literal')
      walk.report(
        'value',
        'reference-target',
        { found: form.type, expected: targets.join(', ') },
        'reference',
      )
  }
}

/** ext-1: "Must have either extensions or value[x], not both" */
const extension: ObjectCheck = (node, walk) => {
  let hasValue = false
  for (const name in node)
    if (name.startsWith('value') || name.startsWith('_value')) hasValue = true
  if (hasValue === (node['extension'] !== undefined)) walk.report('invariant', 'extension-content')
  else if (walk.profiles !== undefined) extensionCheck(node, walk, walk.profiles)
}

/** "The number of bytes of data that make up this attachment (before base64 encoding)" */
const attachment: ObjectCheck = ({ data, size }, walk) => {
  if (typeof data !== 'string' || typeof size !== 'number') return
  const written = data.replace(/[\s=]/g, '').length
  const found = Math.floor((written * 3) / 4)
  if (found !== size)
    walk.report('value', 'attachment-size', { expected: found, found: size }, 'size')
}

/** ctm-1, as far as a reference tells what it leads to: FHIRPath would have to follow it. */
const participant: ObjectCheck = ({ member, onBehalfOf }, walk) => {
  if (onBehalfOf === undefined || !isObject(member)) return
  const text = member['reference']
  const form = typeof text === 'string' ? referenceForm(text) : undefined
  const type = form?.form === 'literal' ? form.type : member['type']
  if (typeof type === 'string' && type !== 'Practitioner')
    walk.report('invariant', 'care-team-on-behalf-of', { found: type }, 'onBehalfOf')
}

const codesShownMax = 12

/**
 * "One of the coding values SHALL be from the specified value set."
 * @see https://hl7.org/fhir/R4/terminologies.html#required
 */
const concept = (codings: ReadonlyMap<string, ReadonlySet<string>>): ObjectCheck => {
  const all = [...codings.values()].flatMap(codes => [...codes])
  const expected = all.slice(0, codesShownMax).join(', ')
  const isBound = (coding: unknown): boolean =>
    isObject(coding) &&
    typeof coding['system'] === 'string' &&
    typeof coding['code'] === 'string' &&
    codings.get(coding['system'])?.has(coding['code']) === true
  return (node, walk) => {
    const coding = node['coding']
    if (Array.isArray(coding) ? coding.some(isBound) : isAbsent(node)) return
    walk.report('code-invalid', 'concept-not-bound', {
      expected,
      system: [...codings.keys()].join(', '),
    })
  }
}

/** The same for a code system that is a grammar. */
const openConcept =
  ({ system, expected, has }: OpenBinding): ObjectCheck =>
  (node, walk) => {
    const isBound = (coding: unknown): boolean =>
      isObject(coding) &&
      coding['system'] === system &&
      typeof coding['code'] === 'string' &&
      has(coding['code'])
    const coding = node['coding']
    if (Array.isArray(coding) ? coding.some(isBound) : isAbsent(node)) return
    walk.report('code-invalid', 'concept-not-bound', { expected, system })
  }

/** A concept that only says why it is absent, by an extension. */
const isAbsent = (node: JsonObject): boolean =>
  node['coding'] === undefined && node['text'] === undefined

/**
 * What holds only of a contained resource: it has an id, contains none itself, and has no life of its
 * own (dom-2, dom-4, dom-5).
 * @see https://hl7.org/fhir/R4/references.html#contained
 */
export const containedCheck: ObjectCheck = (resource, walk: Walk) => {
  if (resource['contained'] !== undefined)
    walk.report('invariant', 'contained-nested', {}, 'contained')
  if (resource['id'] === undefined) walk.report('required', 'contained-without-id', {}, 'id')
  const meta = resource['meta']
  if (!isObject(meta)) return
  for (const name of ['versionId', 'lastUpdated', 'security'])
    if (meta[name] !== undefined)
      walk.report('invariant', 'contained-meta', { name }, `meta.${name}`)
}

const stringsDepthMax = 64

/** Whether a resource says `wanted` anywhere. */
const says = (value: unknown, wanted: string, depth = 0): boolean => {
  // A narrative refers by attributes.
  if (typeof value === 'string') return value === wanted || value.includes(`"${wanted}"`)
  if (depth > stringsDepthMax) return false
  if (Array.isArray(value)) return value.some(item => says(item, wanted, depth + 1))
  return isObject(value) && Object.values(value).some(item => says(item, wanted, depth + 1))
}

/** dom-3: "If the resource is contained in another resource, it SHALL be referred to from elsewhere in the resource or SHALL refer to the containing resource" */
export const containedReferenceCheck: ObjectCheck = (resource, walk) => {
  const { contained } = resource
  if (!Array.isArray(contained)) return
  for (const [index, one] of contained.entries()) {
    const id: unknown = isObject(one) ? one['id'] : undefined
    if (typeof id !== 'string' || says(resource, `#${id}`) || says(one, '#')) continue
    walk.report('invariant', 'contained-unreferenced', {}, `contained[${index}]`)
  }
}
