import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import { modifiersOf } from '../search/parse-criterion.ts'
import { parametersOf, type Parameter } from '../search/parameters.ts'
import { supportedParameters } from '../search/supported.ts'

/** A search parameter as the documentation shows it. */
export interface SearchReference {
  readonly code: string
  readonly type: SearchParameterDefinition['type']
  readonly description: string
  /** Without the colon; of references also the types of their targets. */
  readonly modifiers: readonly string[]
  /** Parameter and value as they stand in an address. */
  readonly example: string
}

/** What a value of each type looks like. */
const values: Readonly<Record<SearchParameterDefinition['type'], string>> = {
  number: 'gt2',
  date: 'ge2026-01-01',
  string: '张',
  token: 'system|code',
  reference: 'tinglin-liuyang',
  composite: 'http://loinc.org|4548-4$system|code',
  quantity: 'gt6.5|http://unitsofmeasure.org|%',
  uri: 'http://hl7.org/fhir/StructureDefinition/Patient',
  special: 'value',
}

/** Values that say more than those of their type do. */
const better: Readonly<Record<string, string>> = {
  _id: 'tinglin-liuyang',
  identifier: 'urn:oid:2.16.156.10011.1.3|310000197001010018',
  code: 'http://loinc.org|4548-4',
  category: 'laboratory',
  status: 'final',
  gender: 'female',
  near: '31.23|121.47|10|km',
  _text: '糖尿病',
  _content: '糖尿病',
}

/** A code, and what the second part of a composite looks like. */
const compositeOf = (
  parameter: Parameter | undefined,
  definitions: Definitions,
): string | undefined => {
  const { composite, resourceType = '' } = parameter ?? {}
  if (composite === undefined || composite.by === 'pairs') return undefined
  if (composite.by === 'coded-quantity') return `${better['code']}$gt6.5`
  const second = definitions.searchParameters.get(resourceType)?.get(composite.second)
  return second && `${better['code']}$${values[second.type]}`
}

/** Every search parameter of a type, as searches take it: from the table that searches are parsed by. */
export const searchReferenceOf = (
  resourceType: string,
  definitions: Definitions,
): readonly SearchReference[] => {
  const parameters = parametersOf(definitions, resourceType)
  return supportedParameters(resourceType, definitions).map(({ code, type, description }) => {
    const parameter = parameters.get(code)
    return {
      ...{ code, type, description },
      modifiers: parameter === undefined ? [] : modifiersOf(parameter, {}),
      example: `${code}=${better[code] ?? compositeOf(parameter, definitions) ?? values[type]}`,
    }
  })
}
