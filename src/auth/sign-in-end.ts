import { isBreakGlass } from '../access/purposes.ts'
import { grantScopes } from '../access/scopes.ts'
import { grantSeconds, grantSecondsOf, splitScopes, type Launch } from './launch.ts'
import type { SignInContext, Visit } from './sign-in-visit.ts'

/**
 * Keeps what was agreed as a grant, and sends the browser on, to be sent back to the app with a code.
 * `patient` is the one that was chosen.
 */
export const finish = async (
  visit: Visit,
  patient: string | undefined,
  { provider, launches, baseUrl }: SignInContext,
): Promise<void> => {
  const { client, person, scope, state } = visit
  const { resource, launch: asked } = splitScopes(scope)
  const [otherScopes, refused] = renewalApart(asked, state.purpose!)
  const seconds = grantSecondsOf(otherScopes)
  const clientId = client.id
  const accountId = person!.id
  const grant = new provider.Grant({ accountId, clientId })
  Object.assign(grant, { expiresIn: seconds })
  if (otherScopes.length > 0) grant.addOIDCScope(otherScopes.join(' '))
  if (refused.length > 0) grant.rejectOIDCScope(refused.join(' '))
  // The words as they were asked for; what they are worth is in the launch.
  if (resource.length > 0) grant.addResourceScope(`${baseUrl}/fhir`, resource.join(' '))
  const grantId = await grant.save()
  const { amr } = state
  const launch: Launch = {
    ...{ clientId, person: accountId, otherScopes, amr, purpose: state.purpose! },
    scope: grantScopes(resource.join(' '), client.scopes).join(' '),
    ...(patient === undefined ? {} : { patient }),
  }
  await launches.save(grantId, launch, seconds)
  const acr = amr.includes('mfa') ? 'mfa' : 'pwd'
  await end(visit, provider, {
    // Nobody stays signed in at a browser: ward computers are shared.
    login: { accountId, amr: [...amr], acr, remember: false },
    consent: { grantId },
  })
}

/** What is granted and what is not: a broken glass is for minutes, so its tokens are not renewed. */
const renewalApart = (
  asked: readonly string[],
  purpose: string,
): readonly [granted: readonly string[], refused: readonly string[]] => {
  const isRefused = (scope: string): boolean => isBreakGlass(purpose) && scope in grantSeconds
  return [asked.filter(scope => !isRefused(scope)), asked.filter(isRefused)]
}

/** The person said no, which the app is told. */
export const refuseByPerson = (visit: Visit, { provider }: SignInContext): Promise<void> =>
  end(visit, provider, {
    error: 'access_denied',
    error_description: 'the person declined',
  })

const end = (
  { request, response }: Visit,
  provider: SignInContext['provider'],
  result: Parameters<SignInContext['provider']['interactionFinished']>[2],
): Promise<void> => {
  response.setHeader('cache-control', 'no-store')
  return provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  })
}
