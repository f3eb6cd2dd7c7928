import type { PlacedCoding } from './coded.ts'
import { canonicalOf } from './concepts.ts'
import { finding, systemUnknown, type Finding } from './problems.ts'
import { resolve } from './source.ts'
import { conceptsNamed, type Terms } from './terms.ts'
import type { Member } from './value-set.ts'

/** What its code system says about a code. */
export interface CodeFindings {
  readonly findings: readonly Finding[]
  /** Its code system is not here. */
  readonly unknownSystem: string | undefined
}

/** Whether the code exists, is written as it should be, and may still be used. `member` is it in a value set. */
export const codeSystemFindings = async (
  placed: PlacedCoding,
  terms: Terms,
  member?: Member,
): Promise<CodeFindings> => {
  const { coding, at } = placed
  const system = coding.system ?? member?.system
  if (system === undefined) return { findings: [systemMissing(at())], unknownSystem: undefined }
  if (member !== undefined && member.concepts === undefined) return none
  const [wrong, isUnknown] = await systemFindings(system, coding.version, terms, at('system'))
  if (wrong.length > 0) return { findings: wrong, unknownSystem: isUnknown ? system : undefined }
  const concepts = (await conceptsNamed(system, coding.version, terms))!
  const code = coding.code ?? ''
  const concept = concepts.find(code)
  const { content, caseSensitive } = concepts.system
  if (concept === undefined) {
    if (content === 'complete' || content === 'fragment')
      return { findings: [codeUnknown(placed, concepts.system, content)], unknownSystem: undefined }
    return none
  }
  const findings: Finding[] = []
  if (concept.code !== code && caseSensitive === false)
    findings.push(
      finding('code-rule', {
        severity: 'information',
        type: 'business-rule',
        code: 'terminology-code-case',
        parameters: { found: code, expected: concept.code, system: concepts.canonical },
        expression: at('code'),
      }),
    )
  const isDeprecated = concept.standing === 'deprecated' && member === undefined
  if (isDeprecated) findings.push(deprecated(code, at('code')))
  if (isDeprecatedIn(member)) findings.push(deprecated(code, at('code')))
  return { findings, unknownSystem: undefined }
}

const none: CodeFindings = { findings: [], unknownSystem: undefined }

const deprecatedExtension = 'http://hl7.org/fhir/StructureDefinition/valueset-deprecated'

const isDeprecatedIn = (member: Member | undefined): boolean =>
  member?.written?.extension?.some(
    ({ url, valueBoolean }) => url === deprecatedExtension && valueBoolean === true,
  ) === true

const deprecated = (code: string, expression: string): Finding =>
  finding('code-comment', {
    severity: 'warning',
    type: 'business-rule',
    code: 'terminology-code-deprecated',
    parameters: { code },
    expression,
  })

const systemMissing = (expression: string): Finding =>
  finding('invalid-data', {
    severity: 'warning',
    type: 'invalid',
    code: 'terminology-system-missing',
    expression,
  })

/** What is wrong with the system itself, and whether it is one that is not here. */
// oxlint-disable-next-line max-params -- the system, its version, where it is looked for, how it is named
const systemFindings = async (
  system: string,
  version: string | undefined,
  terms: Terms,
  expression: string,
): Promise<readonly [readonly Finding[], boolean]> => {
  const invalid = (code: 'terminology-system-is-value-set' | 'terminology-system-relative') =>
    finding('invalid-data', { type: 'invalid', code, parameters: { system }, expression })
  const concepts = await conceptsNamed(system, version, terms)
  if (concepts?.system.content === 'supplement')
    return [
      [
        finding('invalid-data', {
          type: 'invalid',
          code: 'terminology-system-is-supplement',
          parameters: { system: canonicalOf(concepts.system) },
          expression,
        }),
      ],
      false,
    ]
  if (concepts !== undefined) return [[], false]
  if ((await resolve(terms.source, 'ValueSet', system)) !== undefined)
    return [[invalid('terminology-system-is-value-set')], false]
  const unknown = systemUnknown(system, expression)
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(system)
  return [isAbsolute ? [unknown] : [invalid('terminology-system-relative'), unknown], true]
}

const codeUnknown = (
  { coding, at }: PlacedCoding,
  system: { readonly url?: string; readonly version?: string },
  content: 'complete' | 'fragment',
): Finding =>
  finding('invalid-code', {
    severity: content === 'fragment' ? 'warning' : 'error',
    type: 'code-invalid',
    code: content === 'fragment' ? 'terminology-code-not-in-fragment' : 'terminology-code-unknown',
    parameters: { found: coding.code ?? '', system: canonicalOf(system) },
    expression: at('code'),
  })
