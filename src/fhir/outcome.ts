import { messages, type MessageCode } from './messages.ts'

/** Languages every text of ours exists in; the first is used when the caller states none. */
export const languages = ['en', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** The codes of the R4 issue-type value set that Huizhen sends. @see https://hl7.org/fhir/R4/valueset-issue-type.html */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'unknown'
  | 'expired'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'throttled'
  | 'exception'
  | 'informational'

/** What fills the placeholders of a message. Never a name, an identifier or a search value of a person. */
export type MessageParameters = Readonly<Record<string, string | number>>

/** A text in every language. */
export type LocalText = Readonly<Record<Language, string>>

/** One problem, still without language. `expression` is the FHIRPath of the element at fault. */
export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  readonly type: IssueType
  readonly code: MessageCode
  readonly parameters?: MessageParameters
  readonly local?: LocalParameters
  readonly expression?: string
  /** The entry of a bundle it is about, where the expression is of something inside it. */
  readonly entry?: string
}

// oxlint-disable-next-line max-params -- the members of OperationOutcome.issue, in their order
export const issue = (
  severity: Issue['severity'],
  type: IssueType,
  code: MessageCode,
  parameters: MessageParameters = {},
  expression?: string,
): Issue => ({
  severity,
  type,
  code,
  parameters,
  ...(expression === undefined ? {} : { expression }),
})

/** The code system of `details.coding`; its codes never change meaning. */
export const issueCodeSystem = 'urn:huizhen:issue'

/** What fills placeholders with words that differ by language. */
export type LocalParameters = Readonly<Record<string, LocalText>>

/** The text of a message in one language, placeholders filled. */
export const textOf = (
  code: MessageCode,
  parameters: MessageParameters,
  language: Language,
  local: LocalParameters = {},
): string =>
  messages[code][language].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in local ? local[name]![language] : name in parameters ? String(parameters[name]) : whole,
  )

const translationUrl = 'http://hl7.org/fhir/StructureDefinition/translation'

/** What the other languages say, as the core translation extension. */
const translations = ({ code, parameters = {}, local }: Issue, shown: Language) =>
  languages
    .filter(language => language !== shown)
    .map(language => ({
      url: translationUrl,
      extension: [
        { url: 'lang', valueCode: language },
        { url: 'content', valueString: textOf(code, parameters, language, local) },
      ],
    }))

/**
 * The OperationOutcome that tells a caller about `issues`, in the language asked for and, as a
 * translation, in the other.
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
export const operationOutcome = (issues: readonly Issue[], language: Language) => ({
  resourceType: 'OperationOutcome',
  issue: issues.map(one => {
    const { severity, type, code, parameters = {}, local, expression, entry } = one
    const text = textOf(code, parameters, language, local)
    return {
      severity,
      code: type,
      details: {
        coding: [{ system: issueCodeSystem, code }],
        text,
        _text: { extension: translations(one, language) },
      },
      diagnostics: text,
      ...(expression === undefined
        ? {}
        : { expression: entry === undefined ? [expression] : [entry, expression] }),
    }
  }),
})

/** The best language for an `Accept-Language` header. @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-language */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  if (acceptLanguage === undefined) return 'en'
  let best: Language = 'en'
  let bestQuality = 0
  for (const part of acceptLanguage.slice(0, 200).split(',')) {
    const [tag = '', quality = 'q=1'] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const language = /^zh\b/.test(tag) ? 'zh-CN' : /^en\b/.test(tag) ? 'en' : undefined
    const weight = Number(quality.replace('q=', ''))
    if (language !== undefined && weight > bestQuality) [best, bestQuality] = [language, weight]
  }
  return best
}
