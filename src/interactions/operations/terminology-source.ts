import { createHash } from 'node:crypto'
import type { ConceptMap, Resource } from '@medplum/fhirtypes'
import { parseJson } from '../../fhir/json.ts'
import type { ServedResource } from '../../store/rows.ts'
import { builtIn } from '../../terminology/built-in.ts'
import {
  layered,
  newestFirst,
  sourceOf,
  type TerminologyResource,
  type TerminologySource,
  type TerminologyType,
} from '../../terminology/source.ts'
import type { Exchange } from '../interaction.ts'
import { read } from '../read.ts'
import { storedBy } from './stored-canonical.ts'

/** Parsed resources kept at most, counted in bytes of JSON. */
const parsedBytesMax = 64 * 1024 * 1024

/** By digest of the content of a version; one parse serves every request until it is pushed out. */
const parsed = new Map<string, { readonly resource: TerminologyResource; readonly bytes: number }>()
let parsedBytes = 0

/** Where the operations of one request look, and what they were shown, for the audit trail. */
export interface ExchangeTerminology {
  readonly source: TerminologySource
  readonly disclosed: readonly ServedResource[]
  /** The resource an instance operation is about. @throws NotFound, Gone as for read */
  readonly byId: <T extends TerminologyType>(
    resourceType: T,
    id: string,
  ) => Promise<Extract<TerminologyResource, { resourceType: T }>>
}

/**
 * What the caller sends along, then what is stored and the caller may see, then what R4 and
 * `fhir-profiles` bring. Without the scope for a type, nothing stored of it is looked at.
 */
export const exchangeTerminology = (
  exchange: Exchange,
  supplied: readonly Resource[],
): ExchangeTerminology => {
  const disclosed: ServedResource[] = []
  const asked = new Map<string, Promise<readonly TerminologyResource[]>>()
  const stored = (type: TerminologyType, parameter: string, value: string) => {
    const address = `${type} ${parameter} ${value}`
    let found = asked.get(address)
    if (found === undefined)
      asked.set(address, (found = storedResources(type, [parameter, value], exchange, disclosed)))
    return found
  }
  const database: TerminologySource = {
    find: async <T extends TerminologyType>(type: T, url: string) =>
      (await stored(type, 'url', url)) as unknown as Extract<
        TerminologyResource,
        { resourceType: T }
      >[],
    mapsFrom: async () => [],
  }
  const terminology = supplied.filter(
    (resource): resource is TerminologyResource =>
      resource.resourceType === 'CodeSystem' ||
      resource.resourceType === 'ValueSet' ||
      resource.resourceType === 'ConceptMap',
  )
  return {
    disclosed,
    byId: async <T extends TerminologyType>(resourceType: T, id: string) => {
      const found = await read({ resourceType, id }, exchange)
      if (!('version' in found)) throw new Error('a read without conditions gives a version')
      disclosed.push(found.version)
      return parseJson(found.version.json) as Extract<TerminologyResource, { resourceType: T }>
    },
    source: layered(
      sourceOf(terminology),
      { ...database, mapsFrom: system => storedMaps(system, stored) },
      builtIn(),
    ),
  }
}

const storedMaps = async (
  system: string,
  stored: (type: 'ConceptMap', parameter: string, value: string) => Promise<unknown>,
): Promise<readonly ConceptMap[]> => {
  const [from, to] = await Promise.all([
    stored('ConceptMap', 'source-system', system),
    stored('ConceptMap', 'target-system', system),
  ])
  return [...new Set([...(from as ConceptMap[]), ...(to as ConceptMap[])])]
}

// oxlint-disable-next-line max-params -- what is looked for, by whom, and what was seen
const storedResources = async (
  type: TerminologyType,
  criterion: readonly [string, string],
  exchange: Exchange,
  disclosed: ServedResource[],
): Promise<readonly TerminologyResource[]> => {
  const matches = await storedBy(type, criterion, exchange)
  disclosed.push(...matches)
  return matches.map(parsedOf).sort(newestFirst)
}

const parsedOf = (served: ServedResource): TerminologyResource => {
  // A long code system need not even be unpacked to be known again.
  const bytes = served.packed?.stored ?? served.json
  const address = createHash('sha256').update(bytes).digest('base64')
  const known = parsed.get(address)
  if (known !== undefined) {
    parsed.delete(address)
    parsed.set(address, known)
    return known.resource
  }
  const { json } = served
  const resource = parseJson(json) as TerminologyResource
  parsed.set(address, { resource, bytes: json.length })
  parsedBytes += json.length
  for (const [oldest, one] of parsed) {
    if (parsedBytes <= parsedBytesMax) break
    parsed.delete(oldest)
    parsedBytes -= one.bytes
  }
  return resource
}
