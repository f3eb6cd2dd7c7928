import type { PlainRequest } from './bundle-entries.ts'
import type { WriteIntent } from './write-intent.ts'

/** One entry of a transaction: a write with the id it will have, or a question asked after the writes. */
export interface Step {
  readonly expression: string
  readonly fullUrl?: string
  readonly intent?: WriteIntent
  readonly question?: PlainRequest
}
