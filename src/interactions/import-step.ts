import { knownGrantOf } from '../access/known-grant.ts'
import { constraintMeanings } from '../access/scope-constraints.ts'
import { FhirError, InvalidRequest } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { operationOutcome, type Language } from '../fhir/outcome.ts'
import { isObject } from '../fhir/walk.ts'
import {
  advanceImport,
  claimImport,
  endImport,
  readInputs,
  type ImportInput,
  type ImportJob,
  type ImportRefusal,
} from '../store/import-jobs.ts'
import type { Queryable } from '../store/queryable.ts'
import type { Context, Exchange } from './interaction.ts'
import { perform } from './perform.ts'
import { vread } from './vread.ts'

/** Lines stored by one transaction. */
const groupMax = 200
const newline = 0x0a

/** A line on its way. */
interface Line {
  readonly number: number
  readonly value: Readonly<Record<string, unknown>> | undefined
  readonly refusal: FhirError | undefined
}

/** The lines of the input under way, so that they are not taken apart for every step. */
interface Opened {
  readonly name: string
  readonly lines: readonly Buffer[]
}

/** Does the next group of lines of the oldest job, whichever process was asked for it. */
export interface ImportSteps {
  /** @returns waits: another process works on it */
  next(): Promise<'done' | 'waits'>
}

/**
 * What a group stores and how far the job has got are on disk together, or neither is. A group is one
 * transaction; when that is refused each line is done by itself, so that only those at fault stay out.
 */
export const createImportSteps = (context: Context): ImportSteps => {
  let opened: Opened | undefined

  const linesOf = async (job: ImportJob, input: ImportInput, exchange: Exchange) => {
    const name = `${job.number}/${job.atInput}`
    if (opened?.name !== name) opened = { name, lines: await readLines(input, exchange) }
    return opened.lines
  }

  const step = async (transaction: Queryable, type: Kind): Promise<'done' | 'waits'> => {
    const job = await claimImport(transaction)
    if (job === undefined) return 'waits'
    const exchange = await exchangeFor(job, transaction, context)
    if (exchange === undefined) return ended(transaction, job, 'import-client-gone')
    const inputs = await readInputs(transaction, job.number)
    const input = inputs[job.atInput]
    if (input === undefined) return ended(transaction, job, null)
    let lines
    try {
      lines = await linesOf(job, input, exchange)
    } catch (error) {
      if (!(error instanceof FhirError) || error.status >= 500) throw error
      return ended(transaction, job, 'import-input-gone')
    }
    const atLine = Math.min(lines.length, job.atLine + groupMax)
    const group = lines.slice(job.atLine, atLine)
    const read = group.map((bytes, at) => lineOf(bytes, job.atLine + at + 1, input))
    const stored = await store(type, read, exchange)
    const isLast = atLine === lines.length
    await advanceImport(transaction, job, {
      ...(isLast ? { atInput: job.atInput + 1, atLine: 0 } : { atInput: job.atInput, atLine }),
      ...{ created: stored.created, updated: stored.updated },
      refusals: stored.refusals.map(one => ({ ...one, input: job.atInput + 1 })),
    })
    return 'done'
  }
  return {
    next: async () => {
      try {
        return await context.database.transaction(transaction => step(transaction, 'transaction'))
      } catch (error) {
        if (!(error instanceof FhirError) || error.status >= 500) throw error
        return context.database.transaction(transaction => step(transaction, 'batch'))
      }
    },
  }
}

type Kind = 'transaction' | 'batch'

const ended = async (transaction: Queryable, job: ImportJob, fault: string | null) => {
  await endImport(transaction, job, fault)
  return 'done' as const
}

/** In the name of the client that asked; undefined where it may not act any more. */
const exchangeFor = async (
  { client, owner, language }: ImportJob,
  queryable: Queryable,
  context: Context,
): Promise<Exchange | undefined> => {
  const principal = await context.principalOfClient(client, owner)
  if (principal === undefined) return undefined
  return {
    ...{ context, queryable, requestId: context.newId(), isLenient: false },
    grant: knownGrantOf(principal, constraintMeanings(context)),
    ...{ returnPreference: 'minimal', language: language as Language },
  }
}

/** @throws FhirError where that version cannot be read */
const readLines = async (
  { id, version }: ImportInput,
  exchange: Exchange,
): Promise<readonly Buffer[]> => {
  const result = await vread({ resourceType: 'Binary', id, versionId: String(version) }, exchange)
  if (!('version' in result)) return []
  const { data } = parseJson(result.version.json) as { readonly data?: unknown }
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64')
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return lines
}

const lineOf = (bytes: Buffer, number: number, { type }: ImportInput): Line => {
  const nothing = { number, value: undefined, refusal: undefined }
  if (bytes.toString().trim() === '') return nothing
  try {
    const value = parseJson(bytes)
    const name = isObject(value) ? value['resourceType'] : undefined
    if (!isObject(value) || typeof name !== 'string') throw new InvalidRequest('import-line')
    if (type !== null && name !== type) throw new InvalidRequest('import-type', { expected: type })
    return { number, value, refusal: undefined }
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    return { ...nothing, refusal: error }
  }
}

interface Stored {
  readonly created: number
  readonly updated: number
  readonly refusals: readonly Omit<ImportRefusal, 'input'>[]
}

/** @throws FhirError where a transaction is refused as a whole */
const store = async (type: Kind, lines: readonly Line[], exchange: Exchange): Promise<Stored> => {
  const refusals = lines.flatMap(({ number, refusal }) =>
    refusal === undefined
      ? []
      : [refused(number, operationOutcome(refusal.issues, exchange.language))],
  )
  const wanted = lines.filter(({ value }) => value !== undefined)
  if (wanted.length === 0) return { created: 0, updated: 0, refusals }
  const entry = wanted.map(({ value }) => entryOf(value!))
  const result = await perform(
    { interaction: type, bundle: { resourceType: 'Bundle', type, entry } },
    exchange,
  )
  const answers = 'json' in result ? answersIn(result.json) : []
  let created = 0
  let updated = 0
  for (const [at, { response }] of answers.entries()) {
    if (response.status.startsWith('201')) created++
    else if (response.status.startsWith('2')) updated++
    else refusals.push(refused(wanted[at]!.number, response.outcome))
  }
  refusals.sort((one, other) => one.line - other.line)
  return { created, updated, refusals }
}

const refused = (line: number, outcome: unknown) => ({ line, outcome: JSON.stringify(outcome) })

const entryOf = (resource: Readonly<Record<string, unknown>>) => {
  const { resourceType, id } = resource
  const request =
    typeof id === 'string'
      ? { method: 'PUT', url: `${String(resourceType)}/${id}` }
      : { method: 'POST', url: String(resourceType) }
  return { resource, request }
}

interface Answer {
  readonly response: { readonly status: string; readonly outcome?: unknown }
}

const answersIn = (json: Buffer): readonly Answer[] =>
  (JSON.parse(json.toString()) as { readonly entry?: readonly Answer[] }).entry ?? []
