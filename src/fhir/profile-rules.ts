import { createRequire } from 'node:module'
import type fhirpath from 'fhirpath'
import { stringifyJson } from './json.ts'
import { isOfValueSet } from './profile-binding.ts'
import type { Item } from './profile-items.ts'
import type { ProfileRule } from './profile-source.ts'
import type { Profiles } from './profiles.ts'
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

const compile = (
  { expression }: ProfileRule,
  base: string,
  profiles: Profiles,
): Compiled | undefined => {
  const { engine, model } = loaded()
  const memberOf = {
    fn: (values: readonly unknown[], valueSet: string) =>
      values.flatMap(value => isOfValueSet(value, valueSet, profiles) ?? []),
    arity: { 1: ['String'] },
  }
  const options = { ...silent, userInvocationTable: { memberOf } }
  try {
    return engine.compile({ base, expression }, model as never, options as never) as Compiled
  } catch {
    return undefined
  }
}

const compiledFor = (rule: ProfileRule, type: string, profiles: Profiles): Compiled | undefined => {
  let byType = compiled.get(rule)
  if (byType === undefined) compiled.set(rule, (byType = new Map()))
  if (!byType.has(type)) byType.set(type, compile(rule, type, profiles))
  return byType.get(type)
}

const plainTrees = new WeakMap<JsonObject, unknown>()

/** As the library knows it: with numbers, not the exact literals of a parsed tree. */
export const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const known = plainTrees.get(value as JsonObject)
  if (known !== undefined) return known
  const tree: unknown = JSON.parse(stringifyJson(value as JsonObject))
  plainTrees.set(value as JsonObject, tree)
  return tree
}

const paths = new Map<string, Compiled | undefined>()

/**
 * What a FHIRPath of a definition gives for a plain element of a resource; undefined for one that the
 * library cannot evaluate.
 */
export const resultsOf = (
  expression: string,
  element: unknown,
  resource: unknown,
): readonly unknown[] | undefined => {
  try {
    if (!paths.has(expression)) {
      const { engine, model } = loaded()
      paths.set(expression, undefined)
      paths.set(expression, engine.compile(expression, model as never, silent) as Compiled)
    }
    const found = paths.get(expression)?.(element, { resource, rootResource: resource })
    return Array.isArray(found) ? found : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether an element breaks a constraint of a profile. What the library cannot decide, such as a rule
 * that follows references to other resources, is not broken.
 */
export const isBroken = (
  rule: ProfileRule,
  { value, type }: Item,
  {
    resource,
    root,
    profiles,
  }: Readonly<Record<'resource' | 'root', JsonObject>> & {
    readonly profiles: Profiles
  },
): boolean => {
  if (value === undefined) return false
  const evaluate = compiledFor(rule, type, profiles)
  if (evaluate === undefined) return false
  try {
    const environment = {
      resource: plain(resource),
      rootResource: plain(root),
      ucum: 'http://unitsofmeasure.org',
    }
    const result = evaluate(plain(value), environment)
    return Array.isArray(result) && result[0] === false
  } catch {
    return false
  }
}
