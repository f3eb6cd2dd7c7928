import { conceptMapCheck } from './concept-map-check.ts'
import type { Definitions, TypeDefinition } from './definitions.ts'
import type { ObjectCheck } from './element-check.ts'
import { structureCheck } from './structure-check.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

const absolute = /^[a-z][a-z0-9+.-]*:/i

/** "An absolute URI that is used to identify this": what names a definition, or a code system in it. */
const absoluteMember =
  (name: string): ObjectCheck =>
  (node, walk) => {
    const value = node[name]
    if (typeof value === 'string' && value !== '' && !absolute.test(value))
      walk.report('value', 'uri-not-absolute', { name }, name)
  }

const url = absoluteMember('url')
const system = absoluteMember('system')

const questionnaire: ObjectCheck = (node, walk) => {
  url(node, walk)
  const linkIds = new Set<unknown>()
  for (const item of itemsIn(node)) linkIds.add(item['linkId'])
  checkItems(node, { linkIds, isWhole: node['derivedFrom'] === undefined }, walk)
}

interface Questions {
  readonly linkIds: ReadonlySet<unknown>
  /** Whether all its questions are here. */
  readonly isWhole: boolean
}

const itemDepthMax = 64

/** Every item below an element, at any depth. */
const itemsIn = function* (node: JsonObject, depth = 0): Generator<JsonObject> {
  const { item } = node
  if (!Array.isArray(item) || depth > itemDepthMax) return
  for (const one of item) {
    if (!isObject(one)) continue
    yield one
    yield* itemsIn(one, depth + 1)
  }
}

/** @see https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.question */
const checkItems = (node: JsonObject, questions: Questions, walk: Walk): void => {
  const { item } = node
  if (!Array.isArray(item) || walk.path.length > 2 * itemDepthMax) return
  for (const [at, one] of item.entries()) {
    if (!isObject(one)) continue
    walk.path.push('item', at)
    if (Array.isArray(one['enableWhen'])) checkConditions(one, one['enableWhen'], questions, walk)
    checkItems(one, questions, walk)
    walk.path.pop()
    walk.path.pop()
  }
}

// oxlint-disable-next-line max-params -- the item, its conditions, and what they may ask
const checkConditions = (
  item: JsonObject,
  conditions: readonly unknown[],
  { linkIds, isWhole }: Questions,
  walk: Walk,
): void => {
  const inner = new Set([item['linkId']])
  for (const one of itemsIn(item)) inner.add(one['linkId'])
  for (const [at, condition] of conditions.entries()) {
    const question: unknown = isObject(condition) ? condition['question'] : undefined
    if (typeof question !== 'string') continue
    const place = `enableWhen[${at}].question`
    if (inner.has(question))
      walk.report('business-rule', 'questionnaire-condition-inner', {}, place)
    else if (isWhole && !linkIds.has(question))
      walk.report('business-rule', 'questionnaire-condition-unknown', {}, place)
  }
}

const both =
  (one: ObjectCheck, other: ObjectCheck): ObjectCheck =>
  (node, walk) => {
    one(node, walk)
    other(node, walk)
  }

/** "The value of the type SHALL be the same" as that of the parameter it is derived from. */
const searchParameter =
  (definitions: Definitions): ObjectCheck =>
  ({ derivedFrom, type }, walk) => {
    if (typeof derivedFrom !== 'string') return
    for (const parameters of definitions.searchParameters.values())
      for (const { url: known, type: expected } of parameters.values()) {
        if (known !== derivedFrom || expected === type) continue
        walk.report('value', 'search-parameter-derived', { expected }, 'type')
        return
      }
  }

/** What definitions must have right to be found and used, or nothing for other types. */
export const definitionCheck = (
  { name, kind, elements }: TypeDefinition,
  definitions: Definitions,
): ObjectCheck | undefined => {
  if (name === 'Questionnaire') return questionnaire
  if (name === 'ConceptMap') return both(url, conceptMapCheck)
  if (name === 'SearchParameter') return both(url, searchParameter(definitions))
  if (name === 'StructureDefinition') return both(url, structureCheck(definitions))
  if (name === 'ValueSet.compose.include') return system
  const isDefinition = kind === 'resource' && elements.has('status') && elements.has('publisher')
  return isDefinition && elements.get('url')?.type === 'uri' ? url : undefined
}
