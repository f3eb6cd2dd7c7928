import { InvalidRequest, NotSupported, VersionConflict } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { hash64 } from '../search/hash.ts'
import { keepAnswer, readAnswer } from '../store/idempotency.ts'
import { lockKeys } from '../store/lock.ts'
import type { Bundle, Exchange, Request, Result } from './interaction.ts'
import { transacted } from './retries.ts'

const keyPattern = /^[\x21-\x7e]+$/
const dayMs = 24 * 3600 * 1000

/** Requests that would do their work again when they are repeated. */
const repeating: ReadonlySet<Request['interaction']> = new Set(['create', 'batch', 'transaction'])

/**
 * Performs a request that its client has named by an `Idempotency-Key` once in
 * `limits.idempotencyDaysMax` days, however often and at however many processes it is sent: the work
 * and the answer to it are committed together, and a repetition gets that answer. Requests of the
 * same name wait for each other. A refusal is not kept, so that a corrected or a luckier attempt may
 * take the same key.
 * @throws VersionConflict when the key was used for a different request
 * @throws NotSupported for a bundle that reads: what is kept must not outlive the right to see it
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export const performOnce = async (
  request: Request,
  asked: Exchange,
  run: (request: Request, exchange: Exchange) => Promise<Result>,
): Promise<Result> => {
  if (asked.idempotency === undefined) return run(request, asked)
  const { idempotency, ...exchange } = asked
  if (!repeating.has(request.interaction)) return run(request, exchange)
  const { key, requestHash } = idempotency
  const limit = limits.idempotencyKeyLengthMax
  if (key.length > limit || !keyPattern.test(key))
    throw new InvalidRequest('idempotency-key-invalid', { limit })
  if ('bundle' in request) requireNoReads(request.bundle)

  const { principal } = exchange.grant
  const organization = principal.organization.number
  const name = { organization, client: principal.clientId, key }
  const now = exchange.context.now()
  const from = new Date(now.getTime() - limits.idempotencyDaysMax * dayMs).toISOString()
  const lock = hash64(`lock ${organization} request ${principal.clientId} ${key}`)
  return transacted(exchange, async inside => {
    const [, kept] = await Promise.all([
      lockKeys(inside.queryable, hash64('lock request'), [lock]),
      readAnswer(inside.queryable, name, from),
    ])
    if (kept !== undefined) {
      if (kept.requestHash.equals(requestHash)) return resultOf(kept.text)
      const days = limits.idempotencyDaysMax
      throw new VersionConflict('idempotency-key-reused', { days })
    }
    const result = await run(request, inside)
    const answer = { requestHash, text: textOf(result) }
    await keepAnswer(inside.queryable, name, answer, { now: now.toISOString(), from })
    return result
  })
}

/** @throws NotSupported */
const requireNoReads = ({ entry }: Bundle): void => {
  if (!Array.isArray(entry)) return
  entry.forEach((one: { readonly request?: unknown } | null, index) => {
    const { method, url } = (one?.request ?? {}) as { method?: unknown; url?: unknown }
    if (method === 'GET' || method === 'HEAD' || /_search|\$/.test(String(url)))
      throw new NotSupported('idempotency-key-reads', {}, `Bundle.entry[${index}].request`)
  })
}

const textOf = (result: Result): string => {
  if (result.kind === 'absent') return JSON.stringify(result)
  if (result.kind === 'accepted')
    return JSON.stringify({ kind: result.kind, location: result.location })
  if ('json' in result)
    return JSON.stringify({ kind: result.kind, json: result.json.toString('utf8') })
  const { version } = result
  return JSON.stringify({
    kind: result.kind,
    version: {
      ...version,
      patients: version.patients.map(String),
      json: version.json.toString('utf8'),
    },
  })
}

/** Reads what `textOf` has written. */
const resultOf = (text: string): Result => {
  const kept = JSON.parse(text) as KeptResult
  if (kept.kind === 'absent') return kept
  if (kept.kind === 'accepted') return { ...kept, disclosed: [] }
  if ('json' in kept)
    return { kind: kept.kind, json: Buffer.from(kept.json), disclosed: [], warnings: [] }
  const { version } = kept
  return {
    kind: kept.kind,
    version: {
      ...version,
      patients: version.patients.map(BigInt),
      json: Buffer.from(version.json),
    },
  }
}

type Versioned = Extract<Result, { version: unknown }>
type Whole = Extract<Result, { json: unknown }>
type KeptResult =
  | { readonly kind: 'absent' }
  | { readonly kind: 'accepted'; readonly location: string }
  | { readonly kind: Whole['kind']; readonly json: string }
  | {
      readonly kind: Versioned['kind']
      readonly version: Omit<Versioned['version'], 'patients' | 'json'> & {
        readonly patients: readonly string[]
        readonly json: string
      }
    }
