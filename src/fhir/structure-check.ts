import type { Definitions } from './definitions.ts'
import type { ObjectCheck } from './element-check.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/'
const basesMax = 20

/**
 * What a profile must have right to be checked by: its elements are elements of R4, what it slices by
 * is in what it slices, and an extension that builds on another does not keep that one's url.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
export const structureCheck =
  (definitions: Definitions): ObjectCheck =>
  (node, walk) => {
    const { kind, derivation, type, differential } = node
    if (derivation !== 'constraint' || (kind !== 'resource' && kind !== 'complex-type')) return
    if (typeof type !== 'string' || !definitions.types.has(type)) return
    const elements: unknown = isObject(differential) ? differential['element'] : undefined
    if (!Array.isArray(elements)) return
    for (const [at, element] of elements.entries()) {
      if (!isObject(element) || typeof element['path'] !== 'string') continue
      const place = `differential.element[${at}]`
      const types = typesAt(element['path'], type, definitions)
      if (types === undefined)
        walk.report('value', 'profile-path-unknown', { type }, `${place}.path`)
      else checkSlicing(element, types, { walk, place, definitions })
    }
    if (type === 'Extension') checkUrl(node, walk)
  }

/** Types of R4 that a path leads to; undefined when R4 has no such element. */
const typesAt = (
  path: string,
  root: string,
  definitions: Definitions,
): readonly string[] | undefined => {
  const [first, ...steps] = path.split('.')
  if (first !== root) return undefined
  let types: readonly string[] = [root]
  for (const step of steps) {
    if (types.includes('Resource')) return types
    const below = types.flatMap(type => formsOf(type, step, definitions))
    if (below.length === 0) return undefined
    types = below
  }
  return types
}

const formsOf = (type: string, step: string, definitions: Definitions): readonly string[] => {
  const definition = definitions.types.get(type)
  if (definition?.kind === 'primitive' && step === 'value') return ['string']
  const choice = step.replace('[x]', '')
  return [...(definition?.elements.values() ?? [])]
    .filter(element => element.name === step || element.choice === choice)
    .map(element => element.type)
}

interface Place {
  readonly walk: Walk
  readonly place: string
  readonly definitions: Definitions
}

const checkSlicing = (
  { slicing }: JsonObject,
  types: readonly string[],
  { walk, place, definitions }: Place,
): void => {
  const list: unknown = isObject(slicing) ? slicing['discriminator'] : undefined
  if (!Array.isArray(list) || types.includes('Resource')) return
  for (const [at, discriminator] of list.entries()) {
    const path: unknown = isObject(discriminator) ? discriminator['path'] : undefined
    const step =
      typeof path === 'string' ? /^(?:\$this\.)?([A-Za-z]+)(?:\.|$)/.exec(path)?.[1] : undefined
    if (step === undefined || types.some(type => formsOf(type, step, definitions).length > 0))
      continue
    const found = `${place}.slicing.discriminator[${at}].path`
    walk.report('value', 'profile-discriminator-unknown', { expected: types.join(', ') }, found)
  }
}

/** The url that a base fixes cannot be that of what builds on it. */
const checkUrl = ({ url, baseDefinition }: JsonObject, walk: Walk): void => {
  let canonical = baseDefinition
  for (let count = 0; count < basesMax; count++) {
    if (typeof canonical !== 'string' || canonical === `${coreUrl}Extension` || canonical === url)
      return
    const base = walk.profiles?.source(canonical)
    const line = (base?.differential ?? base?.snapshot)?.find(({ id }) => id === 'Extension.url')
    if (line?.fixed !== undefined && line.fixed !== url) {
      walk.report('invariant', 'extension-url-fixed', {}, 'baseDefinition')
      return
    }
    canonical = base?.base
  }
}
