import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import { Provider } from 'oidc-provider/lib/provider.js'
import { createTokenVerifier } from '../access/token.ts'
import type { Database } from '../db/database.ts'
import { Unavailable } from '../fhir/errors.ts'
import { languageOf } from '../fhir/outcome.ts'
import { hashSecret } from '../registry/clients.ts'
import type { Registry } from '../registry/registry.ts'
import { createAttempts } from './attempts.ts'
import { createDeskSessions, type DeskSessions } from './desk-session.ts'
import { answerLaunches, type MadeTokens } from './code-flow.ts'
import { configurationOf } from './configuration.ts'
import {
  registerClientCredentials,
  registerSandboxPerson,
  type PendingClaims,
} from './grant-types.ts'
import { loadKeys, signingAlgorithm } from './keys.ts'
import { createLaunches } from './launch.ts'
import { listen } from './listener.ts'
import { createModelStore } from './model-store.ts'
import { serveSignIn } from './sign-in.ts'
import { escapeHtml, sendPage } from './sign-in-page.ts'
import { createSignInStates } from './sign-in-steps.ts'
import type { PatientFinder, SignInContext } from './sign-in-visit.ts'
import { signInTexts } from './sign-in-texts.ts'
import { answerInquiries } from './token-inquiries.ts'

/** Seconds after which no access token of a revoked grant lives any more, with room for clocks. */
const grantRevocationSeconds = 1_200

export interface AuthorizationServerOptions {
  readonly database: Database
  readonly registry: Registry
  /** Where the server is seen from outside, without a trailing slash. */
  readonly baseUrl: string
  /** Allows the sandbox grant for people, and people to sign in without a second factor. */
  readonly sandbox: boolean
  /** Told of every token given out or refused. */
  readonly onSignIn?: (signIn: SignIn) => void
  /** For the page on which people choose a patient. */
  readonly patients: PatientFinder
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
  /** Sign-in at the feed desk. */
  readonly desk: DeskSessions
}

/** Loads the keys (made at the first start) and builds the server. */
export const createAuthorizationServer = async (
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> => {
  const { database, registry, baseUrl, sandbox, now } = options
  const issuer = `${baseUrl}/auth`
  const fhirBaseUrl = `${baseUrl}/fhir`
  const keys = await loadKeys(database.kysely)
  const pendingClaims: PendingClaims = new WeakMap()
  const madeTokens: MadeTokens = new WeakMap()
  const modelStore = createModelStore(database.kysely, grantId =>
    registry.revocations.revoke({ issuer, id: grantId, expiresInSeconds: grantRevocationSeconds }),
  )
  const flow = { registry, launches: createLaunches(modelStore('Launch')), fhirBaseUrl }
  const parts = { keys, modelStore, flow, pendingClaims, madeTokens }
  const provider = new Provider(issuer, {
    ...configurationOf(options, parts),
    renderError: (context, out) => {
      context.body = out
    },
  })
  provider.proxy = true
  const dependencies = { provider, registry, fhirBaseUrl, pendingClaims }
  registerClientCredentials(dependencies)
  const attempts = createAttempts(database.kysely)
  if (sandbox) registerSandboxPerson({ ...dependencies, attempts, sandbox, now })
  compareHashedSecrets(provider)
  answerFaults(provider, options.onFault)
  if (options.onSignIn !== undefined) reportSignIns(provider, options.onSignIn)
  answerLaunches(provider, madeTokens)
  showRefusals(provider)
  keepToApps(provider, registry)
  const own = { issuer, publicKeys: keys.public, algorithms: [signingAlgorithm] }
  const verifier = createTokenVerifier({ registry, baseUrl, own, now })
  answerInquiries({ provider, registry, verifier, issuer, fhirBaseUrl, now })
  const pages: SignInContext = {
    ...options,
    ...{ provider, launches: flow.launches, key: keys.cookies[0]! },
    attempts,
    states: createSignInStates(modelStore('SignIn')),
  }
  const listener = listen(provider, (request, response, uid) =>
    serveSignIn(request, response, uid, pages),
  )
  const desk = createDeskSessions({ registry, attempts, sandbox, now }, keys.cookies[0]!)
  return { issuer, publicKeys: keys.public, listener, desk }
}

/** The library lets pages of any origin read keys and discovery documents; here only those of apps may. */
const keepToApps = (provider: Provider, registry: Registry): void => {
  provider.use(async (context, next) => {
    await next()
    const origin = context.get('origin')
    const isApp = origin !== '' && (await registry.clients.isAppOrigin(origin))
    if (!isApp || context.oidc?.route === 'introspection')
      for (const name of Object.keys(context.response.headers))
        if (name.startsWith('access-control-')) context.remove(name)
  })
}

/** What cannot be told to an app is told to the person whose browser it is. */
const showRefusals = (provider: Provider): void => {
  provider.use(async (context, next) => {
    await next()
    const { route } = context.oidc ?? {}
    const { error, error_description: description = '' } = Object(context.body)
    if ((route !== 'authorization' && route !== 'resume') || typeof error !== 'string') return
    if (context.accepts('json', 'html') !== 'html') return
    const language = languageOf(context.get('accept-language'))
    const { refusedTitle: title } = signInTexts[language]
    const body = `<p role="alert">${escapeHtml(String(description))}</p>\n<p class="small">${escapeHtml(error)}</p>`
    context.respond = false
    sendPage(context.res, { status: context.status, language, title, body })
  })
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
