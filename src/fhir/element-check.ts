import type { Definitions, ElementDefinition } from './definitions.ts'
import { openBindings, type OpenBinding } from './open-bindings.ts'
import { primitives, type Primitive } from './primitives.ts'
import { isObject, kindOf, type JsonObject, type Walk } from './walk.ts'

/** Checks an object the walk stands on. */
export type ObjectCheck = (node: JsonObject, walk: Walk) => void

/** Checks one member of an object the walk stands on; `node` is the object. */
export type MemberCheck = (value: unknown, node: JsonObject, walk: Walk) => void

/** The check of one JSON member that holds objects: one, or an array of them. */
export const objectMember = (element: ElementDefinition, check: ObjectCheck): MemberCheck => {
  const { name, isArray, max } = element
  const one = (value: unknown, step: string | number, walk: Walk): void => {
    walk.path.push(step)
    if (isObject(value)) check(value, walk)
    else if (value === null) walk.report('structure', 'element-null')
    else walk.report('structure', 'element-kind', { expected: 'object', found: kindOf(value) })
    walk.path.pop()
  }
  if (!isArray) return (value, _node, walk) => one(value, name, walk)
  return (value, _node, walk) => {
    if (!isFilledArray(value, name, max, walk)) return
    walk.path.push(name)
    for (let index = 0; index < value.length; index++) one(value[index], index, walk)
    walk.path.pop()
  }
}

/** The check of one JSON member that holds a primitive, or an array of them. */
export const primitiveMember = (
  element: ElementDefinition,
  definitions: Definitions,
): MemberCheck => {
  const { name, isArray, max } = element
  const primitive = primitives.get(element.type)!
  const codes = element.type === 'code' ? definitions.codes.get(element.binding ?? '') : undefined
  const bound = codes === undefined ? openBindings.get(element.binding ?? '') : codes
  const isGood =
    bound === undefined
      ? primitive.isValid
      : (value: unknown) =>
          typeof value === 'string' &&
          bound.has(value) &&
          (codes !== undefined || primitive.isValid(value))
  const explain = (value: unknown, walk: Walk, member?: string): void =>
    explainPrimitive(value, primitive, codes ?? openBindings.get(element.binding ?? ''), {
      ...{ walk, member },
    })
  if (!isArray)
    return (value, _node, walk) => {
      if (!isGood(value)) explain(value, walk, name)
    }
  return (value, node, walk) => {
    if (!isFilledArray(value, name, max, walk)) return
    const siblings = node[`_${name}`]
    walk.path.push(name)
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (isGood(item)) continue
      // "null used as a place holder", only where the sibling array has the id or extensions.
      if (item === null && Array.isArray(siblings) && isObject(siblings[index])) continue
      walk.path.push(index)
      explain(item, walk)
      walk.path.pop()
    }
    walk.path.pop()
  }
}

interface Place {
  readonly walk: Walk
  readonly member: string | undefined
}

const codesShownMax = 12

const explainPrimitive = (
  value: unknown,
  { kind, isValid, code }: Primitive,
  codes: ReadonlySet<string> | OpenBinding | undefined,
  { walk, member }: Place,
): void => {
  const found = kindOf(value)
  if (value === null) walk.report('structure', 'element-null', {}, member)
  else if (found !== kind)
    walk.report('structure', 'element-kind', { expected: kind, found }, member)
  else if (value === '') walk.report('structure', 'element-empty', { found: '""' }, member)
  else if (!isValid(value)) walk.report('value', code, {}, member)
  else if (codes !== undefined && 'expected' in codes)
    walk.report('code-invalid', 'code-not-of-system', { expected: codes.expected }, member)
  else {
    const shown = [...codes!].slice(0, codesShownMax)
    const more = codes!.size > shown.length ? ', …' : ''
    walk.report('code-invalid', 'code-not-bound', { expected: shown.join(', ') + more }, member)
  }
}

const absentUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** Whether extensions say of a value that it is absent, and nothing that stands for it. */
const isOnlyAbsent = (extension: unknown): boolean =>
  Array.isArray(extension) &&
  extension.every((one: unknown) => isObject(one) && one['url'] === absentUrl)

/**
 * The check of `_name`, which holds the id and extensions of the primitive `name`.
 * @see https://hl7.org/fhir/R4/json.html#primitive
 */
export const siblingMember = (
  element: ElementDefinition,
  check: ObjectCheck,
  definitions: Definitions,
): MemberCheck => {
  const { name, isArray, max } = element
  const isBound = definitions.codes.has(element.binding ?? '')
  const one = (value: unknown, hasValue: boolean, step: string | number, walk: Walk): void => {
    walk.path.push(step)
    if (!isObject(value))
      walk.report('structure', 'element-kind', { expected: 'object', found: kindOf(value) })
    else {
      if (!hasValue && value['extension'] === undefined)
        walk.report('structure', 'element-without-content')
      else if (!hasValue && isBound && isOnlyAbsent(value['extension']))
        walk.report('required', 'code-absent')
      check(value, walk)
    }
    walk.path.pop()
  }
  if (!isArray) return (value, node, walk) => one(value, node[name] !== undefined, name, walk)
  return (value, node, walk) => {
    if (!isFilledArray(value, name, max, walk)) return
    const values = node[name]
    const hasValue = (index: number) => Array.isArray(values) && (values[index] ?? null) !== null
    walk.path.push(name)
    for (let index = 0; index < value.length; index++) {
      if (value[index] !== null) one(value[index], hasValue(index), index, walk)
      // Beside a value the null stands for "no extension"; without one it stands for nothing.
      else if (!Array.isArray(values) || index >= values.length) {
        walk.path.push(index)
        walk.report('structure', 'element-null')
        walk.path.pop()
      }
    }
    walk.path.pop()
  }
}

/** An array with at least one item and at most `max`; reports what it is instead. */
const isFilledArray = (
  value: unknown,
  name: string,
  max: number | null,
  walk: Walk,
): value is unknown[] => {
  if (!Array.isArray(value)) {
    const found = kindOf(value)
    if (value === null) walk.report('structure', 'element-null', {}, name)
    else walk.report('structure', 'element-kind', { expected: 'array', found }, name)
    return false
  }
  if (value.length === 0) walk.report('structure', 'element-empty', { found: '[]' }, name)
  else if (max !== null && value.length > max)
    walk.report('structure', 'element-too-many', { max, found: value.length }, name)
  return value.length > 0
}
