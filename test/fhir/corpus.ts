import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseJson } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/resource.ts'

/** Every file of a folder, parsed, with its name. */
export const filesIn = function* (folder: string): Generator<[file: string, resource: Resource]> {
  for (const file of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, file))
    yield [file, parseJson(file.endsWith('.gz') ? gunzipSync(bytes) : bytes) as Resource]
  }
}

/** The resources in the entries of a bundle. */
export const entriesOf = (bundle: Resource): Resource[] =>
  (bundle['entry'] as { resource: Resource }[]).map(entry => entry.resource)
