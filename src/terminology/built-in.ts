import { readFileSync } from 'node:fs'
import { sourceOf, type TerminologyResource, type TerminologySource } from './source.ts'

let loaded: TerminologySource | undefined

/**
 * The code systems, value sets and concept maps of R4 and of `fhir-profiles`, read when they are first
 * needed, once per process.
 */
export const builtIn = (): TerminologySource => (loaded ??= read())

const read = (): TerminologySource => {
  const file = new URL('../fhir/generated/terminology-resources.json', import.meta.url)
  return sourceOf(JSON.parse(readFileSync(file, 'utf8')) as TerminologyResource[])
}
