import type { IncludeReference, SearchQuery } from '../search/tree.ts'

/**
 * A search whose wildcard inclusions are left to types the scopes cover, which says nothing about
 * what exists. Inclusions that name their types stay as they are, to be refused.
 */
export const withinScopes = (
  query: SearchQuery,
  isCovered: (resourceType: string) => boolean,
): SearchQuery => {
  const isWild = ({ isWildcard }: { readonly isWildcard?: boolean }): boolean => isWildcard === true
  if (!query.include.some(isWild) && !query.revinclude.some(isWild)) return query
  const narrowed = (include: IncludeReference): readonly IncludeReference[] => {
    if (include.isWildcard !== true) return [include]
    const targets = include.targets.filter(isCovered)
    return targets.length === 0 ? [] : [{ ...include, targets }]
  }
  return {
    ...query,
    include: query.include.flatMap(narrowed),
    revinclude: query.revinclude.filter(
      ({ isWildcard, resourceType }) => isWildcard !== true || isCovered(resourceType),
    ),
  }
}
