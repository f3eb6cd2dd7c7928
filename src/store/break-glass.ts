import type { Queryable } from '../db/database.ts'
import type { Permitted } from '../search/permitted.ts'

/** Of whom somebody breaks the glass. */
export interface GlassQuestion {
  readonly patient: bigint
}

/** A hospital whose records of the patient are opened, and who there is told. */
export interface GlassOwner {
  readonly number: number
  readonly id: string
  readonly name: string
  /** Ids of its privacy officers' Practitioners. */
  readonly officers: readonly string[]
}

/** What one person opens. */
export interface GlassGrant {
  readonly id: string
  readonly organization: number
  /** Key of the Practitioner. */
  readonly person: bigint
  readonly patient: bigint
  readonly from: string
  readonly to: string
  /** By owner: the key of the Task by which it is reviewed. */
  readonly tasks: readonly { readonly owner: number; readonly task: bigint }[]
}

/** Hospitals told of one emergency at most. */
const ownersMax = 20
const officersMax = 5

/**
 * The other hospitals that keep records of the patient and let the glass be broken. None: there is no
 * such patient, or nobody lets it; the answer does not tell which. Uses the index `resource_patient`.
 */
export const readGlassOwners = (
  transaction: Queryable,
  { asked, visibility }: Permitted<GlassQuestion>,
): Promise<GlassOwner[]> =>
  transaction.query<GlassOwner>({
    name: 'glass-owners',
    text: `select o.number, o.id, o.name, array(
        select p.id from person p where p.organization = o.number and p.role = 'privacy-officer' and p.active
        order by p.id limit ${officersMax}) as officers
      from organization o join owner_policy p on p.owner = o.number
      where p.default_policy = 'break-glass-only' and o.active and o.number <> $1
        and exists (select from resource r where r.patient = $2::bigint and r.owner = o.number and not r.deleted)
      order by o.number limit ${ownersMax}`,
    values: [visibility.organization, asked.patient],
  })

/** How many patients' glass a person has broken at this moment. Waits for others that do it for the same person. */
export const countOpenGlasses = async (transaction: Queryable, person: bigint): Promise<number> => {
  await transaction.query({
    name: 'glass-lock',
    text: 'select pg_advisory_xact_lock($1::bigint)',
    values: [person],
  })
  const [row] = await transaction.query<{ count: number }>({
    name: 'glass-count',
    text: `select count(distinct id)::integer as count from break_glass
      where person = $1::bigint and valid_to > now() and not disputed`,
    values: [person],
  })
  return row?.count ?? 0
}

/** Opens the records of the patient that each of the owners keeps, once the transaction commits. */
export const openGlass = (transaction: Queryable, grant: GlassGrant): Promise<unknown> =>
  transaction.query({
    name: 'glass-open',
    text: `insert into break_glass (id, owner, organization, person, patient, valid_from, valid_to, task)
      select $1, o.owner, $2, $3::bigint, $4::bigint, least($5::timestamptz, now()), $6::timestamptz, o.task
      from unnest($7::integer[], $8::bigint[]) o(owner, task)`,
    values: [
      ...[grant.id, grant.organization, grant.person, grant.patient, grant.from, grant.to],
      grant.tasks.map(({ owner }) => owner),
      grant.tasks.map(({ task }) => task),
    ],
  })
