import type { Configuration, JWKS } from 'oidc-provider'
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  refreshTokenGrant,
  sandboxPersonGrant,
} from '../registry/grant-names.ts'
import { isOriginOf } from '../registry/redirect-uri.ts'
import { tokenLifetimes } from './access-token.ts'
import type { AuthorizationServerOptions } from './authorization-server.ts'
import { createClientSource } from './client-metadata.ts'
import {
  accountOf,
  launchClaims,
  launchParameters,
  namedScopes,
  type CodeFlowContext,
  type MadeTokens,
} from './code-flow.ts'
import type { PendingClaims } from './grant-types.ts'
import { signingAlgorithm, type AuthorizationKeys } from './keys.ts'
import { launchScopes } from './launch.ts'
import type { createModelStore } from './model-store.ts'
import { signInSeconds } from './sign-in-steps.ts'
import { mayInspect } from './token-inquiries.ts'

/** Algorithms a client may sign its assertion with. */
export const assertionAlgorithms = ['ES384', 'RS384', 'ES256', 'RS256'] as const
/** How clients prove themselves; a public one does not. */
export const clientAuthMethods = [
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
  'none',
] as const
/** Seconds an assertion may live. @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html */
const assertionSecondsMax = 300
const clockToleranceSeconds = 15
const codeSeconds = 60

/** The grants that are served. */
export const servedGrants = (sandbox: boolean): readonly string[] => [
  ...[authorizationCodeGrant, refreshTokenGrant, clientCredentialsGrant],
  ...(sandbox ? [sandboxPersonGrant] : []),
]

/** What the provider is configured with. */
export interface ProviderParts {
  readonly keys: AuthorizationKeys
  readonly modelStore: ReturnType<typeof createModelStore>
  readonly flow: CodeFlowContext
  readonly pendingClaims: PendingClaims
  readonly madeTokens: MadeTokens
}

/** Only what is served: code with PKCE, renewal, client credentials, revocation, introspection. */
export const configurationOf = (
  { registry, sandbox, now, baseUrl }: AuthorizationServerOptions,
  parts: ProviderParts,
): Configuration => {
  const { keys, modelStore, flow } = parts
  const clients = createClientSource(registry, servedGrants(sandbox))
  return {
    adapter: model => (model === 'Client' ? clients : modelStore(model)),
    jwks: { keys: [...keys.private] } as unknown as JWKS,
    cookies: { keys: [...keys.cookies] },
    routes: {
      ...{ authorization: '/authorize', token: '/token', jwks: '/jwks' },
      ...{ introspection: '/introspect', revocation: '/revoke' },
    },
    responseTypes: ['code'],
    scopes: [...launchScopes],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    acrValues: ['mfa', 'pwd'],
    extraParams: launchParameters(flow),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_, client, source) =>
      client.grantTypeAllowed(refreshTokenGrant) &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    expiresWithSession: () => false,
    findAccount: accountOf(flow),
    interactions: { url: (_, { uid }) => `${baseUrl}/auth/sign-in/${uid}` },
    clientAuthMethods: [...clientAuthMethods],
    clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
    clientBasedCORS: (_, origin, { redirectUris = [] }) =>
      redirectUris.some(uri => isOriginOf(origin, uri)),
    enabledJWA: {
      clientAuthSigningAlgValues: [...assertionAlgorithms],
      idTokenSigningAlgValues: [signingAlgorithm],
    },
    clockTolerance: clockToleranceSeconds,
    ttl: lifetimes,
    features: featuresOf(flow),
    formats: { customizers: { jwt: claimsIn(parts) } },
    assertJwtClientAuthClaimsAndHeader: (_, claims) => {
      if (Number(claims['exp']) > now() + assertionSecondsMax + clockToleranceSeconds) {
        throw new errors.InvalidClientAuth('the assertion lives longer than five minutes')
      }
    },
  }
}

type Customizer = NonNullable<
  NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']
>

/** Puts into an access token what was decided for it. */
const claimsIn =
  ({ pendingClaims, madeTokens, flow }: ProviderParts): Customizer =>
  async (_, token, { payload }) => {
    const pending = pendingClaims.get(token)
    Object.assign(
      payload,
      pending ?? (await launchClaims(token, payload['scope'], madeTokens, flow)),
    )
  }

/** A refresh token lives as long as what was agreed, however often it is renewed. */
const lifetimes: NonNullable<Configuration['ttl']> = {
  ClientCredentials: tokenLifetimes.system,
  AccessToken: tokenLifetimes.people,
  IdToken: tokenLifetimes.people,
  AuthorizationCode: codeSeconds,
  Interaction: signInSeconds,
  Session: signInSeconds,
  RefreshToken: ({ oidc }) => Math.max(1, oidc.entities.Grant?.remainingTTL ?? 1),
}

const featuresOf = (flow: CodeFlowContext): NonNullable<Configuration['features']> => ({
  clientCredentials: { enabled: true },
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
  introspection: { enabled: true, allowedPolicy: (_, client, token) => mayInspect(client, token) },
  revocation: { enabled: true },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => flow.fhirBaseUrl,
    useGrantedResource: () => true,
    getResourceServerInfo: (context, resource) => {
      if (resource !== flow.fhirBaseUrl)
        throw new errors.InvalidTarget(`the only resource here is ${flow.fhirBaseUrl}`)
      return {
        scope: namedScopes(context),
        audience: flow.fhirBaseUrl,
        accessTokenTTL: tokenLifetimes.people,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: signingAlgorithm } },
      }
    },
  },
})
