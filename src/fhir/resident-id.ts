/**
 * The system of Chinese resident identity numbers that this exchange uses, and the others they are
 * sent under.
 */
export const residentIdSystem = 'urn:oid:2.16.156.10011.1.3'

const aliases: ReadonlySet<string> = new Set([
  '2.16.156.10011.1.3',
  'urn:oid:2.16.840.1.113883.2.23.1.19.1',
  '2.16.840.1.113883.2.23.1.19.1',
  'urn:oid:2.16.840.1.113883.2.23.1.9.1',
  '2.16.840.1.113883.2.23.1.9.1',
])

/** Whether a system names resident identity numbers under another name than `residentIdSystem`. */
export const isResidentIdAlias = (system: string): boolean => aliases.has(system)

/** What a number of 18 characters says of its holder. */
export interface ResidentId {
  /** `YYYY-MM-DD`; it may be no day of the calendar. */
  readonly birthDate: string
  readonly gender: 'male' | 'female'
  readonly hasRightCheck: boolean
}

const form = /^\d{17}[\dXx]$/
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const checks = '10X98765432'

/**
 * Reads a resident identity number of GB 11643; undefined for what has not its form. Its check
 * character is that of ISO 7064 MOD 11-2.
 */
export const residentIdOf = (value: string): ResidentId | undefined => {
  if (!form.test(value)) return undefined
  const sum = weights.reduce((total, weight, at) => total + weight * Number(value[at]), 0)
  const [year, month, day] = [value.slice(6, 10), value.slice(10, 12), value.slice(12, 14)]
  return {
    birthDate: `${year}-${month}-${day}`,
    gender: Number(value[16]) % 2 === 1 ? 'male' : 'female',
    hasRightCheck: checks[sum % 11] === value[17]!.toUpperCase(),
  }
}
