import type { Coding, ParametersParameter } from '@medplum/fhirtypes'
import { InvalidRequest } from '../../fhir/errors.ts'
import { textOf } from '../../fhir/outcome.ts'
import {
  codedAsCodeableConcept,
  codedAsCode,
  codedAsCoding,
  type Coded,
} from '../../terminology/coded.ts'
import { languagesOfValueSet } from '../../terminology/displays.ts'
import { findingsOutcome } from '../../terminology/outcome.ts'
import { validateInCodeSystem, validateInValueSet } from '../../terminology/validate-code.ts'
import type { Verdict } from '../../terminology/verdict.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { operationInputs, type OperationInputs } from './operation-inputs.ts'
import { parametersAnswer } from './parameters.ts'
import {
  refusing,
  terminologyQuestion,
  valueSetAsked,
  withSupplementsOf,
  type TerminologyQuestion,
} from './terminology-terms.ts'

/**
 * `ValueSet/$validate-code` and `CodeSystem/$validate-code`: whether a code, Coding or
 * CodeableConcept is right, and all that is wrong with it.
 * @throws InvalidRequest without exactly one of them
 * @throws NotFound for a value set that is not here
 * @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html
 */
export const validateCode = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const inputs = operationInputs(request, exchange)
  const question = terminologyQuestion(inputs, exchange)
  const isCodeSystem = request.resourceType === 'CodeSystem'
  const url = isCodeSystem ? await systemAsked(request, question) : undefined
  const coded = codedOf(inputs, url)
  const { languages } = question
  const asked = {
    membershipOnly: inputs.flag('valueset-membership-only') === true,
    lenientDisplay: inputs.flag('lenient-display-validation') === true,
  }
  const verdict = await refusing(async () => {
    if (isCodeSystem) return validateInCodeSystem(coded, question.terms, { ...asked, languages })
    const valueSet = await valueSetAsked(request, question)
    const terms = withSupplementsOf(valueSet, question.terms)
    const spoken = languages.length === 0 ? languagesOfValueSet(valueSet) : languages
    return validateInValueSet(valueSet, coded, terms, { ...asked, languages: spoken })
  })
  return parametersAnswer(
    verdictParameters(verdict, coded, exchange),
    question.terminology.disclosed,
  )
}

/** The code system of an instance, or the one that is named. */
const systemAsked = async (
  { id }: OperationRequest,
  { inputs, terminology }: TerminologyQuestion,
): Promise<string | undefined> =>
  id === undefined ? inputs.text('url') : (await terminology.byId('CodeSystem', id)).url

/** @throws InvalidRequest without exactly one thing to validate */
const codedOf = (inputs: OperationInputs, url: string | undefined): Coded => {
  const code = inputs.text('code')
  const coding = inputs.coding('coding')
  const codeableConcept = inputs.codeableConcept('codeableConcept')
  const sent = [code, coding, codeableConcept].filter(one => one !== undefined)
  if (sent.length !== 1)
    throw new InvalidRequest('terminology-input-missing', {
      expected: 'code + system | coding | codeableConcept',
    })
  if (codeableConcept !== undefined) return codedAsCodeableConcept(codeableConcept)
  if (coding !== undefined) return codedAsCoding(coding)
  const system = inputs.text('system') ?? url
  const inferSystem = system === undefined && inputs.flag('inferSystem') === true
  if (system === undefined && !inferSystem)
    throw new InvalidRequest('terminology-input-missing', { expected: 'system' })
  const version = inputs.text('systemVersion', ...(url === undefined ? [] : ['version']))
  const display = inputs.text('display')
  const named: Coding = {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    code: code!,
    ...(display === undefined ? {} : { display }),
  }
  return codedAsCode(named, inferSystem)
}

const verdictParameters = (
  verdict: Verdict,
  { codeableConcept }: Coded,
  { language }: Exchange,
): readonly ParametersParameter[] => {
  const { findings, coding } = verdict
  const errors = findings.filter(({ severity }) => severity === 'error')
  const told =
    errors.length > 0 ? errors : findings.filter(({ severity }) => severity === 'warning')
  const message = told
    .map(({ code, parameters = {} }) => textOf(code, parameters, language))
    .join('; ')
  const outcome = findingsOutcome(findings, language)
  return [
    { name: 'result', valueBoolean: verdict.result },
    ...optional('message', 'valueString', message === '' ? undefined : message),
    ...optional('code', 'valueCode', coding?.code),
    ...optional('system', 'valueUri', coding?.system),
    ...optional('version', 'valueString', verdict.version),
    ...optional('display', 'valueString', verdict.display),
    ...optional('normalized-code', 'valueCode', verdict.normalizedCode),
    ...(verdict.isInactive ? [{ name: 'inactive', valueBoolean: true }] : []),
    ...optional('status', 'valueCode', verdict.standing),
    ...optional('x-unknown-system', 'valueCanonical', verdict.unknownSystem),
    ...optional('x-caused-by-unknown-system', 'valueCanonical', verdict.causedByUnknownSystem),
    ...(codeableConcept === undefined
      ? []
      : [{ name: 'codeableConcept', valueCodeableConcept: codeableConcept }]),
    ...(findings.length === 0
      ? []
      : [{ name: 'issues', resource: outcome as ParametersParameter['resource'] & object }]),
  ]
}

const optional = (
  name: string,
  member: string,
  value: string | undefined,
): readonly ParametersParameter[] => (value === undefined ? [] : [{ name, [member]: value }])
