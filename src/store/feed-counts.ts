import { arrayLiteral, textArrayLiteral } from '../db/array-literal.ts'
import type { Queryable } from '../db/database.ts'

/** How much of what a client sent on a day, of one type, was taken, taken with a remark, and refused. */
export interface FeedCount {
  readonly day: string
  readonly client: string
  readonly resourceType: string
  readonly accepted: number
  readonly warned: number
  readonly refused: number
}

/** What is added to a count. */
export interface Sent extends FeedCount {
  readonly organization: number
  /** When the last of it came. */
  readonly lastSeen: string
}

/** When a client has last sent something. */
export interface LastSeen {
  readonly client: string
  readonly lastSeen: string
}

/** Days counts are kept: two years and a month, so that a year can be compared with the one before. */
const countDaysMax = 761

/** Adds to the counts, by the primary key. */
export const addCounts = async (queryable: Queryable, sent: readonly Sent[]): Promise<void> => {
  await queryable.query({
    name: 'feed-count',
    text: `insert into feed_count
        (organization, day, client, resource_type, accepted, warned, refused, last_seen)
      select * from unnest($1::integer[], $2::date[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::timestamptz[])
      on conflict (organization, day, client, resource_type) do update set
        accepted = feed_count.accepted + excluded.accepted,
        warned = feed_count.warned + excluded.warned,
        refused = feed_count.refused + excluded.refused,
        last_seen = greatest(feed_count.last_seen, excluded.last_seen)`,
    values: [
      arrayLiteral(sent.map(one => one.organization)),
      arrayLiteral(sent.map(one => one.day)),
      textArrayLiteral(sent.map(one => one.client)),
      textArrayLiteral(sent.map(one => one.resourceType)),
      arrayLiteral(sent.map(one => one.accepted)),
      arrayLiteral(sent.map(one => one.warned)),
      arrayLiteral(sent.map(one => one.refused)),
      arrayLiteral(sent.map(one => one.lastSeen)),
    ],
  })
}

/** Whose counts are asked for: one organization's, or one client's of it. */
export interface CountsOf {
  readonly organization: number
  readonly client: string | null
}

/** Counts of the days from one to another, both included; by the primary key. At most `countsMax`. */
export const readCounts = (
  queryable: Queryable,
  { organization, client }: CountsOf,
  [from, to]: readonly [from: string, to: string],
): Promise<FeedCount[]> =>
  queryable.query<FeedCount>({
    name: 'feed-counts',
    text: `select day::text as day, client, resource_type as "resourceType", accepted::integer as accepted,
        warned::integer as warned, refused::integer as refused
      from feed_count where organization = $1 and ($2::text is null or client = $2)
        and day between $3::date and $4::date
      order by day desc, client, resource_type limit ${countsMax}`,
    values: [organization, client, from, to],
  })

/** Lines of a summary at most. */
const countsMax = 20_000

/** The last time each client was heard of since a day. */
export const readLastSeen = (
  queryable: Queryable,
  { organization, client }: CountsOf,
  from: string,
): Promise<LastSeen[]> =>
  queryable.query<LastSeen>({
    name: 'feed-last-seen',
    text: `select client, to_char(max(last_seen) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastSeen"
      from feed_count where organization = $1 and ($2::text is null or client = $2) and day >= $3::date
      group by client order by client limit 1000`,
    values: [organization, client, from],
  })

/** Removes counts of days that nobody compares any more. */
export const pruneCounts = async (queryable: Queryable): Promise<void> => {
  await queryable.query({
    name: 'feed-counts-prune',
    text: `delete from feed_count where day < (now() - $1::integer * interval '1 day')::date`,
    values: [countDaysMax],
  })
}
