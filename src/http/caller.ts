import type { FastifyRequest } from 'fastify'
import type { Principal } from '../access/principal.ts'
import type { TokenVerifier } from '../access/token.ts'
import { Unauthenticated } from '../fhir/errors.ts'
import type { Context } from '../interactions/interaction.ts'

/** Who asks; for a safe request perhaps from memory, to be confirmed before the answer leaves. */
interface Caller {
  readonly principal: Principal
  readonly isCurrent?: () => Promise<boolean>
}

const callers = new WeakMap<FastifyRequest, Caller>()

/** Who has been found to ask; undefined where nobody has. */
export const principalOf = (request: FastifyRequest): Principal | undefined =>
  callers.get(request)?.principal

/** Methods that change nothing: what they found may be thrown away again. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Finds out who asks, before a body is read. A write waits until the registry has said that nothing
 * about the caller has changed; a safe request whose token is remembered goes on meanwhile. Those who
 * are not recognized are counted for the audit trail.
 * @throws Unauthenticated
 */
export const identify = async (
  request: FastifyRequest,
  verifier: TokenVerifier,
  refusals: Context['refusals'],
): Promise<void> => {
  const { authorization } = request.headers
  try {
    const recalled = safeMethods.has(request.method) ? verifier.recall(authorization) : undefined
    callers.set(request, recalled ?? { principal: await verifier.verify(authorization) })
  } catch (error) {
    if (error instanceof Unauthenticated)
      refusals.count({
        ...{ interaction: 'authenticate', outcome: error.status, detail: error.code },
        ...{ client: null, organization: null },
      })
    throw error
  }
}

/**
 * Runs `work` for the caller. With a remembered token the registry is asked at the same time, and the
 * outcome counts only if nothing changed; otherwise the token is verified anew and `work` repeated.
 * So a revocation holds for the very next request, and costs a read no round trip of its own.
 * @throws Unauthenticated
 */
export const asCaller = async <T>(
  request: FastifyRequest,
  verifier: TokenVerifier,
  work: (principal: Principal) => Promise<T>,
): Promise<T> => {
  const { principal, isCurrent } = callers.get(request)!
  if (isCurrent === undefined) return work(principal)
  // Asked first, it leaves in one write with the statements of the work.
  const confirmation = isCurrent()
  const [outcome, confirmed] = await Promise.allSettled([work(principal), confirmation])
  if (confirmed.status === 'rejected') throw confirmed.reason
  if (!confirmed.value) return work(await verifier.verify(request.headers.authorization))
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}
