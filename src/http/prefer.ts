import type { Exchange } from '../interactions/interaction.ts'

/**
 * What a Prefer header asks for; unknown preferences are passed over, as RFC 7240 says.
 * @see https://hl7.org/fhir/R4/http.html#ops
 */
export const preferencesOf = (
  header: string | string[] | undefined,
): Pick<Exchange, 'isLenient' | 'returnPreference'> => {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  const [, preferred] =
    /\breturn\s*=\s*"?(minimal|representation|OperationOutcome)\b/.exec(text) ?? []
  return {
    isLenient: /\bhandling\s*=\s*"?lenient\b/.test(text),
    returnPreference: preferred as Exchange['returnPreference'],
  }
}
