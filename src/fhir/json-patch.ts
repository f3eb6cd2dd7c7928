import { InvalidRequest, PatchFailed, TooCostly } from './errors.ts'
import { Work } from './json-work.ts'
import { limits } from './limits.ts'
import { isObject } from './walk.ts'

const kinds = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const

/** One operation, its pointers split into reference tokens. */
interface Operation {
  readonly op: (typeof kinds)[number]
  readonly path: readonly string[]
  readonly from: readonly string[]
  readonly value: unknown
  /** Where it stands in the patch, such as `[2]`. */
  readonly expression: string
}

/**
 * The document a JSON Patch makes of `document`, which may be changed on the way: all operations, or
 * an error. Decimals keep their literal.
 * @throws InvalidRequest for what is no JSON Patch
 * @throws PatchFailed when a path leads nowhere or a test does not hold
 * @throws TooCostly beyond `limits.patchOperationsMax` and `limits.patchWorkMax`
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export const applyJsonPatch = (document: unknown, patch: unknown): unknown => {
  const work = new Work()
  let root = document
  for (const operation of operationsOf(patch)) root = applied(root, operation, work)
  return root
}

/**
 * Checks that a body is a JSON Patch, before anything is read.
 * @throws InvalidRequest, TooCostly
 */
export const requireJsonPatch = (patch: unknown): void => void operationsOf(patch)

const malformed = (expected: string, expression: string): InvalidRequest =>
  new InvalidRequest('patch-malformed', { expected }, expression)

const operationsOf = (patch: unknown): readonly Operation[] => {
  if (!Array.isArray(patch)) throw malformed('an array of operations', '$')
  if (patch.length > limits.patchOperationsMax)
    throw new TooCostly('patch-too-many-operations', {
      found: patch.length,
      limit: limits.patchOperationsMax,
    })
  return patch.map((written: unknown, index) => operationOf(written, `$[${index}]`))
}

const operationOf = (written: unknown, expression: string): Operation => {
  if (!isObject(written)) throw malformed('an object', expression)
  const op = kinds.find(kind => kind === written['op'])
  if (op === undefined) throw malformed(`op: ${kinds.join(', ')}`, `${expression}.op`)
  const path = tokensOf(written['path'], `${expression}.path`)
  const needsFrom = op === 'move' || op === 'copy'
  const from = needsFrom ? tokensOf(written['from'], `${expression}.from`) : []
  if (!needsFrom && op !== 'remove' && !Object.hasOwn(written, 'value'))
    throw malformed('value', expression)
  return { op, path, from, value: written['value'], expression }
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
const tokensOf = (pointer: unknown, expression: string): readonly string[] => {
  if (
    typeof pointer !== 'string' ||
    pointer.length > limits.patchPathLengthMax ||
    !/^(?:\/(?:[^~]|~[01])*)?$/s.test(pointer)
  )
    throw malformed('a JSON Pointer, such as /name/0/text', expression)
  const [, ...tokens] = pointer.split('/')
  return tokens.map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const applied = (root: unknown, operation: Operation, work: Work): unknown => {
  const { op, path, from, value, expression } = operation
  switch (op) {
    case 'test':
      if (!work.isEqual(valueAt(root, path, expression), value))
        throw new PatchFailed('patch-test-failed', {}, expression)
      return root
    case 'add':
      return added(root, operation, work.copy(value, path.length))
    case 'remove':
      return removed(root, path, expression)
    case 'replace':
      valueAt(root, path, expression)
      return replaced(root, operation, work.copy(value, path.length))
    case 'copy':
      return added(root, operation, work.copy(valueAt(root, from, expression), path.length))
    case 'move': {
      const moved = work.copy(valueAt(root, from, expression), path.length)
      if (from.length === path.length && from.every((token, at) => token === path[at])) return root
      if (from.length < path.length && from.every((token, at) => token === path[at]))
        throw malformed('a "path" outside of "from"', expression)
      return added(removed(root, from, expression), operation, moved)
    }
  }
}

const unresolved = (expected: string, expression: string): PatchFailed =>
  new PatchFailed('patch-path-unresolved', { expected }, expression)

const index = (token: string, last: number): number | undefined =>
  /^(?:0|[1-9]\d{0,9})$/.test(token) && Number(token) <= last ? Number(token) : undefined

const valueAt = (root: unknown, path: readonly string[], expression: string): unknown => {
  let value = root
  for (const token of path) {
    const at = Array.isArray(value) ? index(token, value.length - 1) : undefined
    if (Array.isArray(value) && at !== undefined) value = value[at]
    else if (isObject(value) && Object.hasOwn(value, token)) value = value[token]
    else throw unresolved('a value', expression)
  }
  return value
}

const added = (root: unknown, { path, expression }: Operation, value: unknown): unknown => {
  const token = path.at(-1)
  if (token === undefined) return value
  const parent = valueAt(root, path.slice(0, -1), expression)
  if (Array.isArray(parent)) {
    const at = token === '-' ? parent.length : index(token, parent.length)
    if (at === undefined) throw unresolved('a place in the array', expression)
    parent.splice(at, 0, value)
  } else if (isObject(parent)) setMember(parent, token, value, expression)
  else throw unresolved('an object or array', expression)
  return root
}

const replaced = (root: unknown, { path, expression }: Operation, value: unknown): unknown => {
  const token = path.at(-1)
  if (token === undefined) return value
  const parent = valueAt(root, path.slice(0, -1), expression)
  if (Array.isArray(parent)) parent[Number(token)] = value
  else if (isObject(parent)) setMember(parent, token, value, expression)
  return root
}

/** Assigning to `__proto__` would change the object itself instead of a member of it. */
const setMember = (
  parent: Record<string, unknown>,
  name: string,
  value: unknown,
  expression: string,
): void => {
  if (name === '__proto__') throw malformed('the name of an element', expression)
  parent[name] = value
}

const removed = (root: unknown, path: readonly string[], expression: string): unknown => {
  valueAt(root, path, expression)
  const token = path.at(-1)
  if (token === undefined) return undefined
  const parent = valueAt(root, path.slice(0, -1), expression)
  if (Array.isArray(parent)) parent.splice(Number(token), 1)
  else if (isObject(parent)) delete parent[token]
  return root
}
