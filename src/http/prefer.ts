import type { Exchange } from '../interactions/interaction.ts'

/** What a caller prefers, and which preferences were stated: an answer says which it followed. */
export interface Preferences extends Pick<Exchange, 'isLenient' | 'returnPreference'> {
  readonly handling: 'strict' | 'lenient' | undefined
}

const returns = ['minimal', 'representation', 'OperationOutcome'] as const
const handlings = ['strict', 'lenient'] as const
/** More preferences than anyone states; the rest is passed over. */
const preferencesMax = 20

const none: Preferences = { isLenient: false, returnPreference: undefined, handling: undefined }

/**
 * What a Prefer header asks for. Of a preference stated twice the first one holds; unknown ones are
 * passed over, as RFC 7240 says.
 * @see https://www.rfc-editor.org/rfc/rfc7240
 * @see https://hl7.org/fhir/R4/http.html#ops
 */
export const preferencesOf = (header: string | string[] | undefined): Preferences => {
  if (header === undefined) return none
  const stated = new Map<string, string>()
  for (const preference of String(header).split(/[,;]/, preferencesMax)) {
    const [name = '', value = ''] = preference.split('=', 2).map(part => part.trim())
    const key = name.toLowerCase()
    if (!stated.has(key)) stated.set(key, value.replace(/^"(.*)"$/, '$1'))
  }
  const handling = handlings.find(known => known === stated.get('handling'))
  return {
    isLenient: handling === 'lenient',
    returnPreference: returns.find(known => known === stated.get('return')),
    handling,
  }
}
