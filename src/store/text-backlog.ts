import { setImmediate as turn } from 'node:timers/promises'
import { Unavailable } from '../fhir/errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { indexValues } from '../search/index-values.ts'
import type { IndexOptions } from '../search/index-sink.ts'
import { textVectors } from '../search/text-vectors.ts'
import type { Criterion, SearchQuery } from '../search/tree.ts'
import { arrayLiteral, textArrayLiteral } from '../db/array-literal.ts'
import { decompress } from './content.ts'
import type { Database, Queryable } from './queryable.ts'

/** Resources whose texts are made in one transaction; it holds their locks. */
const batchMax = 50

/** By what texts are made. */
export interface TextIndexing extends IndexOptions {
  readonly definitions: Definitions
}

/** Where it was seen that nothing waits any more; that never changes again. */
const ready = new WeakSet<Queryable>()

/**
 * Refuses a search for text while resources from before their migration have none yet: it would miss them.
 * @throws Unavailable
 */
export const requireTexts = async (
  queryable: Queryable,
  { criteria }: Pick<SearchQuery, 'criteria'>,
): Promise<void> => {
  if (!asksText(criteria) || ready.has(queryable)) return
  const [found] = await queryable.query({
    name: 'text-backlog',
    text: `select from search_backlog where name = 'text'`,
    values: [],
  })
  if (found !== undefined) throw new Unavailable('search-text-unready')
  ready.add(queryable)
}

const asksText = (criterion: Criterion): boolean => {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return criterion.criteria.some(asksText)
    case 'not':
    case 'has':
      return asksText(criterion.criterion)
    case 'chain':
      return criterion.targets.some(target => asksText(target.criterion))
    case 'match':
      return criterion.test.kind === 'text'
  }
}

/**
 * Makes the texts of all resources that have been waiting for them since the migration, batch by batch
 * in the order of keys. It may be stopped and begun again, by several processes at once, and goes on
 * where it was. What is written meanwhile brings its own texts.
 * @returns how many resources it looked at
 */
export const fillTexts = async (
  database: Database,
  indexing: TextIndexing,
  signal?: AbortSignal,
): Promise<number> => {
  let seen = 0
  while (signal?.aborted !== true) {
    const count = await database.transaction(transaction => fillBatch(transaction, indexing))
    seen += count
    if (count === 0) break
    await turn()
  }
  return seen
}

interface Waiting {
  readonly key: bigint
  readonly type: number
  readonly content: Buffer
}

const fillBatch = async (transaction: Queryable, indexing: TextIndexing): Promise<number> => {
  const [place] = await transaction.query<{ done: bigint }>({
    name: 'text-backlog-place',
    text: `select done from search_backlog where name = 'text' for update`,
    values: [],
  })
  if (place === undefined) return 0
  const rows = await transaction.query<Waiting>({
    name: 'text-backlog-rows',
    text: `select r.key, r.type, r.content from resource r where r.key > $1 and not r.deleted
        and not exists (select from resource_text x where x.key = r.key)
      order by r.key limit ${batchMax} for update`,
    values: [place.done],
  })
  if (rows.length > 0) await storeTexts(transaction, rows, indexing)
  await transaction.query(
    rows.length < batchMax
      ? { name: '', text: `delete from search_backlog where name = 'text'`, values: [] }
      : {
          name: 'text-backlog-done',
          text: `update search_backlog set done = $1 where name = 'text'`,
          values: [rows.at(-1)!.key],
        },
  )
  return rows.length
}

/** However long a text is: the resource is there already. */
const storeTexts = async (
  transaction: Queryable,
  rows: readonly Waiting[],
  { definitions, ...options }: TextIndexing,
): Promise<void> => {
  const texts = rows.flatMap(({ key, type, content }) => {
    const resource = parseJson(decompress(content)) as Resource
    const { labels } = indexValues(resource, definitions, options)
    return textVectors(resource, labels, definitions, Infinity).map(text => ({ key, type, text }))
  })
  await transaction.query({
    name: 'text-backlog-store',
    text: `insert into resource_text (key, type, text)
      select key, type, text::tsvector from unnest($1::bigint[], $2::smallint[], $3::text[]) as i(key, type, text)`,
    values: [
      arrayLiteral(texts.map(({ key }) => key)),
      arrayLiteral(texts.map(({ type }) => type)),
      textArrayLiteral(texts.map(({ text }) => text)),
    ],
  })
}
