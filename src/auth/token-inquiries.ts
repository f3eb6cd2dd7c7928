import type { Provider } from 'oidc-provider'
import { formatScope } from '../access/scopes.ts'
import type { Principal } from '../access/principal.ts'
import type { TokenVerifier } from '../access/token.ts'
import { FhirError, Unavailable } from '../fhir/errors.ts'
import type { Registry } from '../registry/registry.ts'

/** What questions about tokens need. */
export interface InquiryContext {
  readonly provider: Provider
  readonly registry: Registry
  readonly verifier: TokenVerifier
  readonly issuer: string
  readonly fhirBaseUrl: string
  /** Seconds since the epoch. */
  readonly now: () => number
}

interface AskingClient {
  readonly clientId: string
  readonly clientAuthMethod?: string | undefined
}

/** Whether a client may ask what a token is worth: its own, and only one that proved who it is. */
export const mayInspect = (
  client: AskingClient,
  token: { readonly clientId?: string | undefined },
) => client.clientAuthMethod !== 'none' && client.clientId === token.clientId

/** Seconds a revocation is kept beyond the end of its token, for clocks that differ. */
const keptSeconds = 120

/**
 * Answers introspection and revocation of access tokens. The provider looks after refresh tokens; a
 * signed token it does not keep, so it refuses one, after it has proved the client.
 * @see https://www.rfc-editor.org/rfc/rfc7662 @see https://www.rfc-editor.org/rfc/rfc7009
 */
export const answerInquiries = (context: InquiryContext): void => {
  context.provider.use(async (koa, next) => {
    await next()
    const { oidc } = koa
    const route = oidc?.route
    if (route !== 'introspection' && route !== 'revocation') return
    const isSigned =
      (koa.body as { error?: string } | undefined)?.error === 'unsupported_token_type'
    if (!isSigned || oidc.client === undefined) return
    const token = String(oidc.params?.['token'] ?? '')
    try {
      const principal = await principalOf(token, context)
      koa.status = 200
      koa.body =
        route === 'introspection'
          ? await inspect(principal, oidc.client, context)
          : await revoke(principal, oidc.client, context)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      koa.status = 503
      koa.set('Retry-After', '5')
      koa.body = { error: 'temporarily_unavailable' }
    }
  })
}

/** Who a token speaks for; undefined when it is worth nothing. */
const principalOf = async (
  token: string,
  { verifier }: InquiryContext,
): Promise<Principal | undefined> => {
  try {
    return await verifier.verify(`Bearer ${token}`)
  } catch (error) {
    if (error instanceof FhirError && !(error instanceof Unavailable)) return undefined
    throw error
  }
}

/** Told to confidential clients of the hospital the token is bound to; to all others it is worth nothing. */
const inspect = async (
  principal: Principal | undefined,
  asking: AskingClient,
  { registry, fhirBaseUrl }: InquiryContext,
): Promise<Record<string, unknown>> => {
  const client = await registry.clients.byId(asking.clientId)
  const isTold =
    asking.clientAuthMethod !== 'none' && client?.organization === principal?.organization.number
  if (principal === undefined || !isTold) return { active: false }
  const { practitioner, patient } = principal
  return {
    active: true,
    iss: principal.issuer,
    sub: principal.subject,
    client_id: principal.clientId,
    jti: principal.tokenId,
    aud: fhirBaseUrl,
    exp: principal.expiresAt,
    token_type: 'Bearer',
    scope: principal.scopes.map(formatScope).join(' '),
    ...(practitioner === undefined
      ? {}
      : { fhirUser: `${fhirBaseUrl}/Practitioner/${practitioner}` }),
    ...(patient === undefined ? {} : { patient }),
  }
}

/** Of its own tokens alone; whether there was anything to revoke is not told. */
const revoke = async (
  principal: Principal | undefined,
  asking: AskingClient,
  { registry, issuer, now }: InquiryContext,
): Promise<string> => {
  if (principal?.issuer === issuer && principal.clientId === asking.clientId) {
    const expiresInSeconds = Math.max(1, principal.expiresAt - Math.floor(now()) + keptSeconds)
    await registry.revocations.revoke({ issuer, id: principal.tokenId, expiresInSeconds })
  }
  return ''
}
