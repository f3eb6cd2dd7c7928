import { isUnit, ucumSystem } from './ucum.ts'

/** A required value set of more codes than can be listed: how its codes are told from others. */
export interface OpenBinding {
  readonly system: string
  /** What it takes, in words that need no translation. */
  readonly expected: string
  readonly has: (code: string) => boolean
}

/** R4: "xml", "json" and "ttl" are allowed, too, and stand for the FHIR formats. */
const mimeType =
  /^(?:xml|json|ttl|[A-Za-z0-9][\w!#$&^.+-]{0,126}\/(?:\*|[A-Za-z0-9][\w!#$&^.+-]{0,126}))\s*(?:;[^;]+)*$/

/** Tags found well-formed, most of them again and again; emptied when full. */
const languages = new Map<string, boolean>()
const languagesMax = 1000
const languageLettersMax = 100

const isLanguage = (tag: string): boolean => {
  let known = languages.get(tag)
  if (known === undefined) {
    known = isWellFormed(tag)
    if (languages.size >= languagesMax) languages.clear()
    languages.set(tag, known)
  }
  return known
}

const isWellFormed = (tag: string): boolean => {
  if (tag.length > languageLettersMax) return false
  if (/^x-[A-Za-z0-9-]+$/i.test(tag)) return true
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** Currencies of ISO 4217, with those for tests and for none. */
const currencies: ReadonlySet<string> = new Set([
  ...Intl.supportedValuesOf('currency'),
  ...['XTS', 'XXX'],
])

/**
 * The required value sets of R4 whose code systems are grammars or lists kept elsewhere, by canonical.
 * @see https://hl7.org/fhir/R4/terminologies-systems.html
 */
export const openBindings: ReadonlyMap<string, OpenBinding> = new Map([
  [
    'http://hl7.org/fhir/ValueSet/mimetypes',
    {
      system: 'urn:ietf:bcp:13',
      expected: 'BCP 13 (application/pdf, text/plain; charset=utf-8, ...)',
      has: code => mimeType.test(code),
    },
  ],
  [
    'http://hl7.org/fhir/ValueSet/all-languages',
    { system: 'urn:ietf:bcp:47', expected: 'BCP 47 (zh-CN, en, ...)', has: isLanguage },
  ],
  [
    'http://hl7.org/fhir/ValueSet/currencies',
    {
      system: 'urn:iso:std:iso:4217',
      expected: 'ISO 4217 (CNY, EUR, ...)',
      has: code => currencies.has(code),
    },
  ],
  [
    'http://hl7.org/fhir/ValueSet/ucum-units',
    { system: ucumSystem, expected: 'UCUM (mg/dL, mmol/L, ...)', has: isUnit },
  ],
])
