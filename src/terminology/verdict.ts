import type { Coding } from '@medplum/fhirtypes'
import type { Coded, PlacedCoding } from './coded.ts'
import { finding, type Finding, type TerminologyProblem } from './problems.ts'
import type { Member } from './value-set.ts'

/** What is said about a code. */
export interface Verdict {
  readonly result: boolean
  readonly findings: readonly Finding[]
  /** The coding that was found good, or the one coding there was. */
  readonly coding: Coding | undefined
  readonly display: string | undefined
  readonly version: string | undefined
  /** The code as the code system writes it, where that differs by case. */
  readonly normalizedCode: string | undefined
  readonly isInactive: boolean
  readonly standing: string | undefined
  /** Code systems that are not here: of the code, and of the value set. */
  readonly unknownSystem: string | undefined
  readonly causedByUnknownSystem: string | undefined
}

/** What was found about one coding. */
export interface Judged {
  readonly placed: PlacedCoding
  readonly member: Member | undefined
  readonly isIn: boolean
  readonly findings: readonly Finding[]
  readonly unknownSystem?: string | undefined
  readonly causedByUnknownSystem?: string | undefined
  readonly display?: string | undefined
}

/** Where a code is that is not to be used any more. */
export const inactiveComment = (placed: PlacedCoding, { concept, code }: Member): Finding =>
  finding('code-comment', {
    severity: 'warning',
    type: 'business-rule',
    code: 'terminology-code-retired',
    parameters: { code, status: concept!.standing ?? 'inactive' },
    expression: placed.at(),
  })

/** A value set that cannot be worked out says nothing for the code. */
export const stopped = (coded: Coded, problem: TerminologyProblem): Verdict => ({
  ...{ result: false, findings: [problem.finding], display: undefined, version: undefined },
  coding: coded.codeableConcept === undefined ? coded.codings[0]?.coding : undefined,
  ...{ normalizedCode: undefined, isInactive: false, standing: undefined },
  ...{ unknownSystem: undefined, causedByUnknownSystem: problem.unknownSystem },
})

/** The verdict over all codings. */
export const summed = (
  judged: readonly Judged[],
  { codeableConcept }: Coded,
  valueSet: string | undefined,
): Verdict => {
  const good = judged.find(({ isIn }) => isIn)
  const shown = good ?? (codeableConcept === undefined ? judged[0] : undefined)
  const { member, placed } = shown ?? {}
  const none =
    good === undefined && codeableConcept !== undefined && valueSet !== undefined
      ? [noneIn(valueSet)]
      : []
  const retired =
    good !== undefined && member?.concept?.isInactive === true
      ? [inactiveComment(good.placed, member)]
      : []
  const findings = [...none, ...judged.flatMap(one => one.findings), ...retired]
  const code = placed?.coding.code
  const tellsStanding =
    member?.concept?.isInactive === true || member?.concept?.standing === 'deprecated'
  const normalized = member?.concept?.code
  return {
    result: good !== undefined && !findings.some(({ severity }) => severity === 'error'),
    findings,
    coding: placed && { ...placed.coding, ...(member && { system: member.system }) },
    display: shown?.display,
    version: member?.concepts?.system.version,
    normalizedCode:
      normalized !== undefined && normalized !== code && code !== undefined
        ? normalized
        : undefined,
    isInactive: member?.concept?.isInactive === true,
    standing: tellsStanding ? member.concept?.standing : undefined,
    unknownSystem: judged.find(one => one.unknownSystem !== undefined)?.unknownSystem,
    causedByUnknownSystem: judged.find(one => one.causedByUnknownSystem !== undefined)
      ?.causedByUnknownSystem,
  }
}

const noneIn = (valueSet: string): Finding =>
  finding('not-in-vs', {
    type: 'code-invalid',
    code: 'terminology-no-code-in-value-set',
    parameters: { valueSet },
  })
