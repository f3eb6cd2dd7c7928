import type { Provider, TokenEndpointGrantContext } from 'oidc-provider'
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import type { Registry } from '../registry/registry.ts'
import { claimsOf, tokenLifetimes } from './access-token.ts'
import { clientCredentialsGrant, sandboxPersonGrant } from '../registry/grant-names.ts'
import { signingAlgorithm } from './keys.ts'
import { codeStep, type StepContext } from './sign-in-steps.ts'
import { decideGrant, idForm, type Grant } from './token-request.ts'

/** Claims of tokens that are being made, until the token is signed. */
export type PendingClaims = WeakMap<object, Record<string, unknown>>

interface Parameters {
  readonly purpose?: string
  readonly patient?: string
  readonly user?: string
  readonly otp?: string
}
type Context = TokenEndpointGrantContext<Parameters>

/** What both grants need. */
export interface GrantDependencies {
  readonly provider: Provider
  readonly registry: Registry
  readonly fhirBaseUrl: string
  readonly pendingClaims: PendingClaims
}

/** What the sandbox's grant needs to look at a second factor. */
export type SandboxDependencies = GrantDependencies & StepContext

/** OAuth 2.0 client credentials, for systems. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export const registerClientCredentials = (dependencies: GrantDependencies): void => {
  dependencies.provider.registerGrantType<Parameters>(
    clientCredentialsGrant,
    async context => {
      const grant = await decide(context, dependencies)
      if (grant.client.kind !== 'system') {
        throw new errors.UnauthorizedClient('a client for people gets no token for itself')
      }
      const { provider } = dependencies
      const token = new provider.ClientCredentials({
        client: context.oidc.client,
        scope: grant.scope,
        resourceServer: resourceServer(grant, dependencies),
      })
      await answer(token, grant, context, dependencies)
    },
    ['scope', 'purpose', 'resource'],
  )
}

/** @see sandboxPersonGrant */
export const registerSandboxPerson = (dependencies: SandboxDependencies): void => {
  dependencies.provider.registerGrantType<Parameters>(
    sandboxPersonGrant,
    async context => {
      const { user, otp } = context.oidc.params
      if (user === undefined) throw new errors.InvalidRequest('user names the person to act for')
      const grant = await decide(context, dependencies, {
        user,
        ...(otp === undefined ? {} : { amr: await amrOf(user, otp, dependencies) }),
      })
      if (grant.client.kind !== 'people') {
        throw new errors.UnauthorizedClient('only a client for people acts for a person')
      }
      const { provider } = dependencies
      const token = new provider.AccessToken({
        client: context.oidc.client,
        accountId: user,
        grantId: sandboxPersonGrant,
        gty: sandboxPersonGrant,
        scope: grant.scope,
        resourceServer: resourceServer(grant, dependencies),
      })
      await answer(token, grant, context, dependencies)
    },
    ['scope', 'purpose', 'resource', 'user', 'patient', 'otp'],
  )
}

const decide = (
  context: Context,
  { registry, fhirBaseUrl }: GrantDependencies,
  person: { readonly user?: string; readonly amr?: readonly string[] } = {},
): Promise<Grant> => {
  const { client, params } = context.oidc
  const { scope, purpose, resource, patient } = params
  const request = { clientId: client.clientId, scope, purpose, resource, patient }
  return decideGrant({ ...request, user: undefined, ...person }, registry, fhirBaseUrl)
}

/** How a person has proved who they are by a code of their second factor. @throws InvalidGrant */
const amrOf = async (
  person: string,
  otp: string,
  dependencies: SandboxDependencies,
): Promise<readonly string[]> => {
  if (!idForm.test(person)) throw refusal(wrongCode)
  const result = await codeStep(otp, { awaits: 'code', person, amr: [] }, dependencies)
  if (typeof result === 'object') return result.amr
  throw refusal(result === 'too-many' ? tooManyCodes : wrongCode)
}

/** The library keeps to itself why a grant is invalid; whose code was wrong may know. */
const refusal = (error_description: string): Error =>
  Object.assign(new errors.InvalidGrant(error_description), { error_description })

const wrongCode = 'otp is no code of the second factor of this person, or was used before'
const tooManyCodes = 'there were too many wrong codes; try again in 15 minutes'

const resourceServer = (grant: Grant, { provider, fhirBaseUrl }: GrantDependencies) =>
  new provider.ResourceServer(fhirBaseUrl, {
    scope: grant.scope,
    audience: fhirBaseUrl,
    accessTokenTTL: tokenLifetimes[grant.client.kind],
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: signingAlgorithm } },
  })

type Token = InstanceType<Provider['ClientCredentials']> | InstanceType<Provider['AccessToken']>

const answer = async (
  token: Token,
  grant: Grant,
  context: Context,
  { pendingClaims, fhirBaseUrl }: GrantDependencies,
): Promise<void> => {
  pendingClaims.set(token, claimsOf(grant, fhirBaseUrl))
  // What is told of the sign-in afterwards is read from here.
  context.oidc.entity(grant.person === undefined ? 'ClientCredentials' : 'AccessToken', token)
  context.body = {
    access_token: await token.save(),
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: grant.scope,
    ...(grant.patient === undefined ? {} : { patient: grant.patient }),
  }
}
