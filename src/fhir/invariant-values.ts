import { Decimal } from './decimal.ts'
import { isObject } from './walk.ts'

/**
 * What the generated checks of `generated/invariants.js` are made of: FHIRPath over the JSON tree. A
 * collection is an array; a truth that is not known (the empty collection) is undefined.
 * @see https://hl7.org/fhirpath/N1/
 */
export type Items = readonly unknown[]
export type Truth = boolean | undefined

const none: Items = Object.freeze([])

/** A primitive that has no value, only an id or extensions. */
class Bare {
  readonly sibling: unknown
  constructor(sibling: unknown) {
    this.sibling = sibling
  }
}

/** The items a member holds; a primitive with extensions alone is there, without a value. */
export const member = (item: unknown, name: string): Items => {
  if (!isObject(item) || item instanceof Bare) return none
  const value = item[name]
  if (value !== undefined && !Array.isArray(value)) return value === null ? none : [value]
  const sibling = item[`_${name}`]
  if (value === undefined && sibling === undefined) return none
  if (value === undefined && !Array.isArray(sibling)) return [new Bare(sibling)]
  const values: Items = Array.isArray(value) ? value : none
  const siblings: Items = Array.isArray(sibling) ? sibling : none
  if (siblings.length === 0 && !values.includes(null)) return values
  const found: unknown[] = []
  for (let at = 0; at < Math.max(values.length, siblings.length); at++) {
    const one = values[at] ?? null
    if (one !== null) found.push(one)
    else if (isObject(siblings[at])) found.push(new Bare(siblings[at]))
  }
  return found
}

/** The items of several members, such as the forms of a choice. */
export const choice = (item: unknown, names: readonly string[]): Items =>
  names.flatMap(name => member(item, name))

/** The items that members of any of the items hold. */
export const members = (items: Items, names: readonly string[]): Items =>
  items.flatMap(item => choice(item, names))

/** @see https://hl7.org/fhirpath/N1/#children-collection */
export const children = (items: Items): Items =>
  items.flatMap(item => {
    if (!isObject(item) || item instanceof Bare) return []
    const names = new Set(Object.keys(item).map(name => name.replace(/^_/, '')))
    names.delete('resourceType')
    return [...names].flatMap(name => member(item, name))
  })

/** @see https://hl7.org/fhirpath/N1/#descendants-collection */
export const descendants = (items: Items): Items => {
  const found: unknown[] = []
  for (let level = children(items); level.length > 0; level = children(level))
    for (const item of level) found.push(item)
  return found
}

/** Whether an operand of a boolean operator is true: a single item that is no boolean is. */
export const truth = (items: Items): Truth =>
  items.length === 0 ? undefined : typeof items[0] === 'boolean' ? items[0] : true

/** A truth as a collection. */
export const boxed = (known: Truth): Items => (known === undefined ? none : [known])

export const not = (known: Truth): Truth => (known === undefined ? undefined : !known)

/** @see https://hl7.org/fhirpath/N1/#boolean-logic */
export const and = (left: Truth, right: Truth): Truth =>
  left === false || right === false
    ? false
    : left === undefined || right === undefined
      ? undefined
      : true

export const or = (left: Truth, right: Truth): Truth => not(and(not(left), not(right)))

export const xor = (left: Truth, right: Truth): Truth =>
  left === undefined || right === undefined ? undefined : left !== right

export const implies = (left: Truth, right: Truth): Truth => or(not(left), right)

export const hasValue = (items: Items): boolean =>
  items.length === 1 && !isObject(items[0]) && !(items[0] instanceof Bare)

/** The items of which the criterion is true. */
export const where = (items: Items, criterion: (item: unknown) => Truth): Items =>
  items.filter(item => criterion(item) === true)

export const all = (items: Items, criterion: (item: unknown) => Truth): boolean =>
  items.every(item => criterion(item) === true)

export const allFalse = (items: Items): boolean => items.every(item => item === false)

/** Equal in structure; members in any order. @see https://hl7.org/fhirpath/N1/#equals */
const isSame = (left: unknown, right: unknown): boolean => {
  if (left === right) return true
  if (left instanceof Decimal || right instanceof Decimal)
    return !isObject(left) && !isObject(right) && Number(left) === Number(right)
  if (left instanceof Bare || right instanceof Bare) return false
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, at) => isSame(item, right[at]))
  if (!isObject(left) || !isObject(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(name => isSame(left[name], right[name]))
  )
}

/** `=`: unknown where a side is empty. */
export const equal = (left: Items, right: Items): Truth =>
  left.length === 0 || right.length === 0 ? undefined : isSame(left, right)

const has = (items: Items, wanted: unknown): boolean => items.some(item => isSame(item, wanted))

export const union = (left: Items, right: Items): Items => distinct([...left, ...right])
export const intersect = (left: Items, right: Items): Items =>
  distinct(left.filter(item => has(right, item)))
export const combine = (left: Items, right: Items): Items => [...left, ...right]

/** `left in right` */
export const isIn = (left: Items, right: Items): Truth =>
  left.length === 0 ? undefined : has(right, left[0])

const distinct = (items: Items): Items => {
  const found: unknown[] = []
  const simple = new Set<unknown>()
  for (const item of items) {
    const isSimple = typeof item === 'string' || typeof item === 'boolean'
    if (isSimple ? simple.has(item) : has(found, item)) continue
    if (isSimple) simple.add(item)
    found.push(item)
  }
  return found
}

export const isDistinct = (items: Items): boolean => distinct(items).length === items.length

/** A function of one text: nothing of nothing, and of what is no text. */
const ofText = <Result>(items: Items, read: (text: string) => Result): Result | undefined =>
  typeof items[0] === 'string' ? read(items[0]) : undefined

export const startsWith = (items: Items, start: Items): Truth =>
  ofText(items, text => ofText(start, wanted => text.startsWith(wanted)))
export const contains = (items: Items, part: Items): Truth =>
  ofText(items, text => ofText(part, wanted => text.includes(wanted)))
export const matches = (items: Items, pattern: RegExp): Truth =>
  ofText(items, text => pattern.test(text))
export const replaceMatches = (items: Items, pattern: RegExp, by: Items): Items =>
  boxedText(ofText(items, text => text.replace(pattern, textOf(by[0]))))

const boxedText = (text: string | undefined): Items => (text === undefined ? none : [text])

/** `&`: what is missing counts as the empty text. */
export const concatenated = (left: Items, right: Items): Items => [
  textOf(left[0]) + textOf(right[0]),
]
const textOf = (item: unknown): string =>
  typeof item === 'string' || typeof item === 'number' || item instanceof Decimal
    ? String(item)
    : ''

export const text = (items: Items): Items => (hasValue(items) ? [String(items[0])] : none)

/** @see https://hl7.org/fhirpath/N1/#tointeger--integer */
export const integer = (items: Items): Items => {
  const [item] = items
  if (typeof item === 'number') return Number.isInteger(item) ? items : none
  return (
    ofText(items, letters => (/^[+-]?\d{1,10}$/.test(letters) ? [Number(letters)] : none)) ?? none
  )
}

export const sum = (left: Items, right: Items): Items => [Number(left[0]) + Number(right[0])]

/** Whether the one item there is is a resource of a type. */
export const isResource = (items: Items, type: string): Truth =>
  items.length === 0 ? undefined : isObject(items[0]) && items[0]['resourceType'] === type
