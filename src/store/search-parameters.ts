import type { WrittenParameter } from '../search/search-parameter-check.ts'
import type { Queryable } from '../db/database.ts'

/** An active SearchParameter of the operator, as it was registered. */
export interface Registered extends WrittenParameter {
  /** Key of the SearchParameter resource. */
  readonly resource: bigint
  readonly id: string
  readonly slot: number
  readonly generation: number
  readonly ready: boolean
}

const columns =
  'resource, id, url, code, kind, base, targets, expression, description, slot, generation, ready'

/** All registered parameters, by address. */
export const readRegistered = (queryable: Queryable): Promise<Registered[]> =>
  queryable.query<Registered>({
    name: 'search-parameters',
    text: `select ${columns} from search_parameter order by url`,
    values: [],
  })

/** The same, while no other transaction registers one until this one ends. */
export const lockRegistered = async (transaction: Queryable): Promise<readonly Registered[]> => {
  await transaction.query({
    name: 'index-generation-lock',
    text: 'select from index_generation for update',
    values: [],
  })
  return readRegistered(transaction)
}

/** Begins another index generation: writes that know an earlier one are refused from the commit on. */
export const raiseIndexGeneration = async (transaction: Queryable): Promise<number> => {
  const [row] = await transaction.query<{ generation: number }>({
    name: 'index-generation-raise',
    text: 'update index_generation set generation = generation + 1 returning generation',
    values: [],
  })
  return row!.generation
}

/** Registers a parameter, or what it has become. */
export const putRegistered = async (transaction: Queryable, one: Registered): Promise<void> => {
  await transaction.query({
    name: 'search-parameter-put',
    text: `insert into search_parameter (${columns})
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      on conflict (resource) do update set url = excluded.url, code = excluded.code,
        kind = excluded.kind, base = excluded.base, targets = excluded.targets,
        expression = excluded.expression, description = excluded.description,
        slot = excluded.slot, generation = excluded.generation, ready = excluded.ready`,
    values: [
      ...[one.resource, one.id, one.url, one.code, one.kind, one.base, one.targets],
      ...[one.expression, one.description, one.slot, one.generation, one.ready],
    ],
  })
}

/** Takes parameters away: from the next request on no search and no write knows them. */
export const removeRegistered = async (
  transaction: Queryable,
  resources: readonly bigint[],
): Promise<void> => {
  await transaction.query({
    name: 'search-parameters-gone',
    text: 'delete from search_parameter where resource = any($1::bigint[])',
    values: [resources],
  })
}
