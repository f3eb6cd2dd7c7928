import type { FeedReader } from '../access/feed-reader.ts'
import { InvalidRequest, NotFound } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { dayAt } from '../fhir/zone.ts'
import { emptyRecord } from '../store/audit-refusals.ts'
import { readCounts, readLastSeen, type FeedCount } from '../store/feed-counts.ts'
import {
  listEntries,
  readEntry,
  type EntriesOf,
  type EntryFilter,
  type FeedEntry,
} from '../store/feed-entries.ts'
import type { FeedContent } from '../store/feed-seal.ts'
import type { Context } from './interaction.ts'

export type { EntryFilter, FeedEntry } from '../store/feed-entries.ts'

/** One entry beside what was sent; `content` is absent when the key it was sealed with is gone. */
export interface OpenedEntry {
  readonly entry: FeedEntry
  readonly content: FeedContent | undefined
}

const dayMilliseconds = 86_400_000

/** What a reader may see: of its own organization, and not yet too old. */
export const entriesOf = (context: Context, { organization, client }: FeedReader): EntriesOf => ({
  ...{ organization, client },
  from: new Date(context.now().getTime() - limits.feedDaysMax * dayMilliseconds).toISOString(),
})

/** Refused payloads, the newest first; `before` of the filter goes on behind a page. */
export const listFeed = async (
  context: Context,
  reader: FeedReader,
  filter: EntryFilter,
  count: number,
): Promise<readonly FeedEntry[]> => {
  await context.feed.drained()
  return listEntries(context.database, entriesOf(context, reader), filter, count)
}

const idForm = /^[0-9a-f-]{36}$/

/**
 * One entry with its payload. That somebody looked is in the audit trail first.
 * @throws NotFound alike for one that is not there, is gone, or is another hospital's
 */
export const openEntry = async (
  context: Context,
  reader: FeedReader,
  id: string,
  interaction: '$feed-read' | '$feed-replay' | '$feed-export' = '$feed-read',
): Promise<OpenedEntry> => {
  if (!idForm.test(id)) throw new NotFound()
  await context.feed.drained()
  const found = await readEntry(context.database, entriesOf(context, reader), id)
  if (found === undefined) throw new NotFound()
  const { sealed, ...entry } = found
  auditFeed(context, reader, interaction)
  return { entry, content: context.feedSeal.open(sealed, { ...reader, id }) }
}

/** Records that somebody looked at or sent again what a hospital's own clients had sent. */
export const auditFeed = (
  context: Context,
  { organization, who }: FeedReader,
  interaction: string,
) =>
  context.auditTrail.note([
    {
      ...emptyRecord,
      ...{ recorded: context.now().toISOString(), requestId: context.newId(), interaction },
      ...{ owner: organization, organization, outcome: 200, ...who },
    },
  ])

/** The days of a summary. */
export interface SummaryDays {
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Hours without anything after which a client counts as silent. */
  readonly silenceHours: number
}

/** A client, when it was last heard of, and whether that is too long ago. */
export interface ClientState {
  readonly client: string
  readonly lastSeen: string
  readonly silentHours: number
  readonly isSilent: boolean
}

/** The daily reconciliation. */
export interface FeedSummary {
  readonly from: string
  readonly to: string
  readonly counts: readonly FeedCount[]
  readonly clients: readonly ClientState[]
}

const summaryDaysDefault = 7
const summaryDaysMax = 100
const hourMilliseconds = 3_600_000
/** Days a client that has fallen silent is remembered. */
const rememberedDays = 90

/**
 * How much each client has sent, by type and day, and which of them have fallen silent.
 * @throws InvalidRequest for days in the wrong order or too many
 */
export const summarizeFeed = async (
  context: Context,
  reader: FeedReader,
  asked: SummaryDays,
): Promise<FeedSummary> => {
  const now = context.now()
  const dayBefore = (days: number): string =>
    dayAt(new Date(now.getTime() - days * dayMilliseconds), context.zoneOffset)
  const to = asked.to ?? dayBefore(0)
  const from = asked.from ?? earlier(to, summaryDaysDefault - 1)
  if (from > to || from < earlier(to, summaryDaysMax))
    throw new InvalidRequest('feed-filter-invalid', {
      parameter: 'from',
      expected: `a day up to ${summaryDaysMax} days before "to"`,
    })
  await context.feed.drained()
  const [counts, seen] = await Promise.all([
    readCounts(context.database, reader, [from, to]),
    readLastSeen(context.database, reader, dayBefore(rememberedDays)),
  ])
  const clients = seen.map(({ client, lastSeen }): ClientState => {
    const hours = Math.max(0, (now.getTime() - Date.parse(lastSeen)) / hourMilliseconds)
    const silentHours = Math.floor(hours * 10) / 10
    return { client, lastSeen, silentHours, isSilent: hours >= asked.silenceHours }
  })
  return { from, to, counts, clients }
}

const earlier = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * dayMilliseconds).toISOString().slice(0, 10)
