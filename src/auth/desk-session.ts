import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { feedReaderOfPerson, type FeedReader } from '../access/feed-reader.ts'
import type { Registry } from '../registry/registry.ts'
import { addressOf } from './sign-in-form-body.ts'
import { codeStep, passwordStep, type StepContext } from './sign-in-steps.ts'

/** Who sits at the feed desk. */
export interface DeskVisitor {
  readonly reader: FeedReader
  readonly name: string
  readonly organization: string
}

/** What somebody has typed to sign in, and from where. */
export interface DeskAttempt {
  readonly name: string
  readonly password: string
  /** Of the authenticator app; empty for who has none, in the sandbox. */
  readonly code: string
  readonly from: IncomingMessage
}

/** Why nobody was signed in. */
export type DeskRefusal = 'wrong' | 'too-many' | 'busy' | 'no-factor'

/** Sign-in of people at the feed desk: with a password and, outside the sandbox, a second factor. */
export interface DeskSessions {
  /** A session for the cookie, or why there is none. Who has no business at the desk gets `wrong`. */
  signIn(attempt: DeskAttempt): Promise<{ readonly session: string } | DeskRefusal>
  /**
   * Whose session it is; undefined once it is over, or the person was switched off, has another role or
   * another password.
   */
  visitorOf(session: string | undefined): Promise<DeskVisitor | undefined>
  /** What only a page of this session can carry. */
  proofOf(session: string): string
  /** How long a session lasts. */
  readonly seconds: number
}

/** Seconds a session lasts: a working day. */
const deskSeconds = 8 * 3600
const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** `secret` is shared by all processes of an installation. */
export const createDeskSessions = (steps: StepContext, secret: string): DeskSessions => {
  const key = hash('sha256', `desk ${secret}`, 'buffer')
  return {
    seconds: deskSeconds,
    signIn: async attempt => {
      const person = await signedIn(attempt, steps)
      if (typeof person === 'string') return person
      const kept = [person.id, Math.floor(steps.now()) + deskSeconds, person.mark]
      return { session: sealed(JSON.stringify(kept), key) }
    },
    visitorOf: async session => {
      const [id, until, mark] = opened(session, key)
      if (id === undefined || Number(until) <= steps.now()) return undefined
      await steps.registry.refresh()
      if (mark !== (await markOf(id, steps.registry))) return undefined
      return visitor(id, steps.registry)
    },
    proofOf: session => createHmac('sha256', key).update(`proof ${session}`).digest('base64url'),
  }
}

const signedIn = async (
  { name, password, code, from }: DeskAttempt,
  steps: StepContext,
): Promise<{ readonly id: string; readonly mark: string } | DeskRefusal> => {
  const { registry } = steps
  await registry.refresh()
  const isForm = /^[A-Za-z0-9.-]{1,64}$/.test(name)
  const person = isForm ? await registry.people.byId(name) : undefined
  // Without a person the step does the same work, and says the same.
  const place = { organization: person?.organization ?? 0 }
  const known = await passwordStep({ name, password, address: addressOf(from) }, place, steps)
  if (typeof known === 'string') return known
  const proven = known.awaits === 'code' ? await codeStep(code, known, steps) : known
  if (typeof proven === 'string') return proven
  return (await visitor(name, registry)) === undefined
    ? 'wrong'
    : { id: name, mark: await markOf(name, registry) }
}

const visitor = async (id: string, registry: Registry): Promise<DeskVisitor | undefined> => {
  const person = await registry.people.byId(id)
  const reader = feedReaderOfPerson(person)
  if (person === undefined || reader === undefined) return undefined
  const organization = await registry.organizations.byNumber(person.organization)
  if (organization?.active !== true) return undefined
  return { reader, name: person.name, organization: organization.name }
}

/** Changes with the password and the second factor. */
const markOf = async (id: string, { credentials }: Registry): Promise<string> => {
  const { passwordHash = '', secondFactor = '' } = (await credentials.of(id)) ?? {}
  return hash('sha256', `${passwordHash} ${secondFactor}`, 'base64url')
}

const sealed = (text: string, key: Buffer): string => {
  const iv = randomBytes(ivBytes)
  const encipher = createCipheriv(cipher, key, iv)
  const bytes = Buffer.concat([encipher.update(text, 'utf8'), encipher.final()])
  return Buffer.concat([iv, encipher.getAuthTag(), bytes]).toString('base64url')
}

/** What a session holds; nothing for what is none of ours. */
const opened = (session: string | undefined, key: Buffer): readonly (string | undefined)[] => {
  try {
    const bytes = Buffer.from(session ?? '', 'base64url')
    const decipher = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes))
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    const rest = decipher.update(bytes.subarray(ivBytes + tagBytes))
    const kept: unknown = JSON.parse(Buffer.concat([rest, decipher.final()]).toString('utf8'))
    return Array.isArray(kept) ? kept.map(String) : []
  } catch {
    return []
  }
}
