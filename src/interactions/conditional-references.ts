import { permitReferenceMatch } from '../access/grant.ts'
import { FhirError, InvalidRequest, MultipleMatches } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { rewriteReferences } from '../fhir/references.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import type { Resource } from '../fhir/resource.ts'
import { readMatches, type MatchedVersion } from '../store/match.ts'
import { criteriaOf, type Criteria } from './conditional-criteria.ts'
import type { Exchange } from './interaction.ts'
import { referencePlace } from './reference-place.ts'
import { parametersOf } from './routes.ts'

/** A resource to be written, and where it stands in the request. */
export interface Referring {
  readonly resource: Resource
  /** Such as `Bundle.entry[3].resource`; the type of the resource when left out. */
  readonly expression?: string
}

const conditional = /^([A-Za-z]+)\?(.*)$/s

/**
 * The conditional references of `resources`, each once, with what they ask for.
 * @throws InvalidRequest, InvalidRequests naming the element
 * @see https://hl7.org/fhir/R4/http.html#trules "conditional references"
 */
export const conditionalReferences = (
  resources: readonly Referring[],
  exchange: Exchange,
): ReadonlyMap<string, Criteria> => {
  const found = new Map<string, Criteria>()
  for (const referring of resources)
    rewriteReferences(referring.resource, (text, isReference) => {
      if (!isReference || found.has(text)) return undefined
      const [, resourceType, query] = conditional.exec(text) ?? []
      if (resourceType === undefined || !isResourceType(resourceType)) return undefined
      if (found.size >= limits.conditionalReferencesMax)
        throw new InvalidRequest('references-too-many', { limit: limits.conditionalReferencesMax })
      try {
        found.set(text, criteriaOf(resourceType, parametersOf(query!), exchange))
      } catch (error) {
        throw error instanceof FhirError ? error.at(placeOf(text, referring)) : error
      }
      return undefined
    })
  return found
}

/** What each of the references meets: up to two, own ones first. All are asked in one go. */
export const referenceMatches = async (
  references: ReadonlyMap<string, Criteria>,
  { grant, queryable }: Exchange,
): Promise<ReadonlyMap<string, readonly MatchedVersion[]>> => {
  const questions = [...references].map(
    ([text, { query }]) => [text, permitReferenceMatch(grant, query)] as const,
  )
  const answers = await Promise.all(
    questions.map(
      async ([text, question]) => [text, await readMatches(queryable, question)] as const,
    ),
  )
  return new Map(answers)
}

/**
 * The id of the one resource that a reference means. An own one is meant before one of the shared
 * directory, so that what another hospital adds to the directory changes nothing.
 * @throws InvalidRequest, MultipleMatches naming the element
 */
export const meantBy = (
  text: string,
  { resourceType }: Criteria,
  matches: readonly Pick<MatchedVersion, 'id' | 'owner'>[],
  { referring, exchange }: { readonly referring: Referring; readonly exchange: Exchange },
): string => {
  const owner = exchange.grant.principal.organization.number
  const own = matches.filter(match => match.owner === owner)
  const [match, second] = own.length > 0 ? own : matches
  if (match === undefined)
    throw new InvalidRequest('reference-no-match', { resourceType }, placeOf(text, referring))
  if (second !== undefined)
    throw new MultipleMatches('reference-many-matches', { resourceType }, placeOf(text, referring))
  return match.id
}

/**
 * Puts `Type/id` in place of every conditional reference of `resources`.
 * @throws InvalidRequest when nothing meets one, MultipleMatches when more than one resource does
 * @throws Forbidden without the search scope on its type
 */
export const resolveReferences = async (
  resources: readonly Referring[],
  exchange: Exchange,
): Promise<void> => {
  const references = conditionalReferences(resources, exchange)
  if (references.size === 0) return
  const matches = await referenceMatches(references, exchange)
  for (const referring of resources)
    rewriteReferences(referring.resource, (text, isReference) => {
      const criteria = isReference ? references.get(text) : undefined
      if (criteria === undefined) return undefined
      const id = meantBy(text, criteria, matches.get(text)!, { referring, exchange })
      return `${criteria.resourceType}/${id}`
    })
}

const placeOf = (text: string, { resource, expression }: Referring): string =>
  referencePlace(resource, text, expression ?? resource.resourceType)
