import { Secret, TOTP } from 'otpauth'

/** Seconds one code is good for, and its digits: what every authenticator app knows. */
const period = 30
const digits = 6
/** Codes before and after the present one that are taken, for clocks that differ. */
const stepsOff = 1
const secretBytes = 20

/** A new secret, as base32. */
export const newSecondFactor = (): string => new Secret({ size: secretBytes }).base32

const totpOf = (secret: string, person = ''): TOTP =>
  new TOTP({
    ...{ issuer: 'Huizhen', label: person, algorithm: 'SHA1', digits, period },
    secret: Secret.fromBase32(secret),
  })

/** What an authenticator app reads. @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
export const secondFactorUri = (secret: string, person: string): string =>
  totpOf(secret, person).toString()

/**
 * The number of the half-minute whose code this is; undefined when it is none of the present one, the
 * one before or the one after.
 * @see https://www.rfc-editor.org/rfc/rfc6238
 */
export const stepOfCode = (secret: string, code: string, seconds: number): bigint | undefined => {
  if (!/^\d{6}$/.test(code)) return undefined
  const timestamp = seconds * 1000
  const off = totpOf(secret).validate({ token: code, timestamp, window: stepsOff })
  return off === null ? undefined : BigInt(Math.floor(seconds / period) + off)
}

/** The code of a moment, as an authenticator app shows it. */
export const codeAt = (secret: string, seconds: number): string =>
  totpOf(secret).generate({ timestamp: seconds * 1000 })
