import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceResource } from './bundles.ts'
import { parseExact, type Exact } from './exact-json.ts'

const prefix = 'tinglin-'
const idLettersMax = 64

/** An id under the tenant's prefix; one that grows too long is replaced by a digest of itself. */
const prefixed = (id: string): string =>
  id.length + prefix.length <= idLettersMax
    ? prefix + id
    : prefix + hash('sha256', id, 'hex').slice(0, 32)

const literal = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?=$|\/_history\/|#)/

/** Puts every literal `Type/id` in a `Reference.reference` under the prefix, in place. */
const prefixReferences = (node: Exact): void => {
  if (Array.isArray(node)) return node.forEach(prefixReferences)
  if (node === null || typeof node !== 'object') return
  for (const [name, value] of Object.entries(node)) {
    if (name === 'reference' && typeof value === 'string')
      node[name] = value.replace(
        literal,
        (_, type: string, id: string) => `${type}/${prefixed(id)}`,
      )
    else prefixReferences(value)
  }
}

/** One official example, as a tenant would own it. */
export interface Example {
  /** `Type/id` in the original, which is how the specification's pages call it. */
  readonly name: string
  readonly resource: SourceResource
}

/** The official R4 examples, their id and literal references moved under a tenant's prefix. */
export const officialExamples = (folder: string): Example[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => {
      const parsed = parseExact(readFileSync(join(folder, name), 'utf8'))
      prefixReferences(parsed)
      const resource = parsed as unknown as SourceResource
      const original = resource['id'] as string
      return {
        name: `${resource.resourceType}/${original}`,
        resource: { ...resource, id: prefixed(original) },
      }
    })
