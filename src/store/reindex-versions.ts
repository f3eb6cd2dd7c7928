import type { Queryable } from '../db/database.ts'
import type { IndexValues } from '../search/index-values.ts'
import { arrayLiteral, arraysLiteral } from '../db/array-literal.ts'

/** Part of the same door as reindex-rows.ts: superseded versions, of which only access columns are kept. */

/** Where among the versions a job has got to. */
export interface VersionPlace {
  readonly key: bigint
  readonly version: number
}

/** A superseded version. */
export interface StoredVersion extends VersionPlace {
  readonly type: number
  readonly id: string
  readonly content: Buffer
}

/** Bytes of content in one batch; a larger version is a batch of its own. */
const batchBytesMax = 4 * 1024 * 1024

/** The next versions that hold something, by key and version: the primary key. */
export const readVersionsToIndex = (
  transaction: Queryable,
  types: readonly number[],
  place: VersionPlace,
  countMax: number,
): Promise<StoredVersion[]> =>
  transaction.query<StoredVersion>({
    name: 'reindex-versions',
    text: `select key, version, type, id, content
      from (
        select *, sum(octet_length(content)) over (order by key, version) - octet_length(content) as before
        from (
          select * from resource_version
          where (key, version) > ($1::bigint, $2::integer) and type = any($3::smallint[]) and not deleted
          order by key, version limit $4
        ) v
      ) b where before < $5 order by key, version`,
    values: [place.key, place.version, types, countMax, batchBytesMax],
  })

/** A version with what is to be stored of it; `content` null: as it is. */
export interface ReindexedVersion {
  readonly place: VersionPlace
  readonly values: IndexValues
  readonly content: Buffer | null
}

/** What consents ask of versions, and their labels, stored anew where it is another. @returns of how many */
export const storeReindexedVersions = async (
  transaction: Queryable,
  versions: readonly ReindexedVersion[],
): Promise<number> => {
  for (const { place, content } of versions)
    if (content !== null)
      await transaction.query({
        name: 'reindex-version-content',
        text: 'update resource_version set content = $3 where key = $1::bigint and version = $2',
        values: [place.key, place.version, content],
      })
  const column = <T>(of: (values: IndexValues) => T) => versions.map(({ values }) => of(values))
  const rows = await transaction.query({
    name: 'reindex-store-versions',
    text: `update resource_version r set facts = i.facts::bigint[], confidentiality = i.confidentiality,
        screened = i.screened, date_low = i.date_low, date_high = i.date_high
      from unnest($1::bigint[], $2::integer[], $3::text[], $4::smallint[], $5::boolean[], $6::timestamptz[], $7::timestamptz[])
        as i(key, version, facts, confidentiality, screened, date_low, date_high)
      where r.key = i.key and r.version = i.version
        and (r.facts, r.confidentiality, r.screened, r.date_low, r.date_high)
          is distinct from (i.facts::bigint[], i.confidentiality, i.screened, i.date_low, i.date_high)
      returning r.version`,
    values: [
      arrayLiteral(versions.map(({ place }) => place.key)),
      arrayLiteral(versions.map(({ place }) => place.version)),
      arraysLiteral(column(values => values.facts)),
      arrayLiteral(column(values => values.confidentiality)),
      arrayLiteral(column(values => values.screened)),
      arrayLiteral(column(values => values.dateLow)),
      arrayLiteral(column(values => values.dateHigh)),
    ],
  })
  return rows.length
}
