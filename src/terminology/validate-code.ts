import type { ValueSet } from '@medplum/fhirtypes'
import type { Coded, PlacedCoding } from './coded.ts'
import { codeSystemFindings } from './code-findings.ts'
import { displayFindings, type DisplayTerms } from './display-findings.ts'
import { displayIn } from './displays.ts'
import { finding, TerminologyProblem, type Finding } from './problems.ts'
import { namedAs } from './source.ts'
import { conceptsNamed, type Terms } from './terms.ts'
import { membersOf, type Member, type Members } from './value-set.ts'
import { inactiveComment, stopped, summed, type Judged, type Verdict } from './verdict.ts'

/** How a code is to be judged. */
export interface ValidationTerms extends DisplayTerms {
  /** Only whether it is in the value set, not whether it exists and is rightly named. */
  readonly membershipOnly: boolean
}

/**
 * Whether a code is in a value set.
 * @throws TerminologyProblem when the value set itself cannot be read
 * @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html
 */
export const validateInValueSet = async (
  valueSet: ValueSet,
  coded: Coded,
  terms: Terms,
  asked: ValidationTerms,
): Promise<Verdict> => {
  const name = namedAs(valueSet)
  let members: Members
  try {
    members = await membersOf(valueSet, { ...terms, activeOnly: false })
  } catch (problem) {
    if (!(problem instanceof TerminologyProblem)) throw problem
    if (problem.finding.kind === 'vs-invalid' || problem.finding.code.includes('supplement'))
      throw problem
    return stopped(coded, problem)
  }
  const judged: Judged[] = []
  for (const placed of coded.codings)
    judged.push(await judge(placed, { members, name, coded, terms, asked }))
  return summed(judged, coded, name)
}

/** Whether a code system has a code. @see https://hl7.org/fhir/R4/codesystem-operation-validate-code.html */
export const validateInCodeSystem = async (
  coded: Coded,
  terms: Terms,
  asked: ValidationTerms,
): Promise<Verdict> => {
  const judged: Judged[] = []
  for (const placed of coded.codings) {
    const { system, version } = placed.coding
    const concepts = system === undefined ? undefined : await conceptsNamed(system, version, terms)
    // A supplement has no codes of its own.
    const isOwn = concepts?.system.content !== 'supplement'
    const concept = isOwn ? concepts?.find(placed.coding.code ?? '') : undefined
    const member: Member | undefined =
      concept === undefined
        ? undefined
        : {
            ...{ system: system!, version: concepts!.system.version, code: concept.code },
            ...{ concept, concepts, written: undefined },
          }
    const found = await codeSystemFindings(placed, terms)
    judged.push(judgedOf(placed, member, found, asked))
  }
  return summed(judged, coded, undefined)
}

interface Question {
  readonly members: Members
  readonly name: string
  readonly coded: Coded
  readonly terms: Terms
  readonly asked: ValidationTerms
}

const judge = async (placed: PlacedCoding, question: Question): Promise<Judged> => {
  const { members, name, coded, terms, asked } = question
  const { system, code = '' } = placed.coding
  let found: readonly Member[]
  try {
    found = system === undefined && !coded.inferSystem ? [] : members.find(system, code)
  } catch (problem) {
    if (!(problem instanceof TerminologyProblem)) throw problem
    const findings = [{ ...problem.finding, expression: placed.at('system') }]
    return {
      ...{ placed, member: undefined, isIn: false, findings },
      causedByUnknownSystem: problem.unknownSystem,
    }
  }
  const [member] = found
  const isInactive = terms.activeOnly && member?.concept?.isInactive === true
  const isOne = found.length === 1 || (system !== undefined && found.length > 0)
  const isVersion =
    placed.coding.version === undefined ||
    found.some(({ version }) => version === undefined || version === placed.coding.version)
  if (isOne && isVersion && !isInactive) {
    const checks = asked.membershipOnly
      ? { findings: [], unknownSystem: undefined }
      : await codeSystemFindings(placed, terms, member)
    return judgedOf(placed, member, checks, asked)
  }
  const outside = notIn(placed, name, coded)
  if (isInactive) return inactiveRefused(placed, member!, outside, asked)
  const inferred = coded.inferSystem ? [cannotInfer(placed, name, found)] : []
  if (asked.membershipOnly || coded.inferSystem)
    return { placed, member: undefined, isIn: false, findings: [outside, ...inferred] }
  const checks = await codeSystemFindings(placed, terms)
  const known = await knownMember(placed, terms)
  return {
    ...{ placed, member: known, isIn: false, findings: [outside, ...checks.findings] },
    unknownSystem: checks.unknownSystem,
    display: known === undefined ? undefined : displayIn(known, asked.languages),
  }
}

/** The concept of a code that is not in the value set, for its display. */
const knownMember = async ({ coding }: PlacedCoding, terms: Terms): Promise<Member | undefined> => {
  const { system, code = '', version } = coding
  if (system === undefined) return undefined
  const concepts = await conceptsNamed(system, version, terms)
  const concept = concepts?.find(code)
  if (concept === undefined) return undefined
  return {
    ...{ system, version: concepts!.system.version, code, concept, concepts },
    written: undefined,
  }
}

const judgedOf = (
  placed: PlacedCoding,
  member: Member | undefined,
  checks: { readonly findings: readonly Finding[]; readonly unknownSystem?: string | undefined },
  asked: ValidationTerms,
): Judged => {
  const displays =
    member === undefined || asked.membershipOnly ? [] : displayFindings(placed, member, asked)
  const findings = [...checks.findings, ...displays]
  return {
    ...{ placed, member, findings },
    isIn: !checks.findings.some(({ severity }) => severity === 'error'),
    unknownSystem: checks.unknownSystem,
    display: member === undefined ? undefined : displayIn(member, asked.languages),
  }
}

const notIn = (placed: PlacedCoding, name: string, { codeableConcept }: Coded): Finding => {
  const isOneOfMany = codeableConcept !== undefined
  const { system = '', code = '' } = placed.coding
  return finding(isOneOfMany ? 'this-code-not-in-vs' : 'not-in-vs', {
    severity: isOneOfMany ? 'information' : 'error',
    type: 'code-invalid',
    code: 'terminology-code-not-in-value-set',
    parameters: { found: `${system}#${code}`, valueSet: name },
    expression: placed.at('code'),
  })
}

const cannotInfer = (placed: PlacedCoding, name: string, found: readonly Member[]): Finding =>
  finding('cannot-infer', {
    type: 'not-found',
    code: 'terminology-system-not-inferred',
    parameters: {
      code: placed.coding.code ?? '',
      valueSet: name,
      found: found.map(({ system }) => system).join(', ') || '–',
    },
    expression: placed.at('code'),
  })

const inactiveRefused = (
  placed: PlacedCoding,
  member: Member,
  outside: Finding,
  asked: ValidationTerms,
): Judged => {
  const rule = finding('code-rule', {
    type: 'business-rule',
    code: 'terminology-code-inactive',
    parameters: { code: placed.coding.code ?? '' },
    expression: placed.at('code'),
  })
  return {
    ...{ placed, member, isIn: false, findings: [rule, outside, inactiveComment(placed, member)] },
    display: displayIn(member, asked.languages),
  }
}
