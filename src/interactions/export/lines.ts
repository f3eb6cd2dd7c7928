import { NotFound } from '../../fhir/errors.ts'
import { limits } from '../../fhir/limits.ts'
import type { Exchange, Parameters, Request, Result } from '../interaction.ts'
import type { OpenedExport } from './job.ts'

/** Performs one request with the rights of the moment, as if it had come by HTTP. */
export type PerformNow = (request: Request) => Promise<Result>

/**
 * One file of an export, page by page: each resource a line. Every page is a search of its own, audited
 * as such.
 * @throws NotFound for a type that the export has not; on the first page only
 */
export async function* exportLines(
  { searches }: Pick<OpenedExport, 'searches'>,
  resourceType: string,
  performNow: PerformNow,
): AsyncGenerator<Buffer> {
  const search = searches.get(resourceType)
  if (search === undefined) throw new NotFound()
  const terms = [
    ['_count', String(limits.pageSizeMax)],
    ['_total', 'none'],
  ] as const
  let parameters: Parameters | undefined = [...search, ...terms]
  while (parameters !== undefined) {
    const page = await performNow({ interaction: 'search-type', resourceType, parameters })
    if (page.kind !== 'bundle') return
    yield Buffer.concat(page.disclosed.flatMap(({ json }) => [json, lineEnd]))
    const cursor = nextCursor(page.json)
    parameters = cursor === undefined ? undefined : [['_cursor', cursor]]
  }
}

const lineEnd = Buffer.from('\n')

/** The cursor of the link to the next page, which stands before the entries. */
const nextCursor = (bundle: Buffer): string | undefined => {
  const entries = bundle.indexOf('"entry":[')
  const head = bundle.subarray(0, entries < 0 ? undefined : entries).toString()
  return /"relation":"next","url":"[^"]*[?&]_cursor=([\w-]+)"/.exec(head)?.[1]
}

/** What is at the address of a finished export. @see https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status */
export const manifestOf = (
  { id, transactionTime, request, searches }: OpenedExport,
  { context }: Exchange,
) => ({
  transactionTime,
  request,
  requiresAccessToken: true,
  output: [...searches.keys()].map(type => ({
    type,
    url: `${context.baseUrl}/fhir/$export-jobs/${id}/${type}.ndjson`,
  })),
  error: [],
})
