import { requireScope } from '../access/grant.ts'
import { InvalidRequest } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { MatchedVersion } from '../store/match.ts'
import { criteriaOf } from './conditional-criteria.ts'
import { findMatch, findMatchLocked } from './conditional-match.ts'
import { resolveReferences } from './conditional-references.ts'
import { mayCreateUnder } from './id-rules.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { repeated } from './replaced.ts'
import type { WriteIntent } from './write-intent.ts'
import { transacted } from './retries.ts'
import { write } from './write.ts'

/**
 * FHIR conditional update: the one resource of the caller's own that meets the criteria gets a new
 * version; when none does, one is created, under the id of the body where there is one.
 * @throws MultipleMatches
 * @throws InvalidRequest when the body has another id than the resource that is met
 * @throws VersionConflict when none is met and the id of the body is taken
 * @see https://hl7.org/fhir/R4/http.html#cond-update
 */
export const conditionalUpdate = async (
  request: Extract<Request, { interaction: 'conditional-update' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType } = request
  requireScope(exchange.grant, resourceType, 'update')
  const resource = parsedResource(request.resource, resourceType)
  const condition = ifMatchVersion(request.ifMatch)
  const criteria = criteriaOf(resourceType, request.parameters, exchange)
  await requireOwnId(resource, exchange)
  await resolveReferences([{ resource }], exchange)
  // Without locks first: content that is already there, as a sender repeats it, needs no more.
  const seen = await findMatch(criteria, exchange)
  if (seen !== undefined && (condition.ifMatch ?? seen.version) === seen.version) {
    const unchanged = repeated(withId(resource, seen), seen)
    if (unchanged !== undefined) return unchanged.result
  }
  const newId = exchange.context.newId()
  return transacted(exchange, async inside => {
    const found = await findMatchLocked(criteria, inside, resource)
    const intent = conditionalIntent({ resourceType, resource, newId, ...condition }, found)
    const [result] = await write([intent], inside)
    return result!
  })
}

/**
 * An id in the body must be one, and not of another tenant, whatever is met: that is decided before
 * anything is looked for.
 * @throws InvalidRequest, Forbidden
 */
export const requireOwnId = async ({ id }: Resource, exchange: Exchange): Promise<void> => {
  if (id !== undefined) await mayCreateUnder(String(id), exchange)
}

/** The resource under the id of the one that is met. @throws InvalidRequest when it has another one */
const withId = (
  resource: Resource,
  { id }: MatchedVersion,
  expression: string = resource.resourceType,
): Resource => {
  if (resource.id !== undefined && resource.id !== id)
    throw new InvalidRequest('criteria-id-mismatch', {}, `${expression}.id`)
  return { ...resource, id }
}

/** The write that a conditional update comes to once it is known what meets its criteria. */
export const conditionalIntent = (
  asked: {
    readonly resourceType: string
    readonly resource: Resource
    readonly newId: string
    readonly ifMatch?: number
    /** Where the resource stands in the request. */
    readonly expression?: string | undefined
  },
  found: MatchedVersion | undefined,
): WriteIntent => {
  const { resourceType, resource, newId, ifMatch } = asked
  const condition = ifMatch === undefined ? {} : { ifMatch }
  if (found !== undefined)
    return {
      ...{ action: 'update', resourceType, id: found.id, matched: found.version, ...condition },
      resource: withId(resource, found, asked.expression),
    }
  return resource.id === undefined
    ? { action: 'create', resourceType, id: newId, resource, ...condition }
    : { action: 'update', resourceType, id: resource.id, resource, isNew: true, ...condition }
}
