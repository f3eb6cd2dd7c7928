import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const literal = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?=$|[?/#])/

/** An entry of a batch or transaction, to be changed in place. */
export interface BundleEntry {
  // oxlint-disable-next-line no-explicit-any -- tests repair resources freely
  resource?: any
  request: { method: string; url: string; ifMatch?: string }
}

/** A batch or transaction. */
export interface RequestBundle {
  readonly entry: BundleEntry[]
}

/** The text of one file as it lies there, but without a byte order mark. */
export const textOf = (folder: string, name: string): string =>
  readFileSync(join(folder, name), 'utf8').replace(/^\ufeff/, '')

const prefixed = (text: string, prefix: string): string =>
  text.replace(literal, (_, type: string, id: string) => `${type}/${prefix}${id}`)

/** Puts the literal references of a resource under the prefix, in place. */
const prefixReferences = (node: unknown, prefix: string): void => {
  if (Array.isArray(node)) return node.forEach(item => prefixReferences(item, prefix))
  if (typeof node !== 'object' || node === null) return
  const members = node as Record<string, unknown>
  for (const [name, value] of Object.entries(members)) {
    if (name === 'reference' && typeof value === 'string') members[name] = prefixed(value, prefix)
    else prefixReferences(value, prefix)
  }
}

/** A bundle file, its literal ids moved under the prefix of the tenant that sends it. */
export const ownBundle = (folder: string, name: string, prefix = 'tinglin-'): RequestBundle => {
  const bundle = JSON.parse(textOf(folder, name)) as RequestBundle
  for (const { resource, request } of bundle.entry) {
    request.url = prefixed(request.url, prefix)
    prefixReferences(resource, prefix)
    // One that is created gets an id of the server's.
    if (request.method === 'PUT' && resource?.id !== undefined)
      resource.id = `${prefix}${resource.id}`
  }
  return bundle
}
