import type { Definitions } from '../../fhir/definitions.ts'
import { resourceTypeNumber } from '../../fhir/resource-types.ts'
import type { ValueContext } from '../faults.ts'
import { parametersOf, type Parameter } from '../parameters.ts'
import { unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { Criterion } from '../tree.ts'
import type { Guard } from '../visible.ts'
import { parseReference, targetsOf } from './reference.ts'
import { hasTokenOf } from './token.ts'

/**
 * The resource refers to one of these, or to one below or above it. All on the way must be visible:
 * what is hidden leads nowhere.
 */
export interface HierarchyTest {
  readonly kind: 'hierarchy'
  readonly direction: 'above' | 'below'
  readonly parameter: bigint
  readonly roots: readonly Root[]
}

/** Where a hierarchy of one type begins, and the parameter by which a part names its whole. */
interface Root {
  readonly type: string
  readonly keys: readonly bigint[]
  readonly partOf: bigint
}

/** Types whose resources are part of one of the same type, by the parameter that says so. */
const partOfCodes: Readonly<Record<string, string>> = {
  CarePlan: 'part-of',
  Communication: 'part-of',
  Encounter: 'part-of',
  Location: 'partof',
  Organization: 'partof',
  Procedure: 'part-of',
  ResearchStudy: 'partof',
  Task: 'part-of',
}

/** Whether a reference leads to resources that are parts of one another. */
export const hasHierarchy = ({ targets, isPatientColumn }: Parameter): boolean =>
  !isPatientColumn && targets.some(type => Object.hasOwn(partOfCodes, type))

/**
 * The criterion for `:above` and `:below` of a reference, or undefined with a fault. What is referred
 * to itself is found as by the reference alone.
 * @see https://hl7.org/fhir/R4/search.html#hierarchical
 */
export const parseHierarchy = (
  parameter: Parameter,
  parts: readonly string[],
  direction: 'above' | 'below',
  context: ValueContext & { readonly definitions: Definitions },
): Criterion | undefined => {
  const itself = parseReference(parameter, parts, parameter.targets, context)
  if (itself === undefined) return undefined
  const targets = parts.flatMap(part =>
    targetsOf(unescaped(part), parameter.targets, context.baseUrl),
  )
  const roots = Object.entries(partOfCodes).flatMap(([type, code]): readonly Root[] => {
    const keys = targets.flatMap(target =>
      target.isHere && target.resourceType === type ? [target.key] : [],
    )
    if (keys.length === 0) return []
    return [{ type, keys, partOf: parametersOf(context.definitions, type).get(code)!.hash }]
  })
  const { code, hash } = parameter
  const plain: Criterion = { kind: 'match', code, test: itself }
  if (roots.length === 0) return plain
  const test: HierarchyTest = { kind: 'hierarchy', direction, parameter: hash, roots }
  return { kind: 'any', criteria: [plain, { kind: 'match', code, test }] }
}

/** The parts, or wholes, are found first and handed over as one array of tokens. */
export const hierarchySql = (
  { direction, parameter, roots }: HierarchyTest,
  alias: string,
  { values, guard, drive }: { values: Values; guard: Guard; drive: boolean },
): Sql => {
  const alternatives = roots.map(({ type, keys, partOf }) => {
    const number = values.smallint(resourceTypeNumber(type)!)
    const isSeen = (of: string): Sql =>
      `${of}.type = ${number} and not ${of}.deleted and ${guard.visible(of, [type])}`
    const partOfBound = values.bigint(partOf)
    const step =
      direction === 'below'
        ? `select n.key from h join resource n on n.tokens @> array[h.key # ${partOfBound}] where ${isSeen('n')}`
        : `select n.key from h join resource s on s.key = h.key cross join unnest(s.tokens) e(token) join resource n on n.key = e.token # ${partOfBound} where ${isSeen('n')}`
    const found = `array(with recursive h(key) as (
  select t.key from resource t where t.key = any(${values.bigints(keys)}) and ${isSeen('t')}
  union ${step}
) select h.key # ${values.bigint(parameter)} from h)`
    return hasTokenOf(found, alias, drive)
  })
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
}
