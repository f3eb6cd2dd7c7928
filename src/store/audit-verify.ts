import type { Queryable } from '../db/database.ts'
import { arrayLiteral } from '../db/array-literal.ts'

/** Something in the audit trail is not as it was sealed. */
export interface AuditFault {
  readonly kind:
    /** A row says something else than when it was sealed. */
    | 'changed'
    /** A sealed row is gone. */
    | 'missing'
    /** A row stands among those sealed long before it. */
    | 'inserted'
    /** A row claims to be older than the seal before its own. */
    | 'backdated'
    /** A seal itself was changed, or does not follow the one before it. */
    | 'seal'
    /** Seals are gone. */
    | 'gap'
    /** More was removed than may be. */
    | 'pruned'
  /** `seal` and, where it is known, `number` of the row. */
  readonly seal: bigint
  readonly number?: bigint
}

/** What a check of the trail found. */
export interface AuditFindings {
  readonly seals: number
  readonly rows: number
  /** The last seal: whoever notes it down elsewhere can later prove that nothing before it was replaced. */
  readonly head?: { readonly seal: bigint; readonly digest: string }
  /** Rows that are not sealed yet, and the seconds since the oldest of them. */
  readonly unsealed: number
  readonly unsealedSeconds: number
  /** At most `faultsMax`. */
  readonly faults: readonly AuditFault[]
}

/** Faults that are listed; a check ends there. */
export const faultsMax = 100
/** Hours a row may be sealed after it was recorded, while the database was away from its process. */
const lateHours = 1
/** Days that are never pruned. */
const keptDays = 180

interface SealRow {
  readonly seal: bigint
  readonly last: bigint
  readonly rows: number
  readonly follows: boolean
  readonly digest: string
  readonly is_own_digest: boolean
  readonly is_rows_digest: boolean
  readonly is_prune_early: boolean
  readonly found: number
  readonly after: bigint
  readonly backdated: bigint[] | null
}

/** The next seals after one, each compared with its rows by the database. */
const sealsAfter = (queryable: Queryable, seal: bigint): Promise<SealRow[]> =>
  queryable.query<SealRow>({
    name: 'audit-verify',
    text: `select s.seal, s.last, s.rows, encode(s.digest, 'hex') as digest,
  s.seal = coalesce(p.seal, 0) + 1 and s.last >= coalesce(p.last, 0) as follows,
  s.digest = audit_seal_digest(coalesce(p.digest, ''), s.seal, s.sealed, s.last, s.rows_digest,
    s.pruned_before, s.pruned_last) as is_own_digest,
  case when s.pruned_before is null then s.rows_digest = r.digest and s.rows = r.found
    and s.rows = cardinality(s.numbers) else r.found = 0 end as is_rows_digest,
  coalesce(s.pruned_before > s.sealed - interval '${keptDays} days', false) as is_prune_early,
  r.found, coalesce(p.last, -9223372036854775808) as after, r.backdated
from (select * from audit_seal where seal > $1::bigint order by seal limit 20) s
left join lateral (select * from audit_seal p where p.seal < s.seal order by p.seal desc limit 1) p on true
cross join lateral (
  select count(*)::integer as found, sha256(string_agg(audit_digest(e), '' order by e.number)) as digest,
    array_agg(e.number order by e.number)
      filter (where e.recorded < p.sealed - interval '${lateHours} hours') as backdated
  from audit_event e
  where e.number > coalesce(p.last, -9223372036854775808) and e.number <= s.last
) r
order by s.seal`,
    values: [String(seal)],
  })

/** Which rows of one seal differ from what it remembers of them. */
const faultsWithin = async (
  queryable: Queryable,
  { seal, after, last }: SealRow,
  prunedLast: bigint,
): Promise<readonly AuditFault[]> => {
  const rows = await queryable.query<{ number: bigint; kind: AuditFault['kind'] }>({
    name: 'audit-verify-rows',
    text: `select number, case when t.digest is null then 'missing' when m.mark is null then 'inserted' else 'changed' end as kind
from (
  select n.number, substr(s.marks, (n.at::integer - 1) * 8 + 1, 8) as mark
  from audit_seal s cross join unnest(s.numbers) with ordinality n(number, at) where s.seal = $1::bigint
) m full join (
  select e.number, audit_digest(e) as digest from audit_event e where e.number > $2::bigint and e.number <= $3::bigint
) t using (number)
where (t.digest is null and number > $4::bigint) or m.mark is null or m.mark <> substr(t.digest, 1, 8)
order by number limit ${faultsMax}`,
    values: [seal, after, last, prunedLast].map(String),
  })
  return rows.map(({ number, kind }) => ({ kind, seal, number }))
}

const faultsOf = async (
  queryable: Queryable,
  row: SealRow,
  prunedLast: bigint,
): Promise<readonly AuditFault[]> => {
  const { seal } = row
  const faults: AuditFault[] = []
  if (!row.follows) faults.push({ kind: 'gap', seal })
  else if (!row.is_own_digest) faults.push({ kind: 'seal', seal })
  if (row.is_prune_early) faults.push({ kind: 'pruned', seal })
  if (!row.is_rows_digest) {
    const within = await faultsWithin(queryable, row, prunedLast)
    faults.push(...within)
    // The rows are as the seal's own list says: it is the seal that was changed.
    const isPruned = row.found < row.rows && row.after < prunedLast
    if (within.length === 0 && !isPruned && row.is_own_digest) faults.push({ kind: 'seal', seal })
  }
  for (const number of row.backdated ?? []) faults.push({ kind: 'backdated', seal, number })
  return faults
}

/**
 * Compares the whole trail with its seals, a few at a time. It finds what was changed, removed, put in
 * or put elsewhere since it was sealed. Who may write to the database and knows how seals are made can
 * make new ones from some point on: only a head noted down elsewhere shows that.
 */
export const verifyAuditTrail = async (queryable: Queryable): Promise<AuditFindings> => {
  const prunedLast = await highestPruned(queryable)
  const faults: AuditFault[] = []
  let seals = 0
  let rows = 0
  let last: SealRow | undefined
  while (faults.length < faultsMax) {
    const page = await sealsAfter(queryable, last?.seal ?? -1n)
    if (page.length === 0) break
    for (const row of page) {
      faults.push(...(await faultsOf(queryable, row, prunedLast)))
      seals++
      rows += row.found
      last = row
    }
  }
  return {
    ...{ seals, rows, faults: faults.slice(0, faultsMax) },
    ...(last === undefined ? {} : { head: { seal: last.seal, digest: last.digest } }),
    ...(await unsealedAfter(queryable)),
  }
}

const highestPruned = async (queryable: Queryable): Promise<bigint> => {
  const [row] = await queryable.query<{ number: bigint | null }>({
    name: 'audit-pruned',
    text: 'select max(pruned_last) as number from audit_seal',
    values: [],
  })
  return row?.number ?? 0n
}

const unsealedAfter = async (
  queryable: Queryable,
): Promise<Pick<AuditFindings, 'unsealed' | 'unsealedSeconds'>> => {
  const [row] = await queryable.query<{ unsealed: number; seconds: number }>({
    name: 'audit-unsealed',
    text: `select count(*)::integer as unsealed,
  coalesce(extract(epoch from now() - min(recorded)), 0)::float8 as seconds
from audit_event where number > coalesce((select max(last) from audit_seal), 0)`,
    values: [],
  })
  return { unsealed: row?.unsealed ?? 0, unsealedSeconds: row?.seconds ?? 0 }
}

/** The digest of one seal, as hexadecimal digits; undefined when there is no such seal. */
export const sealDigest = async (
  queryable: Queryable,
  seal: bigint,
): Promise<string | undefined> => {
  const [row] = await queryable.query<{ digest: string }>({
    name: 'audit-seal-digest',
    text: `select encode(digest, 'hex') as digest from audit_seal where seal = $1::bigint`,
    values: [String(seal)],
  })
  return row?.digest
}

/** Removes the months that ended before a time, of the last 180 days none. Gives the partitions removed. */
export const pruneAuditTrail = async (
  queryable: Queryable,
  before: string,
): Promise<readonly string[]> => {
  const [row] = await queryable.query<{ removed: string[] }>({
    name: 'audit-prune',
    text: `select prune_audit_events(m) as removed from unnest($1::timestamptz[]) m`,
    values: [arrayLiteral([before])],
  })
  return row?.removed ?? []
}
