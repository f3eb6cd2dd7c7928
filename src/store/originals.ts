import type { Queryable } from '../db/database.ts'
import type { Permitted } from '../search/permitted.ts'
import { compress, decompress } from './content.ts'
import type { ResourceRow } from './rows.ts'

/** What was sent, as JSON, where part of it was left out of the version that was stored. */
export interface Original extends Pick<
  ResourceRow,
  'key' | 'version' | 'owner' | 'patient' | 'otherPatients'
> {
  readonly json: Buffer
}

/** Keeps what was sent beside the versions it became, in their transaction. */
export const keepOriginals = async (
  transaction: Queryable,
  { asked: originals }: Permitted<readonly Original[]>,
): Promise<void> => {
  if (originals.length === 0) return
  await transaction.query({
    name: 'originals-kept',
    text: `insert into received_original (key, version, owner, content)
      select * from unnest($1::bigint[], $2::integer[], $3::integer[], $4::bytea[])`,
    values: [
      originals.map(({ key }) => key),
      originals.map(({ version }) => version),
      originals.map(({ owner }) => owner),
      originals.map(({ json }) => compress(json)),
    ],
  })
}

/**
 * What was sent of one version, or of the newest of which something was left out, as JSON; undefined
 * where nothing was. For the operator of the exchange alone: it is no part of the FHIR interface. By
 * the primary key.
 */
export const readOriginal = async (
  queryable: Queryable,
  key: bigint,
  version: number | undefined,
): Promise<{ readonly version: number; readonly json: Buffer } | undefined> => {
  const [row] = await queryable.query<{ version: number; content: Buffer }>({
    name: 'original',
    text: `select version, content from received_original
      where key = $1 and ($2::integer is null or version = $2) order by version desc limit 1`,
    values: [key, version ?? null],
  })
  return row === undefined ? undefined : { version: row.version, json: decompress(row.content) }
}
