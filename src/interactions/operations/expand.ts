import type { ValueSetExpansionParameter } from '@medplum/fhirtypes'
import { TooCostly } from '../../fhir/errors.ts'
import { stringifyJson } from '../../fhir/json.ts'
import { limits } from '../../fhir/limits.ts'
import { expand, type ExpansionTerms } from '../../terminology/expansion.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { operationInputs, type OperationInputs } from './operation-inputs.ts'
import {
  refusing,
  terminologyQuestion,
  valueSetAsked,
  withSupplementsOf,
} from './terminology-terms.ts'

/**
 * `ValueSet/$expand` and `ValueSet/[id]/$expand`.
 * @throws NotFound for a value set or code system that is not here
 * @throws TooCostly for more than `limits.expansionCodesMax` codes at once
 * @see https://hl7.org/fhir/R4/valueset-operation-expand.html
 */
export const expandValueSet = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const inputs = operationInputs(request, exchange)
  const question = terminologyQuestion(inputs, exchange)
  const expanded = await refusing(async () => {
    const valueSet = await valueSetAsked(request, question)
    const terms = withSupplementsOf(valueSet, question.terms)
    return expand(valueSet, terms, termsOf(inputs, question.languages, exchange))
  })
  const { total = 0, contains = [] } = expanded.expansion!
  if (contains.length > limits.expansionCodesMax)
    throw new TooCostly('terminology-expansion-too-large', {
      found: total,
      limit: limits.expansionCodesMax,
    })
  return {
    kind: 'operation',
    json: Buffer.from(stringifyJson(expanded)),
    disclosed: question.terminology.disclosed,
    warnings: [],
  }
}

const flags = ['activeOnly', 'excludeNested', 'includeDesignations', 'includeDefinition'] as const

const termsOf = (
  inputs: OperationInputs,
  languages: readonly string[],
  { context }: Exchange,
): ExpansionTerms => {
  const count = inputs.count('count')
  return {
    filter: inputs.text('filter'),
    offset: inputs.count('offset') ?? 0,
    count,
    excludeNested: inputs.flag('excludeNested') === true,
    includeDesignations: inputs.flag('includeDesignations') === true,
    properties: inputs.texts('property'),
    languages,
    echoed: echoed(inputs),
    identifier: context.newId(),
    timestamp: context.now().toISOString(),
  }
}

const echoed = (inputs: OperationInputs): readonly ValueSetExpansionParameter[] => [
  ...flags.flatMap(name => {
    const valueBoolean = inputs.flag(name)
    return valueBoolean === undefined ? [] : [{ name, valueBoolean }]
  }),
  ...(['count', 'offset'] as const).flatMap(name => {
    const valueInteger = inputs.count(name)
    return valueInteger === undefined ? [] : [{ name, valueInteger }]
  }),
  ...(['filter', 'displayLanguage'] as const).flatMap(name => {
    const valueString = inputs.text(name)
    return valueString === undefined ? [] : [{ name, valueString }]
  }),
]
