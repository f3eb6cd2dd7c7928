import { isTrailReader, permitTrail } from '../access/trail-grant.ts'
import { bundleBytes } from '../fhir/bundle.ts'
import { InvalidRequest, NotFound } from '../fhir/errors.ts'
import type { TrailPosition, TrailQuestion, TrailRow } from '../search/compile-trail.ts'
import type { Permitted } from '../search/permitted.ts'
import { countTrail, readTrail } from '../store/audit-trail.ts'
import { auditEventOf } from './audit-event.ts'
import { found, subsetAsked } from './found.ts'
import type { Exchange, Parameters, ReadTerms, Request, Result } from './interaction.ts'
import { cursorOf, isForm, openCursor, pageLinks, requireAlone } from './page-links.ts'
import { searchEntry } from './search-type.ts'
import { trailQuestion } from './trail-question.ts'

/** Whether a request is about the audit trail, not about AuditEvents that hospitals have stored. */
export const isOfTrail = (request: Request, { context, grant }: Exchange): boolean => {
  if (!('resourceType' in request) || request.resourceType !== 'AuditEvent') return false
  if (request.interaction === 'read') return context.trailIds.numberOf(request.id) !== undefined
  if (request.interaction !== 'search-type') return false
  return request.compartment === undefined && isTrailReader(grant)
}

/**
 * One row of the trail as an AuditEvent.
 * @throws NotFound when there is none, or the caller may not know it, alike
 */
export const readTrailEvent = async (
  request: { readonly id: string } & ReadTerms,
  exchange: Exchange,
): Promise<Result> => {
  const subset = subsetAsked(['AuditEvent'], request.parameters, exchange)
  const { question } = await trailQuestion([['_id', request.id]], exchange)
  const { rows } = await readTrail(
    exchange.queryable,
    permitTrail(exchange.grant, { ...question, count: 1 }, 'read'),
  )
  const [row] = rows
  if (row === undefined) throw new NotFound()
  const owner = exchange.grant.principal.organization.number
  const version = { ...auditEventOf(row, exchange.context), owner }
  return found(version, request, subset, exchange)
}

/**
 * A search of the trail, newest first.
 * @throws InvalidRequest, NotSupported for what the trail cannot be asked
 */
export const searchTrail = (parameters: Parameters, exchange: Exchange): Promise<Result> =>
  trailPage(parameters, exchange, 'AuditEvent', {
    permitted: question => permitTrail(exchange.grant, question, 'search'),
  })

/** How the trail is read. */
interface TrailReading {
  readonly permitted: (question: TrailQuestion) => Permitted<TrailQuestion>
  /** What made each of some rows possible, as references. */
  readonly groundsOf?: (rows: readonly TrailRow[]) => Promise<readonly (readonly string[])[]>
}

/** A page of what `permitted` leaves of the question, under `path`. */
export const trailPage = async (
  written: Parameters,
  exchange: Exchange,
  path: string,
  { permitted, groundsOf = async () => [] }: TrailReading,
): Promise<Result> => {
  const cursor = cursorOf(written)
  if (cursor !== undefined) requireAlone(written)
  const place = cursor === undefined ? undefined : openCursor(cursor, path, exchange)
  const parameters = place?.parameters ?? written
  const asked = await trailQuestion(parameters, exchange)
  const query = permitted(asked.question)
  const { queryable, context } = exchange
  const page = asked.isCountAlone
    ? { rows: [], next: undefined }
    : await readTrail(queryable, query, positionOf(place?.position))
  const total = asked.isCounted ? { total: await countTrail(queryable, query) } : {}
  const next = page.next && { parameters, position: page.next }
  const form = written.filter(([name]) => isForm(name))
  const link = pageLinks({ path, self: written, next, form }, exchange)
  const grounds = await groundsOf(page.rows)
  const entries = page.rows.map((row, at) =>
    searchEntry(auditEventOf(row, context, grounds[at]), {}, exchange),
  )
  return {
    kind: 'bundle',
    json: bundleBytes({ type: 'searchset', ...total, link }, entries),
    disclosed: [],
    warnings: [],
  }
}

const positionOf = (
  position: readonly (string | null)[] | undefined,
): TrailPosition | undefined => {
  if (position === undefined) return undefined
  const [recorded, number] = position
  if (!recorded || !number) throw new InvalidRequest('cursor-invalid')
  return [recorded, number]
}
