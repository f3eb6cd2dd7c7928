import type { Permitted } from '../search/permitted.ts'
import type { Position } from '../search/compile.ts'
import type { SearchQuery } from '../search/tree.ts'
import { explainSearch } from '../store/explain.ts'
import type { Exchange, Result } from './interaction.ts'
import { parameterList } from './operations/parameters.ts'

/**
 * In place of what a search finds, how it is found: statement, plan and times, as a Parameters resource.
 * It shows no record.
 */
export const explained = async (
  query: Permitted<SearchQuery>,
  position: Position | undefined,
  { queryable }: Exchange,
): Promise<Result> => {
  const { statement, plan, planning, execution } = await explainSearch(queryable, query, position)
  return {
    kind: 'operation',
    json: parameterList([
      { name: 'statement', valueString: statement.name },
      { name: 'sql', valueString: statement.text },
      { name: 'plan', valueString: plan },
      { name: 'planning-milliseconds', valueDecimal: planning },
      { name: 'execution-milliseconds', valueDecimal: execution },
    ]),
    disclosed: [],
    warnings: [],
  }
}
