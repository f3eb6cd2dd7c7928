import type { ObjectCheck } from './element-check.ts'
import { issue } from './outcome.ts'
import { ruleText } from './rule-texts.ts'
import type { JsonObject, Walk } from './walk.ts'

/** One element type's rules: calls `broken` with the place of each rule the element breaks. */
type Rules = (node: JsonObject, place: Place, broken: (rule: number) => void) => void

/** What `%resource` and `%rootResource` are. */
interface Place {
  readonly resource: JsonObject
  readonly root: JsonObject
}

/** What the build writes to `generated/invariants.js`. */
interface Generated {
  readonly rules: readonly (readonly [key: string, human: string, member: string])[]
  /** Keys of the constraints that are checked by hand. */
  readonly elsewhere: readonly string[]
  readonly errors: Readonly<Record<string, Rules>>
  readonly warnings: Readonly<Record<string, Rules>>
}

const { rules, elsewhere, errors, warnings } = (await import(
  new URL('./generated/invariants.js', import.meta.url).href
)) as Generated

/**
 * The check of the constraints R4 puts on a type, or nothing. They were translated from FHIRPath to
 * JavaScript at build time; constraints that are warnings are only looked at where they are asked for.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export const invariantCheck = (type: string): ObjectCheck | undefined => {
  const hard = Object.hasOwn(errors, type) ? errors[type] : undefined
  const soft = Object.hasOwn(warnings, type) ? warnings[type] : undefined
  if (hard === undefined && soft === undefined) return undefined
  return (node, walk) => {
    const place: Place = { resource: walk.resource, root: walk.container }
    hard?.(node, place, rule => report(rule, walk, 'error'))
    if (walk.wantsWarnings) soft?.(node, place, rule => report(rule, walk, 'warning'))
  }
}

const baseRules = new Set([...rules.map(([key]) => key), ...elsewhere])

/** Whether a constraint of a profile is one of R4 itself, which is checked anyway. */
export const isBaseRule = (key: string): boolean => baseRules.has(key)

const report = (rule: number, walk: Walk, severity: 'error' | 'warning'): void => {
  const [key, human, member] = rules[rule]!
  walk.add({
    ...issue(severity, 'invariant', 'invariant-broken', { rule: key }),
    local: { text: ruleText(key, human) },
    expression: walk.expression(member === '' ? undefined : member),
  })
}
