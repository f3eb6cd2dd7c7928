import { isObject } from '../fhir/walk.ts'
import { WrongForm } from './refusal.ts'

/** Public keys as a JSON Web Key Set. @see https://www.rfc-editor.org/rfc/rfc7517#section-5 */
export interface PublicKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** Keys one set holds at most. */
export const keysMax = 20

const publicMembers: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'x', 'y']],
  ['RSA', ['n', 'e']],
])
/** Members of private and symmetric keys. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** @throws WrongForm unless it is a set of 1 to 20 public EC or RSA keys, each with its own `kid` */
export const requireKeySet = (value: unknown): PublicKeySet => {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > keysMax) {
    throw new WrongForm(`A JSON Web Key Set is needed: {"keys": [1 to ${keysMax} keys]}.`)
  }
  const kids = new Set<unknown>()
  for (const [position, key] of keys.entries()) {
    const fault = faultOf(key, kids)
    if (fault !== undefined) throw new WrongForm(`keys[${position}] ${fault}.`)
  }
  return { keys }
}

const faultOf = (key: unknown, kids: Set<unknown>): string | undefined => {
  if (!isObject(key)) return 'is not an object'
  if (secretMembers.some(member => member in key)) {
    return 'holds a private or symmetric key; register only public keys, and treat that key as lost'
  }
  const members = publicMembers.get(key['kty'])
  if (members === undefined) return 'has a "kty" other than EC or RSA'
  const missing = members.find(member => typeof key[member] !== 'string')
  if (missing !== undefined) return `has no "${missing}"`
  const kid = key['kid']
  if (typeof kid !== 'string' || kid === '') return 'has no "kid"'
  if (kids.has(kid)) return 'has the "kid" of another key'
  kids.add(kid)
  return undefined
}
