import type { Place } from '../../access/cursor.ts'
import { requireUnbroken } from '../../access/break-glass.ts'
import { permitRead, permitSearch, requireOperator, searchableTypes } from '../../access/grant.ts'
import { elements, literalReference } from '../../access/element.ts'
import { compartmentMembers, compartmentParameters } from '../../fhir/compartments.ts'
import { InvalidRequest, NotFound, Throttled, TooCostly } from '../../fhir/errors.ts'
import { parseJson } from '../../fhir/json.ts'
import { limits } from '../../fhir/limits.ts'
import type { Resource } from '../../fhir/resource.ts'
import { resourceTypes } from '../../fhir/resource-types.ts'
import { parametersOf } from '../../search/parameters.ts'
import { parseSearch } from '../../search/parse.ts'
import { addExportJob, readExportJob, removeExportJob } from '../../store/export-jobs.ts'
import { readCurrent } from '../../store/read.ts'
import type { ServedResource } from '../../store/rows.ts'
import { searchResources } from '../../store/search.ts'
import type { Exchange, OperationRequest, Parameters, Result } from '../interaction.ts'
import { plainParameters } from '../operations/parameters.ts'
import { askedExport } from './asked.ts'

/** What cursors call the places of exports. */
const placeName = '$export'

/** An export as its client meets it again. */
export interface OpenedExport {
  readonly id: string
  readonly expires: string
  readonly transactionTime: string
  /** The address it was asked for by. */
  readonly request: string
  /** By type, the search that finds what belongs to it. */
  readonly searches: ReadonlyMap<string, Parameters>
}

/**
 * `$export` of everything, of all patients or of a group's: notes what is wanted. The files are made
 * when they are fetched, by searches with the rights of that moment, so nothing lies about that a consent
 * no longer permits.
 * @throws Forbidden for everything, unless the caller is an operator, and by a broken glass
 * @throws NotFound for a Group that is absent or hidden
 * @throws Throttled when the organization has too many
 * @see https://hl7.org/fhir/uv/bulkdata/export.html
 */
export const exportJob = async (request: OperationRequest, exchange: Exchange): Promise<Result> => {
  const { context, grant, queryable } = exchange
  const now = context.now()
  requireUnbroken(grant)
  if (request.resourceType === undefined) requireOperator(grant)
  const parameters = [...request.parameters, ...plainParameters(request.resource)]
  const asked = askedExport(parameters, exchange)
  const members = request.id === undefined ? undefined : await membersOf(request.id, exchange)
  const possible =
    request.resourceType === undefined ? resourceTypes : compartmentMembers('Patient')
  const types = asked.types ?? searchableTypes(grant, possible)
  const searches: [string, Parameters][] = []
  const disclosed: ServedResource[] = []
  for (const type of types) {
    if (!possible.includes(type)) throw new InvalidRequest('export-type-outside', { found: type })
    const search = [
      ...(asked.since === undefined ? [] : [['_lastUpdated', `gt${asked.since}`] as const]),
      ...(asked.filters.get(type) ?? []),
      ...ofPatients(type, request.resourceType !== undefined, members, exchange),
    ]
    const [first] = await firstOf(type, search, exchange)
    if (first === undefined) continue
    disclosed.push(first)
    searches.push([type, search])
  }
  const id = context.newId()
  const place: Place = {
    resourceType: placeName,
    parameters: [
      ['time', now.toISOString()],
      ['request', addressOf(request, context.baseUrl)],
      ...searches.map(([type, search]) => [type, JSON.stringify(search)] as const),
    ],
    position: [],
  }
  const isRoom = await addExportJob(
    queryable,
    {
      ...{ id, organization: grant.principal.organization.number },
      sealed: context.cursors.seal(place, grant.principal, now),
      expires: new Date(now.getTime() + limits.cursorAgeSecondsMax * 1000).toISOString(),
    },
    limits.exportsPerOrganizationMax,
  )
  if (!isRoom) throw new Throttled('export-too-many', { limit: limits.exportsPerOrganizationMax })
  return { kind: 'accepted', location: `${context.baseUrl}/fhir/$export-jobs/${id}`, disclosed }
}

/** @throws NotFound for what is not this caller's: of another client, removed, expired */
export const openExport = async (id: string, exchange: Exchange): Promise<OpenedExport> => {
  const { grant, queryable } = exchange
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
  const { number } = grant.principal.organization
  const job = isId ? await readExportJob(queryable, id, number) : undefined
  if (job === undefined) throw new NotFound()
  const place = opened(job.sealed, exchange)
  const [time, request, ...searches] = place.parameters
  return {
    ...{ id, expires: job.expires, transactionTime: time![1], request: request![1] },
    searches: new Map(searches.map(([type, search]) => [type, JSON.parse(search) as Parameters])),
  }
}

/** Forgets it: its files are not given out any more. @throws NotFound */
export const endExport = async (id: string, exchange: Exchange): Promise<void> => {
  await openExport(id, exchange)
  await removeExportJob(exchange.queryable, id)
}

/** A job of another client of the same hospital is absent. */
const opened = (sealed: string, { context, grant }: Exchange): Place => {
  try {
    return context.cursors.open(sealed, grant.principal, context.now())
  } catch {
    throw new NotFound()
  }
}

/** Without its parameters, which may hold what people are searched by. */
const addressOf = ({ resourceType, id }: OperationRequest, baseUrl: string): string =>
  [`${baseUrl}/fhir`, resourceType, id, '$export'].filter(part => part !== undefined).join('/')

/** The patients of a group. @throws NotFound, TooCostly */
const membersOf = async (id: string, exchange: Exchange): Promise<readonly string[]> => {
  const { grant, queryable, context } = exchange
  const address = { resourceType: 'Group', id }
  const group = await readCurrent(queryable, permitRead(grant, address))
  if (group === undefined || group.deleted) throw new NotFound()
  const { member } = parseJson(group.json) as Resource
  const patients = elements(member)
    .filter(({ inactive }) => inactive !== true)
    .map(({ entity }) => literalReference(entity, context.baseUrl))
    .filter(address => address?.resourceType === 'Patient')
    .map(address => address!.id)
  if (patients.length > limits.exportGroupMax)
    throw new TooCostly('export-group', { limit: limits.exportGroupMax })
  return [...new Set(patients)]
}

/** What confines a type to patients: to any, or to those of a group. */
const ofPatients = (
  type: string,
  isOfPatients: boolean,
  members: readonly string[] | undefined,
  { context }: Exchange,
): Parameters => {
  if (!isOfPatients) return []
  if (type === 'Patient') return members === undefined ? [] : [['_id', members.join() || '-']]
  const known = parametersOf(context.definitions, type)
  const [code] = ['patient', 'subject', ...compartmentParameters('Patient', type)!].filter(name =>
    known.has(name),
  )
  if (members === undefined) return [[`${code}:missing`, 'false']]
  return [[code!, members.map(id => `Patient/${id}`).join() || 'Patient/-']]
}

/** Whether there is anything, and that the search can be understood. @throws InvalidRequests, Forbidden */
const firstOf = async (
  type: string,
  search: Parameters,
  { context, grant, queryable }: Exchange,
): Promise<readonly ServedResource[]> => {
  const { definitions, timeZone, baseUrl, now } = context
  const options = { definitions, timeZone, baseUrl, now, lenient: false }
  const query = parseSearch(type, [...search, ['_count', '1'], ['_total', 'none']], options)
  return (await searchResources(queryable, permitSearch(grant, query), undefined)).matches
}
