import type { Address } from '../fhir/resource.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { Queryable } from '../db/database.ts'
import {
  compileHistory,
  compileOwnRead,
  compileRead,
  type HistoryQuestion,
  type HistoryRow,
  type VersionRow,
} from '../search/compile-read.ts'
import type { Permitted } from '../search/permitted.ts'
import { PackedJson } from './content.ts'
import type { ResourceVersion } from './rows.ts'

type ServedColumns = Omit<VersionRow, 'key' | 'deleted'>

/**
 * A row as a version to serve; its bytes are never parsed. Time and JSON get their final form when
 * they are asked for: a page of search results asks for neither.
 */
export const versionOf = (row: ServedColumns, deleted = false): ResourceVersion => {
  const packed = deleted ? undefined : new PackedJson(row.content)
  return {
    resourceType: resourceTypes[row.type]!,
    id: row.id,
    versionId: row.version,
    get lastUpdated() {
      return instantOf(row.last_updated)
    },
    deleted,
    owner: row.owner,
    patients:
      row.patient === null
        ? (row.other_patients ?? [])
        : [row.patient, ...(row.other_patients ?? [])],
    get json() {
      return packed?.toBuffer() ?? Buffer.alloc(0)
    },
    ...(packed === undefined ? {} : { packed }),
  }
}

/** PostgreSQL's text of a UTC time with at most milliseconds, as a FHIR instant. */
export const instantOf = (text: string): string => {
  const [time = '', fraction = ''] = text.slice(11).replace('+00', '').split('.')
  return `${text.slice(0, 10)}T${time}.${fraction.padEnd(3, '0')}Z`
}

/** The current version, a tombstone included; undefined when it is absent or hidden. By primary key. */
export const readCurrent = async (
  queryable: Queryable,
  address: Permitted<Address>,
): Promise<ResourceVersion | undefined> => {
  const own = isSystem(address) ? await queryable.query<VersionRow>(compileOwnRead(address)) : []
  const [row] = own.length > 0 ? own : await queryable.query<VersionRow>(compileRead(address))
  return row === undefined ? undefined : versionOf(row, row.deleted)
}

/**
 * A hospital's system reads back what it wrote, and the look for an own row costs a third of the whole
 * predicate; people of the central hospital read what others wrote.
 */
const isSystem = ({ visibility }: Permitted<Address>): boolean => visibility.actors.length === 1

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
