import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/**
 * Cost of one hash: about 0.1 s and 32 MiB.
 * @see https://www.rfc-editor.org/rfc/rfc7914
 */
const cost = { N: 32_768, r: 8, p: 1 } as const
const saltBytes = 16
const hashBytes = 32
/** Bytes scrypt may use: twice what the costs need. */
const memoryBytesMax = 2 * 128 * cost.N * cost.r
/** Characters of a password that are looked at; a longer one is wrong. */
export const passwordCharactersMax = 200

/** A new password of 80 random bits, in letters and digits that are not mistaken for one another. */
export const newPassword = (): string =>
  Array.from(randomBytes(16), byte => letters[byte % letters.length])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-')

/** 32 of them, so that a byte chooses each with the same chance. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Cost of hashing a password that everybody may read on a page of the sandbox. */
export const openCost = 1_024

/** What is kept of a password: `scrypt$N$r$p$salt$hash`. */
export const hashPassword = async (password: string, N: number = cost.N): Promise<string> => {
  const salt = randomBytes(saltBytes)
  const { r, p } = cost
  const hash = await derive(password, salt, { N, r, p })
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/**
 * Whether a password is the one that was hashed. Without a hash it takes as long, and is false: that
 * nobody has this name cannot be told by the clock.
 */
export const isPassword = async (
  password: string,
  stored: string | undefined,
): Promise<boolean> => {
  const [, N, r, p, salt = '', hash = ''] = (stored ?? nobody).split('$')
  const kept = { N: Number(N), r: Number(r), p: Number(p) }
  const text = password.slice(0, passwordCharactersMax)
  const derived = await derive(text, Buffer.from(salt, 'base64url'), kept)
  const expected = Buffer.from(hash, 'base64url')
  const isSame = expected.length === derived.length && timingSafeEqual(expected, derived)
  return isSame && stored !== undefined && password.length <= passwordCharactersMax
}

/** The hash of nothing that could be typed. */
const nobody = ['scrypt', cost.N, cost.r, cost.p, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join(
  '$',
)

const derive = (
  password: string,
  salt: Buffer,
  { N, r, p }: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: memoryBytesMax }
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
