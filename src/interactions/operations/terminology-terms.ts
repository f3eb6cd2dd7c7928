import type { ValueSet } from '@medplum/fhirtypes'
import { InvalidRequest, NotFound, TerminologyRefused } from '../../fhir/errors.ts'
import { languagesOf } from '../../terminology/displays.ts'
import { finding, TerminologyProblem } from '../../terminology/problems.ts'
import { resolve } from '../../terminology/source.ts'
import { supplementsNamed, type Terms } from '../../terminology/terms.ts'
import type { Exchange, OperationRequest } from '../interaction.ts'
import type { OperationInputs } from './operation-inputs.ts'
import { exchangeTerminology, type ExchangeTerminology } from './terminology-source.ts'

/** What every terminology operation starts from. */
export interface TerminologyQuestion {
  readonly inputs: OperationInputs
  readonly terminology: ExchangeTerminology
  readonly terms: Terms
  /** Language tags for displays, best first; of `displayLanguage` alone. */
  readonly languages: readonly string[]
}

/** Versions of code systems, each `system|version`. */
const versionsOf = (canonicals: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    canonicals.flatMap(canonical => {
      const [system = '', version] = canonical.split('|')
      return version === undefined ? [] : [[system, version] as const]
    }),
  )

/** Reads what all terminology operations take. */
export const terminologyQuestion = (
  inputs: OperationInputs,
  exchange: Exchange,
): TerminologyQuestion => {
  const terminology = exchangeTerminology(exchange, inputs.resources('tx-resource'))
  return {
    ...{ inputs, terminology },
    languages: languagesOf(inputs.text('displayLanguage')),
    terms: {
      source: terminology.source,
      supplements: inputs.texts('useSupplement'),
      versions: versionsOf(inputs.texts('system-version')),
      forcedVersions: versionsOf(inputs.texts('force-system-version')),
      activeOnly: inputs.flag('activeOnly') === true,
      used: { codeSystems: new Map(), valueSets: new Set(), supplements: new Set() },
    },
  }
}

/**
 * The value set an operation is about: of the instance, sent along, or by its canonical.
 * @throws NotFound when it is not here
 */
export const valueSetAsked = async (
  { id }: OperationRequest,
  { inputs, terms, terminology }: TerminologyQuestion,
): Promise<ValueSet> => {
  if (id !== undefined) return terminology.byId('ValueSet', id)
  const [sent] = inputs.resources('valueSet')
  if (sent?.resourceType === 'ValueSet') return sent
  const url = inputs.text('url')
  if (url === undefined)
    throw new InvalidRequest('terminology-input-missing', { expected: 'url, valueSet' })
  const version = inputs.text('valueSetVersion')
  const found = await resolve(terms.source, 'ValueSet', url, version)
  if (found !== undefined) return found
  throw new TerminologyProblem(
    finding('not-found', {
      type: 'not-found',
      code: 'terminology-value-set-unknown',
      parameters: { valueSet: version === undefined ? url : `${url}|${version}` },
    }),
  )
}

/** The terms with the supplements that the value set itself asks for. */
export const withSupplementsOf = (valueSet: ValueSet, terms: Terms): Terms => ({
  ...terms,
  supplements: [...new Set([...terms.supplements, ...supplementsNamed(valueSet)])],
})

/** Runs an operation; what stops it becomes a refusal. @throws NotFound, TerminologyRefused */
export const refusing = async <T>(run: () => Promise<T>): Promise<T> => {
  try {
    return await run()
  } catch (problem) {
    if (!(problem instanceof TerminologyProblem)) throw problem
    const { code, parameters, expression, kind } = problem.finding
    if (kind === 'not-found') throw new NotFound(code, parameters)
    throw new TerminologyRefused(code, parameters, expression)
  }
}
