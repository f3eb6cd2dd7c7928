import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseExact, type Exact } from './exact-json.ts'

/** A resource as a source file has it: numbers keep their digits. */
export interface SourceResource {
  readonly resourceType: string
  // oxlint-disable-next-line no-explicit-any -- tests look into resources freely
  readonly [element: string]: any
}

/** One transaction bundle of a source folder: its text as sent, and its resources to count from. */
export interface SourceBundle {
  readonly name: string
  readonly text: string
  readonly fullUrls: readonly string[]
  readonly resources: readonly SourceResource[]
}

/** The gzipped bundles of a folder, in order of name; only those whose name starts with one of `names`, if given. */
export const sourceBundles = (folder: string, names?: readonly string[]): SourceBundle[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.json.gz'))
    .filter(name => names === undefined || names.some(start => name.startsWith(start)))
    .sort()
    .map(name => sourceBundle(name, gunzipSync(readFileSync(join(folder, name))).toString('utf8')))

const sourceBundle = (name: string, text: string): SourceBundle => {
  const { entry } = parseExact(text) as {
    entry: { fullUrl: string; resource: SourceResource }[]
  }
  return {
    name,
    text,
    fullUrls: entry.map(({ fullUrl }) => fullUrl),
    resources: entry.map(({ resource }) => resource),
  }
}

/** How many resources of each type there are. */
export const countByType = (resources: readonly SourceResource[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { resourceType } of resources)
    counts.set(resourceType, (counts.get(resourceType) ?? 0) + 1)
  return counts
}

/** A source resource that the server has taken, under the id it got. */
export interface StoredResource {
  /** `Type/id` on the server. */
  readonly address: string
  readonly id: string
  readonly resourceType: string
  /** The content as the server must give it back, apart from `id` and `meta`. */
  readonly resource: SourceResource
}

/**
 * The resources of a bundle under the addresses that a transaction-response gives, entry by entry,
 * with the `urn:uuid` references replaced by them.
 */
export const storedResources = (
  source: SourceBundle,
  response: { readonly entry: readonly { readonly response: { readonly location?: string } }[] },
): StoredResource[] => {
  const addresses = response.entry.map(
    entry => /([A-Z]\w+\/[^/]+)\/_history\/1$/.exec(entry.response.location ?? '')?.[1] ?? '',
  )
  const addressOf = new Map(source.fullUrls.map((fullUrl, index) => [fullUrl, addresses[index]!]))
  const rewritten = source.text.replace(/urn:uuid:[0-9a-f-]{36}/g, urn => addressOf.get(urn) ?? urn)
  const { entry } = parseExact(rewritten) as { entry: { resource: SourceResource }[] }
  return entry.map(({ resource }, index) => ({
    address: addresses[index]!,
    id: addresses[index]!.split('/')[1] ?? '',
    resourceType: resource.resourceType,
    resource,
  }))
}

/** A copy of an object without some of its members. */
export const without = <T>(
  object: Readonly<Record<string, T>>,
  names: readonly string[],
): Record<string, T> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Labels that the server has not assigned. */
const ownLabels = (security: Exact | undefined): Record<string, Exact> => {
  const own = Array.isArray(security)
    ? security.filter(label => !JSON.stringify(label).includes('urn:huizhen:StructureDefinition:'))
    : []
  return own.length === 0 ? {} : { security: own }
}

/** A resource without what the server sets: id, version and time, and the labels its codes give it. */
export const content = (resource: Exact): Exact => {
  const members = resource as Record<string, Exact>
  const elements = without(members, ['id', 'meta'])
  const written = (members['meta'] ?? {}) as Record<string, Exact>
  const meta = {
    ...without(written, ['versionId', 'lastUpdated', 'security']),
    ...ownLabels(written['security']),
  }
  return Object.keys(meta).length === 0 ? elements : { ...elements, meta }
}
