import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { compress, decompress } from './content.ts'

/** What was sent, and what was said about it. */
export interface FeedContent {
  readonly method: string
  /** Relative to the FHIR endpoint, with its query. */
  readonly url: string
  readonly contentType?: string
  /** `ifMatch`, `ifNoneExist` and the like, by the names of a written request. */
  readonly conditions: Readonly<Record<string, string>>
  /** The body as text; absent when there was none, or it was too long to be kept. */
  readonly payload?: string
  readonly isPayloadLeftOut?: true
  /** The OperationOutcome, in the language the client asked for and the other. */
  readonly outcome: unknown
}

/** Encrypts what is kept for one organization, so that a copy of the table tells nobody anything. */
export interface FeedSeal {
  seal(content: FeedContent, of: SealedFor): Buffer
  /** Undefined when it was sealed with another key, or for another organization or entry. */
  open(sealed: Buffer, of: SealedFor): FeedContent | undefined
}

/** What a sealed content is bound to. */
export interface SealedFor {
  readonly organization: number
  readonly id: string
}

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

const boundTo = ({ organization, id }: SealedFor): Buffer => Buffer.from(`${organization} ${id}`)

/** `secret` is of at least 32 bytes, the same for every process of an installation. */
export const createFeedSeal = (secret: Buffer): FeedSeal => {
  const key = hash('sha256', `feed ${secret.toString('hex')}`, 'buffer')
  return {
    seal(content, of) {
      const iv = randomBytes(ivBytes)
      const encipher = createCipheriv(cipher, key, iv).setAAD(boundTo(of))
      const packed = compress(Buffer.from(JSON.stringify(content)))
      const sealed = Buffer.concat([encipher.update(packed), encipher.final()])
      return Buffer.concat([iv, encipher.getAuthTag(), sealed])
    },
    open(sealed, of) {
      try {
        const decipher = createDecipheriv(cipher, key, sealed.subarray(0, ivBytes))
          .setAAD(boundTo(of))
          .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
        const bytes = sealed.subarray(ivBytes + tagBytes)
        const packed = Buffer.concat([decipher.update(bytes), decipher.final()])
        return JSON.parse(decompress(packed).toString('utf8')) as FeedContent
      } catch {
        return undefined
      }
    },
  }
}
