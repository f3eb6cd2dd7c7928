import { InvalidRequest } from '../fhir/errors.ts'
import { referencePlace } from './reference-place.ts'
import type { Step } from './transaction-step.ts'

/** Characters of a urn:uuid shown in a refusal. */
const fullUrlShownMax = 45

/** Gives the `Type/id` in place of a link to another entry; undefined for any other link. */
export type LinkResolver = (link: string, isReference: boolean) => string | undefined

const linkPattern = /^([^#]*?)(\/_history\/[A-Za-z0-9\-.]{1,64})?(#.*)?$/s
const urn = /^urn:(?:uuid|oid):/
const relative = /^[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/
const restful = /^(.*\/)[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/

/** Where the links to the entries of one transaction lead. */
export class FullUrls {
  readonly #addresses = new Map<string, string>()
  readonly #fhirBase: string

  /**
   * `addressOf` gives the `Type/id` an entry is about.
   * @throws InvalidRequest when two entries share a fullUrl
   */
  constructor(
    steps: readonly Step[],
    addressOf: (step: Step) => string | undefined,
    fhirBase: string,
  ) {
    this.#fhirBase = fhirBase
    const positions = new Map<string, number>()
    for (const step of steps) {
      const { fullUrl, index } = step
      if (fullUrl === undefined || step.change === undefined) continue
      const first = positions.get(fullUrl)
      if (first !== undefined)
        throw new InvalidRequest(
          'bundle-duplicate-full-url',
          { first, second: index },
          `Bundle.entry[${index}].fullUrl`,
        )
      positions.set(fullUrl, index)
      const address = addressOf(step)
      if (address !== undefined) this.#addresses.set(fullUrl, address)
    }
  }

  /**
   * Resolves the links of one entry. A relative link is completed by the fullUrl of the entry it
   * stands in. A fragment is kept. A version of another server means nothing here and is left out.
   * @throws InvalidRequest when a reference by `urn:uuid:` or `urn:oid:` names no entry
   * @see https://hl7.org/fhir/R4/bundle.html#references
   */
  linksOf({ fullUrl, expression, change }: Step): LinkResolver {
    const base = restful.exec(fullUrl ?? '')?.[1]
    return (link, isReference) => {
      const [, target = '', version = '', fragment = ''] = linkPattern.exec(link) ?? []
      const completed = base !== undefined && relative.test(target) ? base + target : target
      const address = this.#addresses.get(completed) ?? this.#addresses.get(target)
      // A uri may name something outside the bundle; a reference by urn:uuid or urn:oid cannot.
      if (address === undefined && isReference && urn.test(target))
        throw new InvalidRequest(
          'reference-unresolved',
          { found: target.slice(0, fullUrlShownMax) },
          referencePlace(change!.resource, link, `${expression}.resource`),
        )
      if (address === undefined || address === target) return undefined
      const isHere = completed === this.#fhirBase + address
      return `${address}${isHere ? version : ''}${fragment}`
    }
  }
}
