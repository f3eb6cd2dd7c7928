import { isIcd10, withCategories } from '../fhir/icd10.ts'
import { limits } from '../fhir/limits.ts'
import type { Resource } from '../fhir/resource.ts'
import { sensitiveCodes, type SensitiveCodes } from '../fhir/sensitive-codes.ts'
import { assignedLabels, isAssigned, labelledBy } from './assigned-labels.ts'
import { labelsOf } from './confidentiality.ts'
import { codingHashes, hash64, token } from './hash.ts'
import { referenceTarget } from './reference-target.ts'
import { isSharedType } from './shared-types.ts'

type Element = Readonly<Record<string, unknown>>

/** What consents can ask of a record, besides its type, its patients and its clinical date. */
export interface Facts {
  /** Hashes of codings, labels, profiles, document types, references and authors, each once. */
  readonly facts: bigint[]
  /** U 0, L 1, M 2, N 3, R 4, V 5. */
  readonly confidentiality: number
  /** Whether the facts are all: false where text or attachments may say more than codes. */
  readonly screened: boolean
  /** The value sets of sensitive codes it has codes of, as bits; their labels are among the facts. */
  readonly sensitive: number
}

/** The fact that nobody is named as author. */
const unauthored = -1n

const authorElements = ['author', 'performer', 'recorder', 'asserter', 'requester']
const authorMark = hash64('fact: author')

/** How facts and consents name a code. */
export const factOfCode = (system: string, code: string): bigint =>
  codingHashes(system, code).coding
/** How facts and consents name a profile. A version is no part of it. */
export const factOfProfile = (canonical: string): bigint =>
  hash64(`profile ${canonical.split('|')[0]}`)
/** How facts and consents name what kind of document a record is. */
export const factOfDocumentType = (system: string, code: string): bigint =>
  hash64(`document ${system}|${code}`)
/** How facts and consents name an author, by the key of it. */
export const factOfAuthor = (key: bigint): bigint => token(authorMark, key)

/**
 * The facts of a resource that `validate` has accepted. Beyond `limits.factsPerResourceMax` it counts
 * as not screened. Its labels are those of its writer and those that its codes give it; labels that say
 * they were assigned before count only as far as that is so.
 */
export const factsOf = (resource: Resource, baseUrl: string): Facts => {
  const found = new Set<bigint>()
  const walk = new FactsWalk(found, baseUrl)
  walk.children(resource)
  for (const profile of listOf(resource.meta?.['profile']))
    found.add(factOfProfile(String(profile)))
  if (documents.has(resource.resourceType))
    for (const { system, code } of codingsOf(resource['type']))
      found.add(factOfDocumentType(String(system), String(code)))
  const authors = authorsOf(resource, baseUrl)
  for (const author of authors) found.add(factOfAuthor(author))
  if (authors.length === 0) found.add(unauthored)
  const sensitive = isSharedType(resource.resourceType) ? 0 : walk.sensitive
  const written = walk.security.filter(label => !isAssigned(label))
  const { confidentiality, labels } = labelsOf([...written, ...assignedLabels(sensitive)])
  for (const label of labels) found.add(label)
  found.add(labelledBy())
  const isWhole = found.size <= limits.factsPerResourceMax
  return {
    facts: isWhole ? [...found] : [...found].slice(0, limits.factsPerResourceMax),
    confidentiality,
    screened: isWhole && walk.isCoded && !attached.has(resource.resourceType),
    sensitive,
  }
}

const documents: ReadonlySet<string> = new Set([
  ...['DocumentReference', 'Composition', 'DocumentManifest', 'DiagnosticReport'],
])
/** Findings in plain words, which nobody has coded. */
const inWords: ReadonlySet<string> = new Set(['conclusion', 'valueString', 'presentedForm'])
/** What they mean lies in bytes that nobody has read. */
const attached: ReadonlySet<string> = new Set(['Binary', 'DocumentReference', 'Media'])

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

const codingsOf = (concepts: unknown): readonly Element[] =>
  listOf(concepts).flatMap(concept => listOf((concept as Element | null)?.['coding']) as Element[])

const authorsOf = (resource: Resource, baseUrl: string): bigint[] => {
  const found: bigint[] = []
  for (const name of authorElements) {
    const written = resource[name]
    if (written === undefined) continue
    for (const element of listOf(written) as readonly Element[]) {
      const reference =
        element['reference'] ?? (element['actor'] as Element | undefined)?.['reference']
      const target = typeof reference === 'string' ? referenceTarget(reference, baseUrl) : undefined
      if (target?.isHere === true) found.push(target.key)
    }
  }
  return found
}

const isAttachment = ({ contentType, data, url }: Element): boolean =>
  contentType !== undefined && (data !== undefined || url !== undefined)

const conceptName = /(?:code|concept)$/i

/** Everything a tree of elements says by code or reference, contained resources included. */
class FactsWalk {
  readonly #found: Set<bigint>
  readonly #baseUrl: string
  readonly #codes: SensitiveCodes = sensitiveCodes()
  /** Labels of the resource and of contained ones: they count for the container. */
  readonly security: Element[] = []
  /** False: a concept in words alone, or an attachment. */
  isCoded = true
  /** Value sets of sensitive codes, as bits. */
  sensitive = 0

  constructor(found: Set<bigint>, baseUrl: string) {
    this.#found = found
    this.#baseUrl = baseUrl
  }

  children(element: Element): void {
    for (const name in element) {
      if (name === 'meta') {
        const security = listOf((element[name] as Element)['security']) as Element[]
        this.security.push(...security)
        continue
      }
      const value = element[name]
      if (inWords.has(name)) this.isCoded = false
      if (typeof value === 'object' && value !== null) this.#member(value, conceptName.test(name))
    }
  }

  #member(value: object, isConcept: boolean): void {
    if (!Array.isArray(value)) return this.#element(value as Element, isConcept)
    for (const item of value)
      if (typeof item === 'object' && item !== null) this.#element(item as Element, isConcept)
  }

  #element(element: Element, isConcept: boolean): void {
    const { system, code, reference } = element
    if (isConcept && element['coding'] === undefined) this.isCoded = false
    if (typeof code === 'string' && typeof system === 'string') this.#coding(system, code)
    if (typeof reference === 'string') this.#reference(reference)
    if (isAttachment(element)) this.isCoded = false
    this.children(element)
  }

  #coding(system: string, code: string): void {
    if (!isIcd10(system)) {
      this.#found.add(factOfCode(system, code))
      this.sensitive |= this.#codes.codes.get(system)?.get(code) ?? 0
      return
    }
    for (const known of withCategories(code)) {
      this.#found.add(factOfCode(system, known))
      this.sensitive |= this.#codes.icd10.get(known) ?? 0
    }
  }

  #reference(reference: string): void {
    const target = referenceTarget(reference, this.#baseUrl)
    if (target?.isHere !== true || target.resourceType === undefined) return
    if (target.resourceType !== 'Patient' && !isSharedType(target.resourceType))
      this.#found.add(target.key)
  }
}
