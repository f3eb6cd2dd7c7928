import type { Criterion, SearchQuery } from './tree.ts'

/**
 * The resource types a search looks into: `searched` by its criteria and chains, `included` by
 * `_include` and `_revinclude`. Scopes are checked against both.
 */
export const typesTouched = (
  query: SearchQuery,
): { readonly searched: readonly string[]; readonly included: readonly string[] } => {
  const searched = new Set(query.resourceTypes)
  addChained(query.criteria, searched)
  const included = new Set([
    ...query.include.flatMap(({ targets }) => targets),
    ...query.revinclude.map(({ resourceType }) => resourceType),
  ])
  return { searched: [...searched], included: [...included] }
}

const addChained = (criterion: Criterion, types: Set<string>): void => {
  if (criterion.kind === 'all' || criterion.kind === 'any')
    for (const part of criterion.criteria) addChained(part, types)
  else if (criterion.kind === 'not') addChained(criterion.criterion, types)
  else if (criterion.kind === 'chain')
    for (const { resourceType, criterion: further } of criterion.targets) {
      types.add(resourceType)
      addChained(further, types)
    }
  else if (criterion.kind === 'has') {
    types.add(criterion.resourceType)
    addChained(criterion.criterion, types)
  }
}
