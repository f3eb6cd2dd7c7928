import type { Place } from '../access/cursor.ts'
import type { Link } from '../fhir/bundle.ts'
import { InvalidRequest } from '../fhir/errors.ts'
import { shown } from '../search/shown.ts'
import type { Exchange, Parameters } from './interaction.ts'

/** The parameter of a `next` link; it holds the whole question, encrypted. */
const cursorParameter = '_cursor'

/** How an answer is written, which does not belong to the question. */
export const isForm = (name: string): boolean => name === '_format' || name === '_pretty'

/** The parameters that make the question: neither the cursor nor the form of the answer. */
export const questionOf = (parameters: Parameters): Parameters =>
  parameters.filter(([name]) => name !== cursorParameter && !isForm(name))

/** The cursor among the parameters, if there is one. */
export const cursorOf = (parameters: Parameters): string | undefined =>
  parameters.find(([name]) => name === cursorParameter)?.[1]

/**
 * A cursor holds the whole question, so what stands beside it would be ignored.
 * @throws InvalidRequest naming the parameter
 */
export const requireAlone = (parameters: Parameters): void => {
  const beside = parameters.find(([name]) => name !== cursorParameter && !isForm(name))
  if (beside !== undefined)
    throw new InvalidRequest('search-cursor-not-alone', { parameter: shown(beside[0]) })
  if (parameters.filter(([name]) => name === cursorParameter).length > 1)
    throw new InvalidRequest('search-cursor-not-alone', { parameter: cursorParameter })
}

/**
 * Where a page link goes on. `path` is what the page belongs to: a type, a history, an operation.
 * @throws InvalidRequest for a cursor that is not this caller's, or of another path
 */
export const openCursor = (cursor: string, path: string, { context, grant }: Exchange): Place => {
  const place = context.cursors.open(cursor, grant.principal, context.now())
  if (place.resourceType !== path) throw new InvalidRequest('cursor-invalid')
  return place
}

/** What the links of one page are made of. */
export interface Paging {
  /** Below the FHIR endpoint. */
  readonly path: string
  readonly self: Parameters
  /** The question and where its next page begins; undefined on the last one. */
  readonly next: Omit<Place, 'resourceType'> | undefined
  /** The same of the page before; undefined on the first one, and where that is no longer known. */
  readonly prev?: Omit<Place, 'resourceType'> | undefined
  /** What the next link keeps of how the answer is written. */
  readonly form?: Parameters
}

/** The self link of a page and those to the next and the one before, when there are such. */
export const pageLinks = (
  { path, self, next, prev, form = [] }: Paging,
  { context, grant }: Exchange,
): readonly Link[] => {
  const url = (parameters: Parameters): string => {
    const text = new URLSearchParams(
      parameters.map(([name, value]): [string, string] => [name, value]),
    ).toString()
    return `${context.baseUrl}/fhir/${path}${text === '' ? '' : `?${text}`}`
  }
  const link: Link[] = [{ relation: 'self', url: url(self) }]
  for (const [relation, place] of [
    ['next', next],
    ['prev', prev],
  ] as const) {
    if (place === undefined) continue
    const sealed = { resourceType: path, ...place }
    const cursor = context.cursors.seal(sealed, grant.principal, context.now())
    link.push({ relation, url: url([[cursorParameter, cursor], ...form]) })
  }
  return link
}
