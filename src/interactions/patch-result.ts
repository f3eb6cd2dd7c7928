import { PatchFailed } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { decompress } from '../store/content.ts'
import type { CurrentVersion } from '../store/rows.ts'
import type { Exchange } from './interaction.ts'
import { takenIntents } from './validation-mode.ts'
import type { WriteIntent } from './write-intent.ts'

/**
 * What a patch makes of the current version, which the caller holds locked and may write.
 * @throws PatchFailed when it changes the type or the id
 * @throws ValidationFailed when the result is no valid resource
 */
export const patchResult = async (
  { patch, resourceType, id }: WriteIntent,
  current: CurrentVersion,
  exchange: Exchange,
): Promise<Resource> => {
  const stored = parseJson(decompress(current.content)) as Resource
  const patched: unknown = await patch!(stored, exchange)
  if (typeof patched !== 'object' || patched === null || Array.isArray(patched))
    throw new PatchFailed('patch-immutable', { element: 'resourceType' })
  const resource = patched as Resource
  if (resource.resourceType !== resourceType)
    throw new PatchFailed('patch-immutable', { element: 'resourceType' }, resourceType)
  if (resource.id !== id)
    throw new PatchFailed('patch-immutable', { element: 'id' }, `${resourceType}.id`)
  takenIntents([{ action: 'patch', resourceType, id, resource }], exchange)
  return resource
}
