import { arrayLiteral, textArrayLiteral } from '../db/array-literal.ts'
import type { Queryable } from '../db/database.ts'
import { limits } from '../fhir/limits.ts'
import { pruneCounts, type CountsOf } from './feed-counts.ts'

/** A refused payload without the payload. */
export interface FeedEntry {
  readonly id: string
  readonly client: string
  readonly received: string
  readonly requestId: string
  readonly method: string
  readonly resourceType: string
  readonly isBatchEntry: boolean
  readonly status: number
  /** Codes of the error catalogue. */
  readonly codes: readonly string[]
  readonly replayed: string | null
  /** HTTP status of the last replay. */
  readonly replayStatus: number | null
}

/** One to be stored. */
export interface NewEntry extends Omit<FeedEntry, 'replayed' | 'replayStatus'> {
  readonly organization: number
  readonly day: string
  readonly bytes: number
  readonly sealed: Buffer
}

/** With what is sealed. */
export interface SealedEntry extends FeedEntry {
  readonly sealed: Buffer
}

/** Stores entries; an id that is there already stays. */
export const insertEntries = async (
  queryable: Queryable,
  entries: readonly NewEntry[],
): Promise<void> => {
  await queryable.query({
    name: 'feed-insert',
    text: `insert into feed_entry (organization, id, client, received, day, request_id, method,
        resource_type, is_batch_entry, status, codes, bytes, sealed)
      select organization, id, client, received, day, request_id, method, resource_type, is_batch_entry,
        status, string_to_array(codes, ' '), bytes, sealed
      from unnest($1::integer[], $2::text[], $3::text[], $4::timestamptz[], $5::date[], $6::text[],
        $7::text[], $8::text[], $9::boolean[], $10::smallint[], $11::text[], $12::integer[], $13::bytea[])
        as e(organization, id, client, received, day, request_id, method, resource_type, is_batch_entry,
          status, codes, bytes, sealed)
      on conflict do nothing`,
    values: [
      arrayLiteral(entries.map(entry => entry.organization)),
      textArrayLiteral(entries.map(entry => entry.id)),
      textArrayLiteral(entries.map(entry => entry.client)),
      arrayLiteral(entries.map(entry => entry.received)),
      arrayLiteral(entries.map(entry => entry.day)),
      textArrayLiteral(entries.map(entry => entry.requestId)),
      textArrayLiteral(entries.map(entry => entry.method)),
      textArrayLiteral(entries.map(entry => entry.resourceType)),
      arrayLiteral(entries.map(entry => String(entry.isBatchEntry))),
      arrayLiteral(entries.map(entry => entry.status)),
      textArrayLiteral(entries.map(entry => entry.codes.join(' '))),
      arrayLiteral(entries.map(entry => entry.bytes)),
      entries.map(entry => entry.sealed),
    ],
  })
}

/** Which entries are asked for; absent members ask for all. */
export interface EntryFilter {
  readonly client?: string | undefined
  readonly resourceType?: string | undefined
  readonly day?: string | undefined
  readonly code?: string | undefined
  /** Only those not yet replayed with success. */
  readonly isOpen?: boolean | undefined
  /** Only those older than this id. */
  readonly before?: string | undefined
}

const columns = `id, client, to_char(received at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as received,
  request_id as "requestId", method, resource_type as "resourceType", is_batch_entry as "isBatchEntry",
  status, codes, to_char(replayed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as replayed,
  replay_status as "replayStatus"`

const visible = 'organization = $1 and ($2::text is null or client = $2) and received >= $3'

/** Who looks, and from when on there is something to see. */
export interface EntriesOf extends CountsOf {
  readonly from: string
}

/** Entries, the newest first, by the primary key. */
export const listEntries = (
  queryable: Queryable,
  { organization, client, from }: EntriesOf,
  filter: EntryFilter,
  count: number,
): Promise<FeedEntry[]> =>
  queryable.query<FeedEntry>({
    name: 'feed-list',
    text: `select ${columns} from feed_entry where ${visible}
      and ($4::text is null or client = $4) and ($5::text is null or resource_type = $5)
      and ($6::date is null or day = $6) and ($7::text is null or $7 = any(codes))
      and (not $8::boolean or coalesce(replay_status, 999) >= 300) and ($9::text is null or id < $9)
      order by id desc limit $10`,
    values: [
      ...[organization, client, from, filter.client ?? null, filter.resourceType ?? null],
      ...[filter.day ?? null, filter.code ?? null, filter.isOpen === true, filter.before ?? null],
      count,
    ],
  })

/** One entry; undefined when there is none, or it is another's. */
export const readEntry = async (
  queryable: Queryable,
  { organization, client, from }: EntriesOf,
  id: string,
): Promise<SealedEntry | undefined> => {
  const [entry] = await queryable.query<SealedEntry>({
    name: 'feed-read',
    text: `select ${columns}, sealed from feed_entry where ${visible} and id = $4`,
    values: [organization, client, from, id],
  })
  return entry
}

/** Notes how a replay ended. */
export const noteReplay = async (
  queryable: Queryable,
  { organization, id }: { readonly organization: number; readonly id: string },
  { at, status }: { readonly at: string; readonly status: number },
): Promise<void> => {
  await queryable.query({
    name: 'feed-replayed',
    text: `update feed_entry set replayed = $3, replay_status = $4 where organization = $1 and id = $2`,
    values: [organization, id, at, status],
  })
}

/** Removes what one organization has too many, too large or too old of: the oldest first. */
export const pruneEntries = async (
  queryable: Queryable,
  organization: number,
  from: string,
): Promise<void> => {
  await queryable.query({
    name: 'feed-prune',
    text: `delete from feed_entry where organization = $1 and id in (
      select id from (
        select id, received, row_number() over newest as count, sum(bytes) over newest as bytes
        from feed_entry where organization = $1 window newest as (order by id desc)) e
      where count > $2 or bytes > $3 or received < $4)`,
    values: [organization, limits.feedEntriesMax, limits.feedBytesMax, from],
  })
}

/** Removes what is too old, of all organizations, by the index on `received`. */
export const pruneOld = async (queryable: Queryable, from: string): Promise<void> => {
  await queryable.query({
    name: 'feed-prune-old',
    text: 'delete from feed_entry where received < $1',
    values: [from],
  })
  await pruneCounts(queryable)
}
