import { setImmediate as turn } from 'node:timers/promises'
import { Unavailable } from '../fhir/errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { indexValues } from '../search/index-values.ts'
import type { IndexOptions } from '../search/index-sink.ts'
import { resourceTexts, withTexts } from '../search/resource-texts.ts'
import { sharedTextsMax } from '../search/shared-texts.ts'
import type { Criterion, SearchQuery } from '../search/tree.ts'
import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'
import { decompress } from './content.ts'
import type { Database, Queryable } from './queryable.ts'
import { storeSharedTexts } from './shared-texts.ts'

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
  readonly tokens: readonly bigint[]
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
    text: `select r.key, r.type, r.tokens, r.content from resource r where r.key > $1 and not r.deleted
        and not exists (select from resource_text x where x.key = r.key)
        and not exists (select from shared_text x where x.hash = any(r.tokens[1:${sharedTextsMax}]))
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
  const resources = rows.map(({ key, type, tokens, content }) => {
    const resource = parseJson(decompress(content)) as Resource
    const { labels } = indexValues(resource, definitions, options)
    const texts = resourceTexts(resource, labels, definitions, Infinity)
    return { key, type, texts, tokens: withTexts(tokens, texts) }
  })
  await storeSharedTexts(transaction, resources)
  const own = resources.flatMap(({ key, type, texts }) =>
    texts.own.map(text => ({ key, type, text })),
  )
  await transaction.query({
    name: 'text-backlog-store',
    text: `with own as (insert into resource_text (key, type, text)
        select key, type, text::tsvector from unnest($1::bigint[], $2::smallint[], $3::text[]) as i(key, type, text))
      update resource r set tokens = i.tokens::bigint[]
      from unnest($4::bigint[], $5::text[]) as i(key, tokens) where r.key = i.key`,
    values: [
      arrayLiteral(own.map(({ key }) => key)),
      arrayLiteral(own.map(({ type }) => type)),
      textArrayLiteral(own.map(({ text }) => text)),
      arrayLiteral(resources.map(({ key }) => key)),
      arraysLiteral(resources.map(({ tokens }) => tokens)),
    ],
  })
}
