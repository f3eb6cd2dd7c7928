import { InvalidRequest, UnsupportedPatchFormat } from '../fhir/errors.ts'
import { compileFhirPathPatch } from '../fhir/fhirpath-patch.ts'
import { parseJson } from '../fhir/json.ts'
import { applyJsonPatch, requireJsonPatch } from '../fhir/json-patch.ts'
import type { Resource } from '../fhir/resource.ts'
import { resolveReferences } from './conditional-references.ts'
import type { Exchange } from './interaction.ts'
import type { Patch } from './write-intent.ts'

/** The media type of a JSON Patch. */
export const jsonPatchType = 'application/json-patch+json'

/** What a PATCH may be sent as. */
export const patchFormats: readonly string[] = [
  jsonPatchType,
  'application/fhir+json',
  'application/fhir+xml',
]

/** A patch as it came: a JSON Patch, or a resource that is or holds a patch. */
export interface PatchBody {
  readonly body: unknown
  readonly isJsonPatch: boolean
}

/**
 * The change a body describes: a JSON Patch, a Parameters with a FHIRPath Patch, or, as in bundles, a
 * Binary with a JSON Patch. Checked as far as possible before anything is read. Conditional
 * references in the result are resolved like those of any write.
 * @throws UnsupportedPatchFormat, InvalidRequest, TooCostly
 * @see https://hl7.org/fhir/R4/http.html#patch
 */
export const compilePatch = async (written: PatchBody, exchange: Exchange): Promise<Patch> => {
  const apply = await applierOf(written, exchange)
  return async (stored, inside) => {
    const patched = apply(stored)
    await resolveReferences([{ resource: patched }], inside)
    return patched
  }
}

const applierOf = async (
  { body, isJsonPatch }: PatchBody,
  { context }: Exchange,
): Promise<(stored: Resource) => Resource> => {
  if (body === undefined) throw new InvalidRequest('body-missing')
  if (isJsonPatch) return jsonPatch(body)
  const { resourceType, contentType, data } = (body ?? {}) as Record<string, unknown>
  if (resourceType === 'Binary' && contentType === jsonPatchType && typeof data === 'string')
    return jsonPatch(parseJson(Buffer.from(data, 'base64')))
  if (resourceType !== 'Parameters') throw new UnsupportedPatchFormat(patchFormats.join(', '))
  return compileFhirPathPatch(body as Resource, context.definitions)
}

const jsonPatch = (patch: unknown): ((stored: Resource) => Resource) => {
  requireJsonPatch(patch)
  // Whatever it has become is looked at before it is used.
  return stored => applyJsonPatch(stored, patch) as Resource
}
