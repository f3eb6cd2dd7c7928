import type { Address } from '../fhir/resource.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { Queryable } from '../db/database.ts'
import {
  compileRead,
  compileVersion,
  type VersionQuestion,
  type VersionRow,
} from '../search/compile-read.ts'
import type { Permitted } from '../search/permitted.ts'
import { PackedJson } from './content.ts'
import { redacted } from './redacted.ts'
import type { ResourceVersion } from './rows.ts'

type ServedColumns = Omit<VersionRow, 'key' | 'deleted'>

/**
 * A row as a version to serve; its bytes are parsed only where not all of them may be told. Time and JSON get their final form when
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
    patients: patientsOf(row),
    get json() {
      if (packed === undefined) return Buffer.alloc(0)
      return row.whole ? packed.toBuffer() : redacted(packed)
    },
    packed: row.whole ? packed : undefined,
  }
}

const patientsOf = ({ patient, other_patients: others }: ServedColumns): readonly bigint[] => {
  if (others === null) return patient === null ? [] : [patient]
  return patient === null ? others : [patient, ...others]
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
  const [row] = await queryable.query<VersionRow>(compileRead(address))
  return row === undefined ? undefined : versionOf(row, row.deleted)
}

/** One version; undefined when it is absent or hidden. By primary key. */
export const readVersion = async (
  queryable: Queryable,
  question: Permitted<VersionQuestion>,
): Promise<ResourceVersion | undefined> => {
  const [row] = await queryable.query<VersionRow>(compileVersion(question))
  return row === undefined ? undefined : versionOf(row, row.deleted)
}
