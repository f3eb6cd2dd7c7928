import { permitEverything } from '../../access/grant.ts'
import { bundleBytes, type Entry, type Link } from '../../fhir/bundle.ts'
import { InvalidRequest, NotFound } from '../../fhir/errors.ts'
import type { EverythingPosition } from '../../search/compile-everything.ts'
import { readEverything } from '../../store/everything.ts'
import type { ResourceVersion } from '../../store/rows.ts'
import type { Exchange, OperationRequest, Parameters, Result } from '../interaction.ts'
import { requireAlone } from '../search-type.ts'
import { everythingQuestion } from './everything-parameters.ts'

const cursorParameter = '_cursor'

/**
 * `Patient/[id]/$everything`: the Patient and all that names the patient and the caller may see, with
 * the exact total, page by page. Directory entries the record refers to are not repeated in it.
 * @throws NotFound when the Patient is absent or hidden, alike
 * @throws InvalidRequests naming every parameter at fault
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
export const everything = async (
  { id, parameters }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { context, grant, queryable } = exchange
  const path = `Patient/${id}/$everything`
  const place = placeOf(path, parameters, exchange)
  const asked = place?.parameters ?? parameters
  const question = permitEverything(grant, everythingQuestion(id!, asked, exchange))
  const page = await readEverything(queryable, question, place?.position)
  if (page === undefined) throw new NotFound()
  const url = (used: Parameters): string => {
    const text = new URLSearchParams(used.map(([name, value]): [string, string] => [name, value]))
    return `${context.baseUrl}/fhir/${path}${used.length === 0 ? '' : `?${text.toString()}`}`
  }
  const link: Link[] = [{ relation: 'self', url: url(parameters) }]
  if (page.next !== undefined) {
    const next = { resourceType: path, parameters: asked, position: page.next }
    const cursor = context.cursors.seal(next, grant.principal, context.now())
    link.push({ relation: 'next', url: url([[cursorParameter, cursor]]) })
  }
  const shown = place === undefined ? [page.patient, ...page.members] : page.members
  return {
    kind: 'bundle',
    json: bundleBytes(
      { type: 'searchset', total: page.total, link },
      shown.map(version => entryOf(version, context.baseUrl)),
    ),
    disclosed: shown,
    warnings: [],
  }
}

/** Where a page link goes on; the cursor names the operation's address in place of a type. */
const placeOf = (
  path: string,
  parameters: Parameters,
  { context, grant }: Exchange,
): { readonly parameters: Parameters; readonly position: EverythingPosition } | undefined => {
  const cursor = parameters.find(([name]) => name === cursorParameter)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  const place = context.cursors.open(cursor[1], grant.principal, context.now())
  const [type, dateLow, key] = place.position
  if (place.resourceType !== path || !type || !dateLow || !key)
    throw new InvalidRequest('cursor-invalid')
  return { parameters: place.parameters, position: [type, dateLow, key] }
}

const entryOf = (version: ResourceVersion, baseUrl: string): Entry => ({
  members: {
    fullUrl: `${baseUrl}/fhir/${version.resourceType}/${version.id}`,
    search: { mode: 'match' },
  },
  resource: version.packed ?? version.json,
})
