import { createRequire } from 'node:module'
import type fhirpath from 'fhirpath'
import { stringifyJson } from './json.ts'
import type { Item } from './profile-items.ts'
import type { ProfileRule } from './profile-source.ts'
import type { JsonObject } from './walk.ts'

type Compiled = (node: unknown, environment: Readonly<Record<string, unknown>>) => unknown

const load = createRequire(import.meta.url)
let library: { readonly engine: typeof fhirpath; readonly model: object } | undefined

/** Loaded at first use: it takes most of a second, and only constraints of profiles need it. */
const loaded = () =>
  (library ??= {
    engine: load('fhirpath') as typeof fhirpath,
    model: load('fhirpath/fhir-context/r4') as object,
  })

const compiled = new WeakMap<ProfileRule, Map<string, Compiled | undefined>>()

const silent = { traceFn: () => {}, async: false } as const

const compile = ({ expression }: ProfileRule, base: string): Compiled | undefined => {
  const { engine, model } = loaded()
  try {
    return engine.compile({ base, expression }, model as never, silent) as Compiled
  } catch {
    return undefined
  }
}

const compiledFor = (rule: ProfileRule, type: string): Compiled | undefined => {
  let byType = compiled.get(rule)
  if (byType === undefined) compiled.set(rule, (byType = new Map()))
  if (!byType.has(type)) byType.set(type, compile(rule, type))
  return byType.get(type)
}

const plainTrees = new WeakMap<JsonObject, unknown>()

/** The library knows numbers, not the exact literals of a parsed tree. */
const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const known = plainTrees.get(value as JsonObject)
  if (known !== undefined) return known
  const tree: unknown = JSON.parse(stringifyJson(value as JsonObject))
  plainTrees.set(value as JsonObject, tree)
  return tree
}

/**
 * Whether an element breaks a constraint of a profile. What the library cannot decide, such as a rule
 * that follows references to other resources, is not broken.
 */
export const isBroken = (
  rule: ProfileRule,
  { value, type }: Item,
  resource: JsonObject,
): boolean => {
  if (value === undefined) return false
  const evaluate = compiledFor(rule, type)
  if (evaluate === undefined) return false
  const tree = plain(resource)
  try {
    const environment = { resource: tree, rootResource: tree, ucum: 'http://unitsofmeasure.org' }
    const result = evaluate(plain(value), environment)
    return Array.isArray(result) && result[0] === false
  } catch {
    return false
  }
}
