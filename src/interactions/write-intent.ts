import type { Resource } from '../fhir/resource.ts'

/** One write, before it is known what it meets. */
export interface WriteIntent {
  readonly action: 'create' | 'update' | 'delete'
  readonly resourceType: string
  readonly id: string
  readonly resource?: Resource
  /** The version If-Match asks for. */
  readonly ifMatch?: number
  /** Where the resource stands in the request, such as `Bundle.entry[3].resource`. */
  readonly expression?: string
}
