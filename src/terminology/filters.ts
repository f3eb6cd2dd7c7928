import { RE2JS } from 're2js'
import type { Element, ValueSetComposeIncludeFilter } from '@medplum/fhirtypes'
import { subsumes, type Concept, type Concepts } from './concepts.ts'
import { finding, TerminologyProblem } from './problems.ts'

/** Whether a concept passes. */
export type Test = (concept: Concept) => boolean

/**
 * What a filter of a value set lets pass. Regular expressions run in time linear to the text.
 * @throws TerminologyProblem for a filter without value, of an unknown kind, or with a broken expression
 * @see https://hl7.org/fhir/R4/valueset.html#filters
 */
export const filterTest = (
  filter: ValueSetComposeIncludeFilter,
  concepts: Concepts,
  expression: string,
): Test => {
  const { property, value } = filter
  const op = operatorOf(filter)
  const refuse = (): never => {
    throw new TerminologyProblem(
      finding('vs-invalid', {
        type: 'invalid',
        code: 'terminology-filter-invalid',
        parameters: { property: property ?? '', op: op ?? '', system: concepts.system.url ?? '' },
        expression,
      }),
    )
  }
  if (value === undefined || property === undefined) return refuse()
  const tests: Readonly<Record<string, () => Test>> = {
    ...hierarchyTests(value, concepts),
    '=': () => concept => valuesOf(concept, property, concepts).includes(value),
    in: () => isIn(property, value, concepts),
    'not-in': () => not(isIn(property, value, concepts)),
    exists: () => concept =>
      valuesOf(concept, property, concepts).length > 0 === (value === 'true'),
    regex: () => {
      const pattern = compiled(value)
      return pattern === undefined
        ? refuse()
        : concept =>
            valuesOf(concept, property, concepts).some(text => pattern.matcher(text).matches())
    },
  }
  return Object.hasOwn(tests, op ?? '') ? tests[op!]!() : refuse()
}

const laterOperator =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.compose.include.filter.op'

/** R4 carries the operators that came with R5, such as `child-of`, as an extension of `op`. */
const operatorOf = (filter: ValueSetComposeIncludeFilter & { readonly _op?: Element }) =>
  filter._op?.extension?.find(({ url }) => url === laterOperator)?.valueCode ?? filter.op

const hierarchyTests = (
  value: string,
  concepts: Concepts,
): Readonly<Record<string, () => Test>> => {
  const of = (test: (concept: Concept, named: Concept) => boolean) => (): Test => {
    const named = concepts.find(value)
    return concept => named !== undefined && test(concept, named)
  }
  return {
    'is-a': of((concept, named) => subsumes(named, concept)),
    'descendent-of': of((concept, named) => concept !== named && subsumes(named, concept)),
    'is-not-a': () => not(of((concept, named) => subsumes(named, concept))()),
    generalizes: of((concept, named) => subsumes(concept, named)),
    'child-of': of((concept, named) => concept.parents.includes(named)),
    'descendent-leaf': of(
      (concept, named) => concept.children.length === 0 && subsumes(named, concept),
    ),
  }
}

const not =
  (test: Test): Test =>
  concept =>
    !test(concept)

const isIn = (property: string, list: string, concepts: Concepts): Test => {
  const values = new Set(list.split(',').map(value => value.trim()))
  return concept => valuesOf(concept, property, concepts).some(value => values.has(value))
}

const compiled = (pattern: string): RE2JS | undefined => {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}

/** The values of a property as text; `code`, `concept` and `display` are asked for in the same way. */
const valuesOf = (concept: Concept, property: string, { system }: Concepts): readonly string[] => {
  if (property === 'code' || property === 'concept') return [concept.code]
  if (property === 'display') return concept.display === undefined ? [] : [concept.display]
  if (property === 'parent') return concept.parents.map(({ code }) => code)
  if (property === 'child') return concept.children.map(({ code }) => code)
  const codes = new Set([
    property,
    ...(system.property ?? [])
      .filter(({ uri }) => uri?.endsWith(`#${property}`) === true)
      .map(({ code }) => code),
  ])
  return concept.properties.filter(({ code }) => codes.has(code)).map(textOfProperty)
}

const textOfProperty = (property: Concept['properties'][number]): string =>
  String(
    property.valueCode ??
      property.valueString ??
      property.valueBoolean ??
      property.valueInteger ??
      property.valueDecimal ??
      property.valueDateTime ??
      property.valueCoding?.code ??
      '',
  )
