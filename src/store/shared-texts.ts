import { textArrayLiteral } from '../db/array-literal.ts'
import type { Queryable } from '../db/database.ts'
import type { ResourceTexts } from '../search/resource-texts.ts'
import { bigintArray, smallintArray } from './binary-array.ts'

/** A row of `shared_text` on its way there. */
export interface SharedTextRow {
  readonly hash: bigint
  /** Which one of the tsvectors of its text it is. */
  readonly part: number
  /** Number of the resource type. */
  readonly type: number
  readonly vector: string
}

/**
 * The shared texts of resources, each once. In one order, so that two writers of the same new texts cannot wait
 * for each other.
 */
export const sharedTextsOf = (
  resources: readonly { readonly type: number; readonly texts: ResourceTexts }[],
): readonly SharedTextRow[] => {
  const found = new Map<bigint, SharedTextRow[]>()
  for (const { type, texts } of resources)
    for (const { hash, vectors } of texts.shared)
      if (!found.has(hash))
        found.set(
          hash,
          vectors.map((vector, part) => ({ hash, part, type, vector })),
        )
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, rows]) => rows)
}

/** What `sharedTextsText` is given, in this order. */
export const sharedTextColumnTypes = {
  ...{ hash: 'bigint', part: 'smallint', type: 'smallint', text: 'text' },
} as const

export const sharedTextColumns = (
  texts: readonly SharedTextRow[],
): readonly (Buffer | string)[] => [
  bigintArray(texts.map(({ hash }) => hash)),
  smallintArray(texts.map(({ part }) => part)),
  smallintArray(texts.map(({ type }) => type)),
  textArrayLiteral(texts.map(({ vector }) => vector)),
]

/** Stores the texts of `rows`, an SQL table expression `i` of the columns, that are not there yet. */
export const sharedTextsText = (rows: string): string =>
  `insert into shared_text (hash, part, type, text)
  select hash, part, type, text::tsvector from ${rows}
  where not exists (select from shared_text x where x.hash = i.hash and x.part = i.part)
  on conflict do nothing`

/** Stores the texts of resources that are written otherwise. */
export const storeSharedTexts = async (
  queryable: Queryable,
  resources: Parameters<typeof sharedTextsOf>[0],
): Promise<void> => {
  const texts = sharedTextsOf(resources)
  if (texts.length === 0) return
  const types = Object.values(sharedTextColumnTypes).map((type, at) => `$${at + 1}::${type}[]`)
  const rows = `unnest(${types.join(', ')}) as i(${Object.keys(sharedTextColumnTypes).join(', ')})`
  await queryable.query({
    name: 'store-shared-texts',
    text: sharedTextsText(rows),
    values: sharedTextColumns(texts),
  })
}
