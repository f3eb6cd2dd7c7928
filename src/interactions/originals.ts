import { permitWrite } from '../access/grant.ts'
import { stringifyJson } from '../fhir/json.ts'
import type { Permitted } from '../search/permitted.ts'
import type { Original } from '../store/originals.ts'
import type { Exchange } from './interaction.ts'
import type { Prepared } from './version.ts'
import type { WriteIntent } from './write-intent.ts'

/** What was sent for the versions that are written without a part of it. */
export const originalsOf = (
  intents: readonly WriteIntent[],
  prepared: readonly Prepared[],
  { grant }: Exchange,
): Permitted<readonly Original[]> => {
  const originals = intents.flatMap(({ original }, at) => {
    const row = prepared[at]?.row
    if (original === undefined || row === null || row === undefined) return []
    const { key, version, owner, patient, otherPatients } = row
    const json = Buffer.from(stringifyJson(original))
    return [{ key, version, owner, patient, otherPatients, json }]
  })
  return permitWrite(grant, originals)
}
