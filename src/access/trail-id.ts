import { createCipheriv, createDecipheriv, hash } from 'node:crypto'

/** Ids of AuditEvents of the trail. Numbers count for all hospitals together, so they are not shown. */
export interface TrailIds {
  idOf(number: bigint): string
  /** Undefined for an id that is none of the trail's. */
  numberOf(id: string): bigint | undefined
}

/** No client can choose an id that starts like this: it is neither a UUID nor has a hospital's prefix. */
const prefix = 'Trail.'
const form = /^Trail\.[0-9a-f]{32}$/
/** One block: each number has one id, and of two ids nobody can tell which is the later one. */
const cipher = 'aes-256-ecb'
const blockBytes = 16
const numberBytes = 8

/** `secret` is shared by every process of an installation. */
export const createTrailIds = (secret: Buffer): TrailIds => {
  const key = hash('sha256', `trail ${secret.toString('hex')}`, 'buffer')
  return {
    idOf(number) {
      const block = Buffer.alloc(blockBytes)
      block.writeBigInt64BE(number)
      const encipher = createCipheriv(cipher, key, null).setAutoPadding(false)
      return prefix + Buffer.concat([encipher.update(block), encipher.final()]).toString('hex')
    },
    numberOf(id) {
      if (!form.test(id)) return undefined
      const decipher = createDecipheriv(cipher, key, null).setAutoPadding(false)
      const sealed = Buffer.from(id.slice(prefix.length), 'hex')
      const block = Buffer.concat([decipher.update(sealed), decipher.final()])
      return block.subarray(numberBytes).every(byte => byte === 0)
        ? block.readBigInt64BE()
        : undefined
    },
  }
}
