import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import type { Configuration, JWKS } from 'oidc-provider'
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import type { Database } from '../db/database.ts'
import { Unavailable } from '../fhir/errors.ts'
import { hashSecret } from '../registry/clients.ts'
import type { Registry } from '../registry/registry.ts'
import { tokenLifetimes } from './access-token.ts'
import { createClientSource } from './client-metadata.ts'
import { clientCredentialsGrant, sandboxPersonGrant } from '../registry/grant-names.ts'
import {
  registerClientCredentials,
  registerSandboxPerson,
  type PendingClaims,
} from './grant-types.ts'
import { loadKeys, signingAlgorithm, type AuthorizationKeys } from './keys.ts'
import { createModelStore } from './model-store.ts'
import { listen } from './listener.ts'

/** Algorithms a client may sign its assertion with. */
export const assertionAlgorithms = ['ES384', 'RS384', 'ES256', 'RS256'] as const
/** How clients prove themselves. */
export const clientAuthMethods = [
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
] as const
/** Seconds an assertion may live. @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html */
const assertionSecondsMax = 300
const clockToleranceSeconds = 15

export interface AuthorizationServerOptions {
  readonly database: Database
  readonly registry: Registry
  /** Where the server is seen from outside, without a trailing slash. */
  readonly baseUrl: string
  /** Allows the sandbox grant for people. */
  readonly sandbox: boolean
  /** Told of every token given out or refused. */
  readonly onSignIn?: (signIn: SignIn) => void
  /** Told of faults of ours; the client only sees `server_error`. */
  readonly onFault: (fault: Error) => void
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** A token given out, or refused for a reason of OAuth 2.0 such as `invalid_client`. */
export interface SignIn {
  readonly clientId: string | null
  /** The `sub` and the `jti` of the token. */
  readonly subject: string | null
  readonly tokenId: string | null
  readonly refusal: string | null
}

/** The authorization server under `/auth`. */
export interface AuthorizationServer {
  /** The `iss` of its tokens. */
  readonly issuer: string
  /** Its public keys, for verifying its tokens without a request. */
  readonly publicKeys: readonly JWK[]
  /** Serves `/auth/...` on a raw Node request whose body has not been read. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void
}

/** Loads the keys (made at the first start) and builds the server. */
export const createAuthorizationServer = async (
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> => {
  const { database, registry, baseUrl, sandbox } = options
  const issuer = `${baseUrl}/auth`
  const keys = await loadKeys(database.kysely)
  const pendingClaims: PendingClaims = new WeakMap()
  const provider = new Provider(issuer, configure(options, keys, pendingClaims))
  provider.proxy = true
  const fhirBaseUrl = `${baseUrl}/fhir`
  const dependencies = { provider, registry, fhirBaseUrl, pendingClaims }
  registerClientCredentials(dependencies)
  if (sandbox) registerSandboxPerson(dependencies)
  compareHashedSecrets(provider)
  answerFaults(provider, options.onFault)
  if (options.onSignIn !== undefined) reportSignIns(provider, options.onSignIn)
  return { issuer, publicKeys: keys.public, listener: listen(provider) }
}

/** Only what the grants need. */
const features: NonNullable<Configuration['features']> = {
  clientCredentials: { enabled: true },
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
  resourceIndicators: { enabled: true },
}

const configure = (
  { database, registry, sandbox, now }: AuthorizationServerOptions,
  keys: AuthorizationKeys,
  pendingClaims: PendingClaims,
): Configuration => {
  const grantTypes = sandbox
    ? [clientCredentialsGrant, sandboxPersonGrant]
    : [clientCredentialsGrant]
  const modelStore = createModelStore(database.kysely)
  const clients = createClientSource(registry, grantTypes)
  return {
    adapter: model => (model === 'Client' ? clients : modelStore(model)),
    jwks: { keys: [...keys.private] } as unknown as JWKS,
    cookies: { keys: [...keys.cookies] },
    routes: { token: '/token', jwks: '/jwks' },
    responseTypes: [],
    scopes: [],
    claims: {},
    clientAuthMethods: [...clientAuthMethods],
    clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
    enabledJWA: {
      clientAuthSigningAlgValues: [...assertionAlgorithms],
      idTokenSigningAlgValues: [signingAlgorithm],
    },
    clockTolerance: clockToleranceSeconds,
    ttl: { ClientCredentials: tokenLifetimes.system, AccessToken: tokenLifetimes.people },
    features,
    formats: {
      customizers: {
        jwt: (_, token, parts) => {
          Object.assign(parts.payload, pendingClaims.get(token))
        },
      },
    },
    renderError: (context, out) => {
      context.body = out
    },
    assertJwtClientAuthClaimsAndHeader: (_, claims) => {
      if (Number(claims['exp']) > now() + assertionSecondsMax + clockToleranceSeconds) {
        throw new errors.InvalidClientAuth('the assertion lives longer than five minutes')
      }
    },
  }
}

/** The registry holds only hashes, so what the client sends is hashed before it is compared. */
const compareHashedSecrets = (provider: Provider): void => {
  provider.Client.prototype.compareClientSecret = async function compare(sent: string) {
    const expected = Buffer.from(this.clientSecret ?? '')
    const actual = Buffer.from(hashSecret(sent))
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  }
}

const reportSignIns = (provider: Provider, onSignIn: (signIn: SignIn) => void): void => {
  provider.on('grant.success', ({ oidc }) => {
    const { AccessToken: ofPerson, ClientCredentials: ofSystem } = oidc.entities
    const clientId = oidc.client?.clientId ?? null
    const subject = ofPerson?.accountId ?? clientId
    onSignIn({ clientId, subject, tokenId: (ofPerson ?? ofSystem)?.jti ?? null, refusal: null })
  })
  provider.on('grant.error', ({ oidc }, { error }) =>
    onSignIn({
      ...{ clientId: oidc.client?.clientId ?? null, subject: null, tokenId: null },
      refusal: error,
    }),
  )
}

/** An absent database is 503 with Retry-After; every other fault is reported and answered blankly. */
const answerFaults = (provider: Provider, onFault: (fault: Error) => void): void => {
  provider.on('server_error', (context, fault) => {
    if (!(fault instanceof Unavailable)) return onFault(fault)
    context.status = 503
    context.set('Retry-After', '5')
    context.body = {
      error: 'temporarily_unavailable',
      error_description: 'the database is away; try again after the time in Retry-After',
    }
  })
}
