import { DatabaseError } from 'pg'
import {
  FhirError,
  InvalidRequest,
  TooCostly,
  Unavailable,
  VersionConflict,
} from '../fhir/errors.ts'

/** Codes of Node's own socket and name-resolution errors that mean: the database is not reachable. */
const socketErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EACCES',
])

/** What `pg` says, without any code, when a connection is lost or none can be had in time. */
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end)/

/**
 * Server conditions that pass: administrator shutdown, start-up, too many connections, out of disk
 * or memory, a fail-over to a read-only standby, a closed session.
 */
const passing = new Set(['57P01', '57P02', '57P03', '57P05', '25006', '25P03', '25P04', '58030'])

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

const isPassing = (code: string): boolean =>
  passing.has(code) ||
  code.startsWith('08') ||
  code.startsWith('53') ||
  code.startsWith('28') ||
  code === '3D000'

/** Whether running the same transaction again may succeed: a serialization failure or a deadlock. */
export const isRetryable = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

/** Whether a `create database` failed because another process made the same one. */
export const isAlreadyMade = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === '42P04' || code === '23505'
}

/** Whether the database, or the way to it, is away: nothing is known about what was being run. */
export const isConnectionLoss = (error: unknown): boolean => {
  const code = codeOf(error)
  if (code !== undefined && (socketErrors.has(code) || isPassing(code))) return true
  return error instanceof Error && lostConnection.test(error.message)
}

/** A write whose search values were made before something else had to be indexed. */
const isIndexOutdated = (error: unknown): boolean =>
  error instanceof DatabaseError &&
  error.code === '23502' &&
  error.table === 'resource' &&
  error.column === 'indexed'

const refusalFor = (error: unknown, sent: boolean): FhirError | undefined => {
  if (isConnectionLoss(error)) return new Unavailable(sent ? 'outcome-unknown' : 'unavailable')
  const code = codeOf(error)
  if (code === undefined) return undefined
  if (isIndexOutdated(error)) return new VersionConflict('index-outdated')
  if (code === '23505' || code === '55P03' || isRetryable(error)) {
    return new VersionConflict('write-conflict')
  }
  if (code === '57014') return new TooCostly('statement-timeout')
  if (code === '54000' || code.startsWith('22')) return new InvalidRequest('value-not-storable')
  return undefined
}

/**
 * The refusal a client is told for an error of PostgreSQL or of the connection to it; any other
 * error comes back as it is. The original stays on as `cause`, for the log. `sent` says that the
 * statement may have reached the database and may have changed something before the loss.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const refusalOf = (error: unknown, sent: boolean): unknown => {
  if (error instanceof FhirError) return error
  const refusal = refusalFor(error, sent)
  if (refusal === undefined) return error
  refusal.cause = error
  return refusal
}

/** The name of the unique constraint or index a write met, when that is what the error says. */
export const violatedConstraint = (error: unknown): string | undefined => {
  const original = error instanceof FhirError ? error.cause : error
  return original instanceof DatabaseError && original.code === '23505'
    ? original.constraint
    : undefined
}
