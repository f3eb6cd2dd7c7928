import { NotSupported } from '../fhir/errors.ts'
import type { InteractionCode } from './interaction.ts'

/** The conditions of a request that only some interactions serve. */
export interface Conditions {
  readonly ifMatch?: string
  readonly ifNoneExist?: string
  readonly ifNoneMatch?: string
  readonly ifUnmodifiedSince?: string
}

const changing: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE'])
/** What a POST makes anew has no version yet that a condition could hold for. */
const making: ReadonlySet<InteractionCode> = new Set<InteractionCode>(['create', 'batch'])

/**
 * A condition that is not served must not be passed over: the write would happen where its sender
 * wanted none.
 * @throws NotSupported
 */
export const requireServedConditions = (
  { ifMatch, ifNoneExist, ifNoneMatch, ifUnmodifiedSince }: Conditions,
  method: string,
  interaction: InteractionCode,
): void => {
  const isPlain =
    ifMatch === undefined &&
    ifNoneExist === undefined &&
    ifNoneMatch === undefined &&
    ifUnmodifiedSince === undefined
  if (isPlain) return
  const isMade = making.has(interaction)
  const isChange = isMade || changing.has(method)
  const unserved = {
    'If-Match': ifMatch !== undefined && isMade,
    'If-None-Exist': ifNoneExist !== undefined && interaction !== 'create',
    'If-None-Match': ifNoneMatch !== undefined && isChange && interaction !== 'update',
    'If-Unmodified-Since': ifUnmodifiedSince !== undefined && isChange,
  }
  for (const [header, isUnserved] of Object.entries(unserved))
    if (isUnserved) throw new NotSupported('header-not-supported', { header })
}
