import { compartmentParameters } from '../fhir/compartments.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { keyOf, token } from './hash.ts'
import { parametersOf } from './parameters.ts'
import type { Criterion, SearchQuery, Test } from './tree.ts'
import { isGuarded, type ReferenceTest } from './types/reference.ts'

/** One resource and all that belongs to it. @see https://hl7.org/fhir/R4/compartmentdefinition.html */
export interface Compartment {
  readonly type: string
  readonly id: string
}

/** A search left to what belongs to a compartment, by the parameters its definition names. */
export const withinCompartment = (
  query: SearchQuery,
  compartment: Compartment,
  definitions: Definitions,
): SearchQuery => ({
  ...query,
  criteria: {
    kind: 'all',
    criteria: [
      membership(compartment, query.resourceTypes, definitions),
      ...(query.criteria.kind === 'all' ? query.criteria.criteria : [query.criteria]),
    ],
  },
})

/** What all types say by the column `patient` is one test, and what they say by tokens another. */
const membership = (
  { type, id }: Compartment,
  types: readonly string[],
  definitions: Definitions,
): Criterion => {
  const key = keyOf(type, id)
  const columns: string[] = []
  const open: bigint[] = []
  const guarded: bigint[] = []
  for (const resourceType of types)
    for (const code of compartmentParameters(type, resourceType) ?? []) {
      const parameter = parametersOf(definitions, resourceType).get(code)!
      if (parameter.isPatientColumn && type === 'Patient') columns.push(resourceType)
      else (isGuarded(type, parameter) ? guarded : open).push(token(parameter.hash, key))
    }
  const tests: Criterion[] = []
  if (columns.length > 0) tests.push(inColumn(key, columns, types))
  if (open.length + guarded.length > 0)
    tests.push(
      match({
        ...{ kind: 'reference', patients: [], open, openKeys: open.map(() => key) },
        ...{ guarded: guarded.map(() => key), guardedTokens: guarded },
        guardedTypes: guarded.length === 0 ? [] : [type],
      }),
    )
  if (types.includes(type)) tests.push(match({ kind: 'key', keys: [key] }))
  return tests.length === 1 ? tests[0]! : { kind: 'any', criteria: tests }
}

const match = (test: Test): Criterion => ({ kind: 'match', code: 'compartment', test })

const nothing: ReferenceTest = {
  ...{ kind: 'reference', patients: [], open: [], openKeys: [] },
  ...{ guarded: [], guardedTokens: [], guardedTypes: [] },
}

/** The column may hold another parameter's patient in a type whose compartment does not name it. */
const inColumn = (key: bigint, columns: readonly string[], types: readonly string[]): Criterion => {
  const ofPatient = match({ ...nothing, patients: [key] })
  const named = [...new Set(columns)]
  return named.length === types.length
    ? ofPatient
    : { kind: 'all', criteria: [match({ kind: 'type', types: named }), ofPatient] }
}
