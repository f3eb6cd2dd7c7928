import type { Definitions } from './definitions.ts'
import { InvalidRequest, PatchFailed, TooCostly } from './errors.ts'
import {
  itemsOf,
  parentAt,
  placeAt,
  typeNamed,
  writeItems,
  type Item,
  type Parent,
  type Place,
} from './fhirpath-patch-element.ts'
import { compilePath, type Locate, type Step } from './fhirpath-patch-path.ts'
import {
  addItem,
  elementFor,
  itemOf,
  partsOf,
  type Making,
  type Part,
} from './fhirpath-patch-value.ts'
import { Work } from './json-work.ts'
import { limits } from './limits.ts'
import type { Resource } from './resource.ts'

const kinds = ['add', 'insert', 'delete', 'replace', 'move'] as const

/** One operation with its path compiled. */
interface Operation {
  readonly type: (typeof kinds)[number]
  readonly locate: Locate
  readonly parts: ReadonlyMap<string, Part>
  readonly expression: string
}

/**
 * Compiles a FHIRPath Patch; what comes back applies it to a parsed resource, which may be changed
 * on the way: all operations, or an error.
 * @throws InvalidRequest for what is no FHIRPath Patch
 * @throws TooCostly beyond `limits.patchPathOperationsMax`, or while applying `limits.patchWorkMax`
 * @throws PatchFailed while applying, when a path leads nowhere
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export const compileFhirPathPatch = async (
  parameters: Resource,
  definitions: Definitions,
): Promise<(resource: Resource) => Resource> => {
  const written = partsOf(parameters['parameter'] ?? [], 'Parameters.parameter')
  if (written.length > limits.patchPathOperationsMax)
    throw new TooCostly('patch-too-many-operations', {
      found: written.length,
      limit: limits.patchPathOperationsMax,
    })
  const operations: Operation[] = []
  for (const [index, operation] of written.entries())
    operations.push(await operationOf(operation, `Parameters.parameter[${index}]`))
  return resource => {
    const work = new Work()
    const root = { members: resource, type: typeNamed(resource.resourceType, definitions, '') }
    for (const operation of operations)
      apply(operation, root, { definitions, work, expression: operation.expression })
    return resource
  }
}

const malformed = (expected: string, expression: string): InvalidRequest =>
  new InvalidRequest('patch-malformed', { expected }, expression)

const operationOf = async (written: Part, expression: string): Promise<Operation> => {
  if (written['name'] !== 'operation') throw malformed('name: operation', expression)
  const parts = new Map(
    partsOf(written['part'], expression).map(part => [String(part['name']), part]),
  )
  const code = parts.get('type')?.['valueCode']
  const type = kinds.find(kind => kind === code)
  if (type === undefined) throw malformed(`type: ${kinds.join(', ')}`, expression)
  const path = parts.get('path')?.['valueString']
  if (typeof path !== 'string') throw malformed('path as valueString', expression)
  const needed = { add: ['name', 'value'], insert: ['index', 'value'], delete: [] }
  const missing = { ...needed, replace: ['value'], move: ['source', 'destination'] }[type].find(
    (name: string) => !parts.has(name),
  )
  if (missing !== undefined) throw malformed(missing, expression)
  return { type, locate: await compilePath(path, expression), parts, expression }
}

const apply = (operation: Operation, root: Parent, making: Making): void => {
  const { type, locate, expression } = operation
  const found = locate(root.members, making.work)
  const place = (index: number): Place =>
    placeAt(root, found[index]!, making.definitions, expression)
  if (type === 'delete' && found.length === 0) return
  if (type === 'insert' || type === 'move') {
    if (new Set(found.map(listOf)).size !== 1) throw unresolved('one list', expression)
    return rearrange(operation, place(0), making)
  }
  if (found.length !== 1) throw unresolved('exactly one element', expression)
  if (type === 'add') {
    const name = operation.parts.get('name')!['valueString']
    if (typeof name !== 'string') throw malformed('name as valueString', expression)
    const parent =
      found[0]!.length === 0 ? root : parentAt(place(0), making.definitions, expression)
    return addItem(parent, name, operation.parts.get('value')!, making)
  }
  if (found[0]!.length === 0) throw unresolved('an element inside the resource', expression)
  return type === 'delete' ? remove(place(0)) : replace(operation, place(0), making)
}

/** Names the list an element stands in. */
const listOf = (steps: readonly Step[]): string =>
  JSON.stringify([...steps.slice(0, -1), steps.at(-1)?.name])

const unresolved = (expected: string, expression: string): PatchFailed =>
  new PatchFailed('patch-path-unresolved', { expected }, expression)

/** Removes an element, and whatever above it has nothing left in it. */
const remove = (place: Place): void => {
  writeItems(place, itemsOf(place).toSpliced(place.index, 1))
  const above = place.above.at(-1)
  if (above === undefined || Object.keys(place.parent.members).length > 0) return
  const { value, sibling } = itemsOf(above)[above.index]!
  if (place.parent.members === sibling && value !== undefined)
    writeItems(above, itemsOf(above).with(above.index, { value, sibling: undefined }))
  else remove(above)
}

/** Replaces an element; one form of a choice may become another. */
const replace = ({ parts, expression }: Operation, place: Place, making: Making): void => {
  const part = parts.get('value')!
  const { parent, definition } = place
  if (definition.choice === undefined) {
    const item = itemOf(part, definition, making)
    writeItems(place, itemsOf(place).with(place.index, item))
    return
  }
  const form = elementFor(parent.type, definition.choice, part, expression)
  const item = itemOf(part, form, making)
  writeItems(place, [])
  writeItems({ parent, definition: form }, [item])
}

const rearrange = (operation: Operation, place: Place, making: Making): void => {
  const { type, parts, expression } = operation
  if (!place.definition.isArray) throw unresolved('a list', expression)
  const items = itemsOf(place)
  const position = (name: string, last: number): number => {
    const at = Number(parts.get(name)!['valueInteger'])
    if (!Number.isInteger(at) || at < 0 || at > last)
      throw unresolved(`a place in the list with ${name}`, expression)
    return at
  }
  if (type === 'insert') {
    const item = itemOf(parts.get('value')!, place.definition, making)
    return writeItems(place, items.toSpliced(position('index', items.length), 0, item))
  }
  const source = position('source', items.length - 1)
  const moved: Item = items[source]!
  const destination = position('destination', items.length - 1)
  return writeItems(place, items.toSpliced(source, 1).toSpliced(destination, 0, moved))
}
