import type { Address } from '../fhir/resource.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { Queryable } from '../db/database.ts'
import { compileHistory, compileRead, type HistoryQuestion } from '../search/compile-read.ts'
import type { Permitted } from '../search/permitted.ts'
import { decompress } from './content.ts'
import type { ResourceVersion } from './rows.ts'

/** A version as the statements of `search/` give it back. */
export interface VersionRow {
  readonly type: number
  readonly id: string
  readonly version: number
  readonly owner: number
  readonly deleted: boolean
  readonly last_updated: Date
  readonly patient: bigint | null
  readonly other_patients: readonly bigint[] | null
  readonly content: Buffer
}

/** A row as a version to serve; its bytes are unpacked, never parsed. */
export const versionOf = (row: VersionRow): ResourceVersion => ({
  resourceType: resourceTypes[row.type]!,
  id: row.id,
  versionId: row.version,
  lastUpdated: row.last_updated.toISOString(),
  deleted: row.deleted,
  owner: row.owner,
  patients: [...(row.patient === null ? [] : [row.patient]), ...(row.other_patients ?? [])],
  json: row.deleted ? Buffer.alloc(0) : decompress(row.content),
})

/** The current version, a tombstone included; undefined when it is absent or hidden. One statement, by primary key. */
export const readCurrent = async (
  queryable: Queryable,
  address: Permitted<Address>,
): Promise<ResourceVersion | undefined> => {
  const [row] = await queryable.query<VersionRow>(compileRead(address))
  return row === undefined ? undefined : versionOf(row)
}

/** One version; undefined when it, or the resource as it stands now, is absent or hidden. */
export const readVersion = async (
  queryable: Queryable,
  { asked, ...rest }: Permitted<Address & { readonly versionId: number }>,
): Promise<ResourceVersion | undefined> => {
  const page = await readHistory(queryable, {
    ...rest,
    asked: { ...asked, count: 1 },
  } as Permitted<HistoryQuestion>)
  return page.versions[0]
}

/** Versions newest first, and how many there are; none when the resource is absent or hidden. */
export const readHistory = async (
  queryable: Queryable,
  question: Permitted<HistoryQuestion>,
): Promise<{ readonly versions: readonly ResourceVersion[]; readonly total: number }> => {
  const rows = await queryable.query<VersionRow & { readonly total: bigint }>(
    compileHistory(question),
  )
  return { versions: rows.map(versionOf), total: Number(rows[0]?.total ?? 0) }
}
