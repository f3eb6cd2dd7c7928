import type { MessageCode } from '../fhir/messages.ts'
import type { Issue, IssueType, MessageParameters } from '../fhir/outcome.ts'

/** What kind of finding it is, in the words terminology servers share. */
export type FindingKind =
  | 'not-in-vs'
  | 'this-code-not-in-vs'
  | 'invalid-code'
  | 'invalid-display'
  | 'invalid-data'
  | 'not-found'
  | 'cannot-infer'
  | 'code-rule'
  | 'code-comment'
  | 'display-comment'
  | 'vs-invalid'

/** One finding about a code, still without language. */
export interface Finding extends Issue {
  readonly kind: FindingKind
}

/** What stops an answer: something that is not here or cannot be worked out. */
export class TerminologyProblem extends Error {
  readonly finding: Finding
  /** The code system that is not here, where it is one. */
  readonly unknownSystem: string | undefined
  constructor(finding: Finding, unknownSystem?: string) {
    super(finding.code)
    this.finding = finding
    this.unknownSystem = unknownSystem
  }
}

/** What is to be said about a finding. */
export interface FindingText {
  readonly severity?: Issue['severity']
  readonly type: IssueType
  readonly code: MessageCode
  readonly parameters?: MessageParameters
  readonly expression?: string | undefined
}

export const finding = (kind: FindingKind, text: FindingText): Finding => ({
  kind,
  severity: text.severity ?? 'error',
  type: text.type,
  code: text.code,
  ...(text.parameters === undefined ? {} : { parameters: text.parameters }),
  ...(text.expression === undefined ? {} : { expression: text.expression }),
})

/** The code system is not here. */
export const systemUnknown = (system: string, expression?: string): Finding =>
  finding('not-found', {
    type: 'not-found',
    code: 'terminology-system-unknown',
    parameters: { system },
    expression,
  })
