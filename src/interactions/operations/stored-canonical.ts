import { maySearch, permitSearch } from '../../access/grant.ts'
import { parseSearch } from '../../search/parse.ts'
import type { ServedResource } from '../../store/rows.ts'
import { searchResources } from '../../store/search.ts'
import type { Exchange } from '../interaction.ts'

/** More versions of one canonical are not looked at. */
const storedMax = 20

/**
 * The stored resources of a type that one search parameter finds, of those the caller may see. Without
 * the scope to search the type, none: what is hidden is as what is not here.
 */
export const storedBy = async (
  type: string,
  [parameter, value]: readonly [parameter: string, value: string],
  { grant, queryable, context }: Exchange,
): Promise<readonly ServedResource[]> => {
  if (!maySearch(grant, type) || value === '') return []
  const { definitions, timeZone, baseUrl, now } = context
  const criterion = [parameter, value.replace(/[\\,$|]/g, '\\$&')] as const
  const query = parseSearch(type, [criterion], {
    ...{ definitions, timeZone, baseUrl, now },
    lenient: false,
  })
  const permitted = permitSearch(grant, { ...query, ...{ count: storedMax, total: 'none' } })
  return (await searchResources(queryable, permitted)).matches
}
