import { permitEverything } from '../../access/grant.ts'
import { bundleBytes, type Entry } from '../../fhir/bundle.ts'
import { InvalidRequest, NotFound } from '../../fhir/errors.ts'
import { subsetJson, type Subset } from '../../fhir/subset.ts'
import type { EverythingPosition } from '../../search/compile-everything.ts'
import { readEverything } from '../../store/everything.ts'
import type { ResourceVersion } from '../../store/rows.ts'
import { subsetAsked } from '../found.ts'
import type { Context, Exchange, OperationRequest, Parameters, Result } from '../interaction.ts'
import { cursorOf, isForm, openCursor, pageLinks, requireAlone } from '../page-links.ts'
import { everythingQuestion } from './everything-parameters.ts'

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
  const subset = subsetAsked(['Patient', ...question.asked.resourceTypes], asked, exchange)
  const page = await readEverything(queryable, question, place?.position)
  if (page === undefined) throw new NotFound()
  const next = page.next && { parameters: asked, position: page.next }
  const form = parameters.filter(([name]) => isForm(name))
  const link = pageLinks({ path, self: parameters, next, form }, exchange)
  const shown = place === undefined ? [page.patient, ...page.members] : page.members
  return {
    kind: 'bundle',
    json: bundleBytes(
      { type: 'searchset', total: page.total, link },
      shown.map(version => entryOf(version, subset, context)),
    ),
    disclosed: shown,
    warnings: [],
  }
}

/** Where a page link goes on; the cursor names the operation's address in place of a type. */
const placeOf = (
  path: string,
  parameters: Parameters,
  exchange: Exchange,
): { readonly parameters: Parameters; readonly position: EverythingPosition } | undefined => {
  const cursor = cursorOf(parameters)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  const place = openCursor(cursor, path, exchange)
  const [type, dateLow, key] = place.position
  if (!type || !dateLow || !key) throw new InvalidRequest('cursor-invalid')
  return { parameters: place.parameters, position: [type, dateLow, key] }
}

const entryOf = (
  version: ResourceVersion,
  subset: Subset | undefined,
  { baseUrl, definitions }: Context,
): Entry => ({
  members: {
    fullUrl: `${baseUrl}/fhir/${version.resourceType}/${version.id}`,
    search: { mode: 'match' },
  },
  resource:
    subset === undefined
      ? (version.packed ?? version.json)
      : subsetJson(version.json, subset, definitions),
})
