import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import { grantScopes } from '../access/scopes.ts'
import type { Registry } from '../registry/registry.ts'
import { claimsOf } from './access-token.ts'
import { scopeText, splitScopes, type Launch, type Launches } from './launch.ts'
import { purposesOf, worksFor } from './sign-in-steps.ts'
import { scopeCharactersMax, type Grant } from './token-request.ts'

/** What the code flow needs. */
export interface CodeFlowContext {
  readonly registry: Registry
  readonly launches: Launches
  readonly fhirBaseUrl: string
}

/** A token on its way to be signed. */
interface MadeToken {
  readonly grantId?: string | undefined
}

/**
 * What a request for a code must say, besides what the provider asks for.
 * @throws InvalidRequest, InvalidScope
 * @see https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-authorization-code
 */
export const launchParameters = ({ registry, fhirBaseUrl }: CodeFlowContext) => ({
  aud: async (
    { oidc }: KoaContextWithOIDC,
    aud: string | undefined,
    client: { readonly clientId: string },
  ): Promise<void> => {
    if (aud !== fhirBaseUrl && aud !== `${fhirBaseUrl}/`)
      throw new errors.InvalidRequest(`aud must be the FHIR endpoint, ${fhirBaseUrl}`)
    const scope = scopeText(oidc.params?.['scope'])
    const { resource } = splitScopes(scope)
    const ceiling = (await registry.clients.byId(client.clientId))?.scopes ?? []
    const isNothing = resource.length > 0 && grantScopes(resource.join(' '), ceiling).length === 0
    if (isNothing || scope.length > scopeCharactersMax)
      throw new errors.InvalidScope(
        `no scope of this request is valid and allowed for the client; it may ask for: ${ceiling.join(' ')}`,
        scope,
      )
  },
  launch: (_: KoaContextWithOIDC, launch: string | undefined): void => {
    if (launch !== undefined)
      throw new errors.InvalidRequest('launch from within an EHR is not served; leave "launch" out')
  },
})

/**
 * The scopes of the FHIR endpoint that one request is about: whatever it names. What they are worth
 * is decided when the token is made.
 */
export const namedScopes = ({ oidc }: KoaContextWithOIDC): string => {
  const { AuthorizationCode, RefreshToken } = oidc.entities
  const scope = RefreshToken?.scope ?? AuthorizationCode?.scope ?? oidc.params?.['scope']
  return splitScopes(scope).resource.join(' ')
}

/** The launches of tokens that are being made, until they are answered. */
export type MadeTokens = WeakMap<object, Launch>

/**
 * The claims of an access token made with a code or renewed. Everything is looked up anew: a person
 * who left, or a purpose the client lost, ends the grant.
 * @throws InvalidGrant
 */
export const launchClaims = async (
  token: MadeToken & object,
  scope: unknown,
  made: MadeTokens,
  { registry, launches, fhirBaseUrl }: CodeFlowContext,
): Promise<Record<string, unknown>> => {
  const { grantId } = token
  const launch = grantId === undefined ? undefined : await launches.of(grantId)
  const grant = launch && (await grantOfLaunch(launch, registry))
  if (launch === undefined || grant === undefined)
    throw new errors.InvalidGrant('what was agreed at the sign-in holds no longer')
  const granted = grantScopes(scopeText(scope), launch.scope.split(' ')).join(' ')
  made.set(token, { ...launch, scope: granted })
  return { ...claimsOf(grant, fhirBaseUrl), scope: granted, grant_id: grantId }
}

const grantOfLaunch = async (launch: Launch, registry: Registry): Promise<Grant | undefined> => {
  await registry.refresh()
  const client = await registry.clients.byId(launch.clientId)
  const organization = client && (await registry.organizations.byNumber(client.organization))
  const person = await registry.people.byId(launch.person)
  if (client?.active !== true || organization?.active !== true) return undefined
  if (!worksFor(person, client) || !purposesOf(client, launch.amr).includes(launch.purpose))
    return undefined
  const { scope, purpose, patient, amr } = launch
  return {
    ...{ client, organization, scope, purpose, person: person!, amr },
    ...(patient === undefined ? {} : { patient }),
  }
}

/** What a token answer says beyond OAuth 2.0. @see https://hl7.org/fhir/smart-app-launch/app-launch.html#response-4 */
export const launchAnswer = ({ scope, otherScopes, patient }: Launch) => ({
  scope: [...otherScopes, scope].filter(text => text !== '').join(' '),
  ...(patient === undefined ? {} : { patient, need_patient_banner: true }),
})

/** The account of a person, for id tokens; undefined once they may not sign in any more. */
export const accountOf =
  ({ registry, fhirBaseUrl }: CodeFlowContext) =>
  async ({ oidc }: KoaContextWithOIDC, id: string) => {
    await registry.refresh()
    const person = await registry.people.byId(id)
    const client = await registry.clients.byId(oidc.client?.clientId ?? '')
    if (client === undefined || !worksFor(person, client)) return undefined
    const fhirUser = `${fhirBaseUrl}/Practitioner/${id}`
    return { accountId: id, claims: () => ({ sub: id, fhirUser }) }
  }

/** Puts what was agreed into the answers of the token endpoint. */
export const answerLaunches = (provider: Provider, made: MadeTokens): void => {
  provider.use(async (context, next) => {
    await next()
    const token = context.oidc?.entities.AccessToken
    const launch = token && made.get(token)
    if (context.oidc?.route !== 'token' || launch === undefined) return
    if (context.status === 200) Object.assign(context.body as object, launchAnswer(launch))
  })
}
