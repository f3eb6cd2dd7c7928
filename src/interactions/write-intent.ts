import type { Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Exchange } from './interaction.ts'

/**
 * What a patch makes of the stored resource, which it may change on the way. `inside` runs in the
 * transaction of the write.
 */
export type Patch = (stored: Resource, inside: Exchange) => Promise<Resource>

/** Performs writes together, see write.ts; handed on to what writes more in the same transaction. */
export type Write = (intents: readonly WriteIntent[], exchange: Exchange) => Promise<unknown>

/** One write, before it is known what it meets. */
export interface WriteIntent {
  readonly action: 'create' | 'update' | 'patch' | 'delete'
  readonly resourceType: string
  readonly id: string
  readonly resource?: Resource | undefined
  /** What was sent, where part of it was left out of the resource. */
  readonly original?: Resource
  /** What was left out. */
  readonly warnings?: readonly Issue[]
  /** With the action `patch`, in place of the resource. */
  readonly patch?: Patch | undefined
  /** Security labels of the current version may come off. */
  readonly mayDropLabels?: true
  /** The version If-Match asks for. */
  readonly ifMatch?: number | undefined
  /** If-None-Match asks that there is none yet. */
  readonly ifAbsent?: true | undefined
  /** A live resource under this id is in the way: criteria said that there is none. */
  readonly isNew?: true
  /** The version that was found by criteria; another one must be looked for again. */
  readonly matched?: number
  /** Which entry of a bundle asks for it, such as `Bundle.entry[3]`. */
  readonly entry?: string | undefined
  /** Where the resource stands in the request, such as `Bundle.entry[3].resource`. */
  readonly expression?: string | undefined
}
