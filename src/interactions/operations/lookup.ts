import type { Coding } from '@medplum/fhirtypes'
import { InvalidRequest, NotFound } from '../../fhir/errors.ts'
import { subsumes } from '../../terminology/concepts.ts'
import { lookup } from '../../terminology/lookup.ts'
import { supplementsOf, conceptsNamed } from '../../terminology/terms.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { operationInputs, type OperationInputs } from './operation-inputs.ts'
import { parametersAnswer } from './parameters.ts'
import { refusing, terminologyQuestion } from './terminology-terms.ts'

/**
 * `CodeSystem/$lookup`: all that is known of a code.
 * @throws NotFound for a code system or code that is not here
 * @see https://hl7.org/fhir/R4/codesystem-operation-lookup.html
 */
export const lookupCode = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const inputs = operationInputs(request, exchange)
  const question = terminologyQuestion(inputs, exchange)
  const { languages, terms, terminology } = question
  const coding = inputs.coding('coding') ?? codingOf(inputs, 'code')
  const properties = inputs.texts('property')
  const found = await refusing(async () => {
    await supplementsOf(terms)
    return lookup(coding, { properties, languages }, terms)
  })
  if (found === 'system-unknown')
    throw new NotFound('terminology-system-unknown', { system: coding.system ?? '' })
  if (found === 'code-unknown')
    throw new NotFound('terminology-code-unknown', {
      found: coding.code ?? '',
      system: coding.system ?? '',
    })
  return parametersAnswer(found, terminology.disclosed)
}

/**
 * `CodeSystem/$subsumes`: how two codes of one code system stand to each other.
 * @throws NotFound for a code system or code that is not here
 * @see https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
 */
export const subsumesCode = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const inputs = operationInputs(request, exchange)
  const { terms, terminology } = terminologyQuestion(inputs, exchange)
  const { id } = request
  const system =
    id === undefined ? inputs.text('system') : (await terminology.byId('CodeSystem', id)).url
  const [one, other] = (['A', 'B'] as const).map(
    side => inputs.coding(`coding${side}`) ?? codingOf(inputs, `code${side}`, system),
  )
  if (one!.system !== other!.system)
    throw new InvalidRequest('terminology-input-invalid', {
      parameter: 'codingB',
      expected: 'one code system',
    })
  const concepts = await refusing(() => conceptsNamed(one!.system!, one!.version, terms))
  if (concepts === undefined)
    throw new NotFound('terminology-system-unknown', { system: one!.system! })
  const [a, b] = [one!, other!].map(({ code = '' }) => {
    const concept = concepts.find(code)
    if (concept !== undefined) return concept
    throw new NotFound('terminology-code-unknown', { found: code, system: concepts.canonical })
  })
  const outcome =
    a === b
      ? 'equivalent'
      : subsumes(a!, b!)
        ? 'subsumes'
        : subsumes(b!, a!)
          ? 'subsumed-by'
          : 'not-subsumed'
  return parametersAnswer([{ name: 'outcome', valueCode: outcome }], terminology.disclosed)
}

/** @throws InvalidRequest without code and system */
export const codingOf = (
  inputs: OperationInputs,
  name: string,
  system = inputs.text('system'),
): Coding => {
  const code = inputs.text(name)
  if (code === undefined || system === undefined)
    throw new InvalidRequest('terminology-input-missing', { expected: `${name} + system` })
  const version = inputs.text('version')
  return { system, code, ...(version === undefined ? {} : { version }) }
}
