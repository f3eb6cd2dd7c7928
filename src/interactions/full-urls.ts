import { InvalidRequest } from '../fhir/errors.ts'
import { rewriteReferences } from '../fhir/references.ts'
import type { Step } from './step.ts'

/** Characters of a urn:uuid shown in a refusal. */
const fullUrlShownMax = 45

/**
 * Replaces, in every resource of a transaction, references to the fullUrl of another entry by the
 * `Type/id` that entry gets.
 * @throws InvalidRequest when two entries share a fullUrl, or a `urn:uuid:` names no entry
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export const resolveFullUrls = (steps: readonly Step[]): void => {
  const addresses = new Map<string, string>()
  const positions = new Map<string, number>()
  steps.forEach(({ fullUrl, intent }, index) => {
    if (fullUrl === undefined || intent === undefined) return
    const first = positions.get(fullUrl)
    if (first !== undefined)
      throw new InvalidRequest(
        'bundle-duplicate-full-url',
        { first, second: index },
        `Bundle.entry[${index}].fullUrl`,
      )
    positions.set(fullUrl, index)
    addresses.set(fullUrl, `${intent.resourceType}/${intent.id}`)
  })
  for (const { intent } of steps)
    if (intent?.resource !== undefined)
      rewriteReferences(intent.resource, (text, isReference) => {
        const address = addresses.get(text)
        // A uri may name something outside the bundle; a reference by urn:uuid cannot.
        if (address === undefined && isReference && text.startsWith('urn:uuid:'))
          throw new InvalidRequest(
            'reference-unresolved',
            { found: text.slice(0, fullUrlShownMax) },
            intent.expression,
          )
        return address
      })
}
