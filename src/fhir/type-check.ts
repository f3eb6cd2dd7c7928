import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import {
  objectMember,
  primitiveMember,
  siblingMember,
  type MemberCheck,
  type ObjectCheck,
} from './element-check.ts'
import { invariantCheck } from './invariants.ts'
import { nearest } from './nearest.ts'
import { primitives } from './primitives.ts'
import { elementCheck, specialCheck } from './special-checks.ts'
import type { JsonObject, Walk } from './walk.ts'

/** Gives the check of a type by name; compiled when first used, so types may contain themselves. */
export type CheckOf = (type: string) => ObjectCheck

interface Member {
  readonly check: MemberCheck
  /** One bit per choice element of the type; 0 for ordinary elements. */
  readonly choice: number
}

/** An element, or choice of elements, that must be there, and every JSON name it may have. */
interface Required {
  readonly label: string
  readonly names: readonly string[]
  /** The name that is nearly always there. */
  readonly first: string
}

/**
 * Compiles the check of everything R4 says about a type: which members exist, of which kind, how
 * many, which exclude each other, and what is special to it.
 * @see https://hl7.org/fhir/R4/json.html
 */
export const compileType = (
  type: TypeDefinition,
  definitions: Definitions,
  checkOf: CheckOf,
): ObjectCheck =>
  withInvariants(
    both(compileMembers(type, definitions, checkOf), specialCheck(type, definitions)),
    invariantCheck(type.name),
  )

/** Invariants speak about elements that are well-formed: of others there is enough to say. */
const withInvariants = (first: ObjectCheck, invariants: ObjectCheck | undefined): ObjectCheck =>
  invariants === undefined
    ? first
    : (node, walk) => {
        const found = walk.errors
        first(node, walk)
        if (walk.errors === found) invariants(node, walk)
      }

const both = (first: ObjectCheck, second: ObjectCheck | undefined): ObjectCheck =>
  second === undefined
    ? first
    : (node, walk) => {
        first(node, walk)
        second(node, walk)
      }

const compileMembers = (
  type: TypeDefinition,
  definitions: Definitions,
  checkOf: CheckOf,
): ObjectCheck => {
  const members = membersOf(type, definitions, checkOf)
  const required = requiredOf(type)
  const isResource = type.kind === 'resource'
  // The id of a primitive stands beside its value.
  const isPrimitive = type.kind === 'primitive'
  return (node, walk) => {
    let count = 0
    let choices = 0
    for (const name in node) {
      count++
      const member = members.get(name)
      if (member === undefined) {
        if (!isResource || name !== 'resourceType') reportUnknown(name, type, walk)
        continue
      }
      if ((choices & member.choice) !== 0) reportRepeatedChoice(name, type, { node, walk })
      choices |= member.choice
      member.check(node[name], node, walk)
    }
    for (const { first, names, label } of required)
      if (node[first] === undefined && !names.some(name => node[name] !== undefined))
        walk.report('required', 'element-required', { name: label }, label)
    if (isResource) return
    // ele-1: "All FHIR elements must have a @value or children", and an id is neither.
    if (count === 0) walk.report('structure', 'element-empty', { found: '{}' })
    else if (count === 1 && !isPrimitive && node['id'] !== undefined)
      walk.report('structure', 'element-without-content')
  }
}

const membersOf = (
  type: TypeDefinition,
  definitions: Definitions,
  checkOf: CheckOf,
): ReadonlyMap<string, Member> => {
  const choiceNames = [...new Set([...type.elements.values()].map(({ choice }) => choice))]
  const members = new Map<string, Member>()
  for (const element of type.elements.values()) {
    const choice = element.choice === undefined ? 0 : 1 << choiceNames.indexOf(element.choice)
    const lazily = both(lazyCheck(element, checkOf), elementCheck(element, definitions))
    if (!primitives.has(element.type))
      members.set(element.name, { choice, check: objectMember(element, lazily) })
    else {
      const check = primitiveMember(element, definitions)
      const isElementId = element.name === 'id' && hasUniqueIds(type)
      members.set(element.name, { choice, check: isElementId ? withUniqueId(check) : check })
      members.set(`_${element.name}`, {
        choice,
        check: siblingMember(element, lazily, definitions),
      })
    }
  }
  return members
}

/** A StructureDefinition has the same ids in its snapshot and its differential. */
const hasUniqueIds = ({ kind, name }: TypeDefinition): boolean =>
  kind !== 'resource' && name !== 'ElementDefinition'

const withUniqueId =
  (check: MemberCheck): MemberCheck =>
  (value, node, walk) => {
    check(value, node, walk)
    if (!walk.isNewId(value)) walk.report('invariant', 'element-id-repeated', {}, 'id')
  }

const lazyCheck = (element: ElementDefinition, checkOf: CheckOf): ObjectCheck => {
  let check: ObjectCheck | undefined
  return (node, walk) => (check ??= checkOf(element.type))(node, walk)
}

const requiredOf = (type: TypeDefinition): Required[] => {
  const required = new Map<string, string[]>()
  for (const { name, choice, min, type: elementType } of type.elements.values()) {
    if (min === 0) continue
    const names = primitives.has(elementType) ? [name, `_${name}`] : [name]
    const label = choice ?? name
    required.set(label, [...(required.get(label) ?? []), ...names])
  }
  return [...required].map(([label, names]) => ({ label, names, first: names[0]! }))
}

const nameLettersShownMax = 64
/** What FHIRPath can name without quotes. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

const reportUnknown = (name: string, type: TypeDefinition, walk: Walk): void => {
  if (walk.isFull) return
  const shown = name.slice(0, nameLettersShownMax)
  const near = nearest(name, type.elements.keys()).join(', ')
  const parameters = { name: shown, type: type.name, nearest: near }
  walk.report('structure', 'element-unknown', parameters, identifier.test(name) ? name : undefined)
}

/** `valueString` and `_valueString` are one form: only another form is one too many. Said once. */
const reportRepeatedChoice = (
  name: string,
  type: TypeDefinition,
  { node, walk }: { readonly node: JsonObject; readonly walk: Walk },
): void => {
  const elementOf = (member: string) => type.elements.get(member.replace(/^_/, ''))
  const choice = elementOf(name)!.choice!
  const written = Object.keys(node).filter(member => elementOf(member)?.choice === choice)
  const forms = new Set(written.map(member => member.replace(/^_/, '')))
  if (forms.size < 2 || written.at(-1) !== name) return
  const found = [...forms].join(', ')
  walk.report('structure', 'choice-repeated', { name: choice, found }, name.replace(/^_/, ''))
}
