import { loadDefinitions } from '../fhir/definitions.ts'
import { redactJson } from '../fhir/redaction.ts'
import { isSharedType } from '../search/shared-types.ts'
import type { PackedJson } from './content.ts'

/**
 * The JSON of a resource some of whose patients keep back other records of the same owner: without
 * narratives, and without the names and identifiers of what it refers to outside of the directory.
 */
export const redacted = (packed: PackedJson): Buffer =>
  redactJson(packed.toBuffer(), loadDefinitions(), isSharedType)
