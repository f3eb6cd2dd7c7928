import type { Address } from '../fhir/resource.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { Queryable } from '../db/database.ts'
import {
  compileHistory,
  compileRead,
  type HistoryQuestion,
  type HistoryRow,
  type VersionRow,
} from '../search/compile-read.ts'
import type { Permitted } from '../search/permitted.ts'
import { decompress } from './content.ts'
import type { ResourceVersion } from './rows.ts'

type ServedColumns = Omit<VersionRow, 'key' | 'deleted'>

/** A row as a version to serve; its bytes are unpacked, never parsed. */
export const versionOf = (row: ServedColumns, deleted = false): ResourceVersion => ({
  resourceType: resourceTypes[row.type]!,
  id: row.id,
  versionId: row.version,
  lastUpdated: instantOf(row.last_updated),
  deleted,
  owner: row.owner,
  patients:
    row.patient === null
      ? (row.other_patients ?? [])
      : [row.patient, ...(row.other_patients ?? [])],
  json: deleted ? Buffer.alloc(0) : decompress(row.content),
})

/** PostgreSQL's text of a UTC time with at most milliseconds, as a FHIR instant. */
export const instantOf = (text: string): string => {
  const [time = '', fraction = ''] = text.slice(11).replace('+00', '').split('.')
  return `${text.slice(0, 10)}T${time}.${fraction.padEnd(3, '0')}Z`
}

/** The current version, a tombstone included; undefined when it is absent or hidden. One statement, by primary key. */
export const readCurrent = async (
  queryable: Queryable,
  address: Permitted<Address>,
): Promise<ResourceVersion | undefined> => {
  const [row] = await queryable.query<VersionRow>(compileRead(address))
  return row === undefined ? undefined : versionOf(row, row.deleted)
}

/** Versions newest first (one more than asked for when there are more), and how many there are in all. */
export const readHistory = async (
  queryable: Queryable,
  query: Permitted<HistoryQuestion>,
): Promise<{ readonly versions: readonly ResourceVersion[]; readonly total: number }> => {
  const rows = await queryable.query<HistoryRow>(compileHistory(query))
  return {
    versions: rows.map(row => versionOf(row, row.deleted)),
    total: rows[0]?.total ?? 0,
  }
}
