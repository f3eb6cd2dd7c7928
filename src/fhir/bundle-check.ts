import type { ObjectCheck } from './element-check.ts'
import { isResourceType } from './resource-types.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

const absolute = /^[a-z][a-z0-9+.-]*:/i
/** Types whose entries may stand for resources that have no identity yet. */
const requests: ReadonlySet<unknown> = new Set(['transaction', 'batch'])
const responses: ReadonlySet<unknown> = new Set(['transaction-response', 'batch-response'])
/** Types whose entries need an identity; those of answers may be of resources that have none. */
const identified: ReadonlySet<unknown> = new Set(['document', 'message', 'collection'])
const singleLinks: ReadonlySet<unknown> = new Set(['self', 'first', 'previous', 'next', 'last'])
const linksMax = 1000

/**
 * What R4 says of bundles in words: identities of entries agree with their resources, answers of
 * searches have ids, a link relation of paging stands once.
 * @see https://hl7.org/fhir/R4/bundle.html#bundle-unique
 */
export const bundleCheck: ObjectCheck = (node, walk) => {
  checkLinks(node['link'], walk)
  const { entry, type } = node
  if (!Array.isArray(entry)) return
  walk.path.push('entry')
  for (const [at, one] of entry.entries()) {
    if (!isObject(one) || walk.isFull) continue
    walk.path.push(at)
    checkIdentity(one, type, walk)
    if (type === 'searchset') checkMatch(one, walk)
    walk.path.pop()
  }
  walk.path.pop()
}

const checkLinks = (link: unknown, walk: Walk): void => {
  if (!Array.isArray(link)) return
  const met = new Set<unknown>()
  for (const [at, one] of link.slice(0, linksMax).entries()) {
    const relation: unknown = isObject(one) ? one['relation'] : undefined
    if (!singleLinks.has(relation)) continue
    if (met.has(relation)) {
      const name = String(relation)
      walk.report('structure', 'bundle-link-repeated', { name }, `link[${at}].relation`)
    }
    met.add(relation)
  }
}

/** `http://server/fhir/Patient/1`, of any server. */
const restful = /^https?:\/\/.*\/([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/

const checkIdentity = ({ fullUrl, resource }: JsonObject, type: unknown, walk: Walk): void => {
  if (fullUrl === undefined) {
    if (identified.has(type) && resource !== undefined)
      walk.report('required', 'bundle-full-url-missing', {}, 'fullUrl')
    return
  }
  if (typeof fullUrl !== 'string' || fullUrl === '') return
  if (!absolute.test(fullUrl)) {
    walk.report('value', 'bundle-full-url-relative', {}, 'fullUrl')
    return
  }
  if (!isObject(resource) || requests.has(type) || responses.has(type)) return
  const [, named = '', id] = restful.exec(fullUrl) ?? []
  if (!isResourceType(named)) return
  if (resource['resourceType'] === named && resource['id'] === id) return
  // A document is read by its references alone; elsewhere R4's own examples do so.
  if (type === 'document') walk.report('invariant', 'bundle-full-url-other', {}, 'fullUrl')
  else walk.recommend('invariant', 'bundle-full-url-other', {}, 'fullUrl')
}

const checkMatch = ({ search, resource }: JsonObject, walk: Walk): void => {
  if (!isObject(resource)) return
  const isOutcome = resource['resourceType'] === 'OperationOutcome'
  const mode: unknown = isObject(search) ? search['mode'] : undefined
  if (mode === 'outcome' && !isOutcome)
    walk.report('structure', 'bundle-outcome-expected', {}, 'resource')
  else if (!isOutcome && resource['id'] === undefined)
    walk.report('required', 'bundle-match-without-id', {}, 'resource.id')
}
