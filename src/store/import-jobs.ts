import { arrayLiteral, textArrayLiteral } from '../db/array-literal.ts'
import type { Queryable } from '../db/database.ts'

/** Files of resources that are taken in for one hospital. */
export interface ImportJob {
  readonly number: bigint
  readonly owner: number
  readonly client: string
  readonly language: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly requested: string
  readonly ended: string | null
  /** The input under way, and how many of its lines are done. */
  readonly atInput: number
  readonly atLine: number
  readonly created: bigint
  readonly updated: bigint
  readonly refused: bigint
  /** Message code of what ended it. */
  readonly fault: string | null
}

/** One version of a Binary whose lines are resources. */
export interface ImportInput {
  readonly id: string
  readonly version: number
  /** The type of all its lines; null: any. */
  readonly type: string | null
}

/** One line that was not stored. */
export interface ImportRefusal {
  /** Both counted from one. */
  readonly input: number
  readonly line: number
  /** An OperationOutcome as JSON. */
  readonly outcome: string
}

const columns = `number, owner, client, language, state, requested, ended, at_input as "atInput",
  at_line as "atLine", created, updated, refused, fault`

/** Asks for a job. Undefined where the hospital has `openMax` that are not done. */
export const requestImport = async (
  transaction: Queryable,
  asked: Pick<ImportJob, 'owner' | 'client' | 'language'>,
  inputs: readonly ImportInput[],
  openMax: number,
): Promise<ImportJob | undefined> => {
  const [job] = await transaction.query<ImportJob>({
    name: 'import-request',
    text: `insert into import_job (owner, client, language, requested)
      select $1, $2, $3, now() from (select pg_advisory_xact_lock(hashtext('import'), $1)) l
      where (select count(*) from import_job where owner = $1 and state in ('waiting', 'running')) < $4
      returning ${columns}`,
    values: [asked.owner, asked.client, asked.language, openMax],
  })
  if (job === undefined) return undefined
  await transaction.query({
    name: 'import-inputs',
    text: `insert into import_input (job, ordinal, id, version, type)
      select $1, ordinal - 1, id, version, type
      from unnest($2::text[], $3::integer[], $4::text[]) with ordinality as i(id, version, type, ordinal)`,
    values: [
      job.number,
      textArrayLiteral(inputs.map(({ id }) => id)),
      arrayLiteral(inputs.map(({ version }) => version)),
      textArrayLiteral(inputs.map(({ type }) => type)),
    ],
  })
  return job
}

/** A job of one hospital; undefined where it has none of that number. */
export const readImport = async (
  queryable: Queryable,
  { number, owner }: Pick<ImportJob, 'number' | 'owner'>,
): Promise<ImportJob | undefined> => {
  const [job] = await queryable.query<ImportJob>({
    name: 'import-job',
    text: `select ${columns} from import_job where number = $1 and owner = $2`,
    values: [number, owner],
  })
  return job
}

/** What a job takes in, in order. */
export const readInputs = (queryable: Queryable, job: bigint): Promise<ImportInput[]> =>
  queryable.query<ImportInput>({
    name: 'import-job-inputs',
    text: 'select id, version, type from import_input where job = $1 order by ordinal',
    values: [job],
  })

/** Refused lines of a job behind a place, in order. */
export const readRefusals = (
  queryable: Queryable,
  job: bigint,
  after: Pick<ImportRefusal, 'input' | 'line'>,
  countMax: number,
): Promise<ImportRefusal[]> =>
  queryable.query<ImportRefusal>({
    name: 'import-refusals',
    text: `select input, line, outcome from import_refusal
      where job = $1 and (input, line) > ($2, $3) order by input, line limit $4`,
    values: [job, after.input, after.line, countMax],
  })

/** Whether a job is waiting or under way. */
export const hasOpenImports = async (queryable: Queryable): Promise<boolean> => {
  const rows = await queryable.query({
    name: 'import-jobs-open',
    text: `select from import_job where state in ('waiting', 'running') limit 1`,
    values: [],
  })
  return rows.length > 0
}

/** The oldest open job that no process works on, locked until the end of the transaction. */
export const claimImport = async (transaction: Queryable): Promise<ImportJob | undefined> => {
  const [job] = await transaction.query<ImportJob>({
    name: 'import-claim',
    text: `select ${columns} from import_job where state in ('waiting', 'running')
      order by number limit 1 for update skip locked`,
    values: [],
  })
  return job
}

/** What one step has come to. */
export interface ImportStep {
  readonly atInput: number
  readonly atLine: number
  readonly created: number
  readonly updated: number
  readonly refusals: readonly ImportRefusal[]
}

/** Refusals kept of one job; of more only the number is. */
export const refusalsKeptMax = 10_000

/** Moves a claimed job on, with what the lines since have come to. */
export const advanceImport = (
  transaction: Queryable,
  { number, refused }: ImportJob,
  { atInput, atLine, created, updated, refusals }: ImportStep,
): Promise<unknown> => {
  const kept = refusals.slice(0, Math.max(0, refusalsKeptMax - Number(refused)))
  return transaction.query({
    name: 'import-advance',
    text: `with refusal as (
        insert into import_refusal (job, input, line, outcome)
        select $1, * from unnest($7::integer[], $8::integer[], $9::text[])
      )
      update import_job set state = 'running', at_input = $2, at_line = $3, created = created + $4,
        updated = updated + $5, refused = refused + $6 where number = $1`,
    values: [
      ...[number, atInput, atLine, created, updated, refusals.length],
      arrayLiteral(kept.map(({ input }) => input)),
      arrayLiteral(kept.map(({ line }) => line)),
      textArrayLiteral(kept.map(({ outcome }) => outcome)),
    ],
  })
}

/** Ends a claimed job: done, or by a fault. */
export const endImport = (
  transaction: Queryable,
  { number }: Pick<ImportJob, 'number'>,
  fault: string | null,
): Promise<unknown> =>
  transaction.query({
    name: 'import-end',
    text: `update import_job set state = case when $2::text is null then 'done' else 'failed' end,
      fault = $2, ended = now() where number = $1`,
    values: [number, fault],
  })
