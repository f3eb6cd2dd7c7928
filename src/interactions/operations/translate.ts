import type { ConceptMap, ParametersParameter } from '@medplum/fhirtypes'
import { NotFound } from '../../fhir/errors.ts'
import { resolve } from '../../terminology/source.ts'
import { isPositive, translate, type Match } from '../../terminology/translate.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { codingOf } from './lookup.ts'
import { operationInputs } from './operation-inputs.ts'
import { parametersAnswer } from './parameters.ts'
import { terminologyQuestion, type TerminologyQuestion } from './terminology-terms.ts'

/**
 * `ConceptMap/$translate` and `ConceptMap/[id]/$translate`: what a code is called elsewhere, by one
 * concept map or by all that the caller may see.
 * @throws NotFound for a concept map that is not here
 * @see https://hl7.org/fhir/R4/conceptmap-operation-translate.html
 */
export const translateCode = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const inputs = operationInputs(request, exchange)
  const question = terminologyQuestion(inputs, exchange)
  const codeableConcept = inputs.codeableConcept('codeableConcept')
  const codings = codeableConcept?.coding ?? [inputs.coding('coding') ?? codingOf(inputs, 'code')]
  const terms = {
    targetSystem: inputs.text('targetsystem'),
    reverse: inputs.flag('reverse') === true,
  }
  const matches: Match[] = []
  for (const coding of codings)
    matches.push(
      ...translate(await mapsFor(request, coding.system ?? '', question), {
        ...{ coding, ...terms },
      }),
    )
  const isFound = matches.some(isPositive)
  return parametersAnswer(
    [{ name: 'result', valueBoolean: isFound }, ...matches.map(matchParameter)],
    question.terminology.disclosed,
  )
}

const mapsFor = async (
  { id }: OperationRequest,
  system: string,
  { inputs, terms, terminology }: TerminologyQuestion,
): Promise<readonly ConceptMap[]> => {
  if (id !== undefined) return [await terminology.byId('ConceptMap', id)]
  const [sent] = inputs.resources('conceptMap')
  if (sent?.resourceType === 'ConceptMap') return [sent]
  const url = inputs.text('url')
  if (url === undefined) return terms.source.mapsFrom(system)
  const named = await resolve(terms.source, 'ConceptMap', url, inputs.text('conceptMapVersion'))
  if (named === undefined) throw new NotFound('terminology-map-unknown', { conceptMap: url })
  return [named]
}

const matchParameter = ({ equivalence, concept, originMap }: Match): ParametersParameter => ({
  name: 'match',
  part: [
    { name: 'equivalence', valueCode: equivalence },
    ...(concept === undefined ? [] : [{ name: 'concept', valueCoding: concept }]),
    { name: 'source', valueUri: originMap },
  ],
})
