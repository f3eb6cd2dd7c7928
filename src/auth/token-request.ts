import * as errors from 'oidc-provider/lib/helpers/errors.js'
import { isBreakGlass, isPurpose } from '../access/purposes.ts'
import { grantScopes } from '../access/scopes.ts'
import type { Client } from '../registry/clients.ts'
import type { Organization } from '../registry/organizations.ts'
import type { Person } from '../registry/people.ts'
import type { Registry } from '../registry/registry.ts'

/** What a token request says beyond its grant type, still unchecked. */
export interface TokenRequest {
  readonly clientId: string
  readonly scope: string | undefined
  readonly purpose: string | undefined
  readonly resource: string | readonly string[] | undefined
  readonly user: string | undefined
  readonly patient: string | undefined
  /** How the person has proved who they are. */
  readonly amr?: readonly string[]
}

/** Everything a token will say, decided. */
export interface Grant {
  readonly client: Client
  readonly organization: Organization
  readonly person?: Person
  readonly scope: string
  readonly purpose: string
  readonly patient?: string
  /** How the person has proved who they are. @see https://www.rfc-editor.org/rfc/rfc8176 */
  readonly amr?: readonly string[]
}

/** Characters of a granted scope: with it a token stays well under the 8 kB that are accepted. */
export const scopeCharactersMax = 3000
/** The ids of FHIR. */
export const idForm = /^[A-Za-z0-9.-]{1,64}$/
const defaultPurpose = 'TREAT'

/**
 * Decides what a client that proved itself gets: never more than its ceiling.
 * @throws InvalidScope, InvalidTarget or InvalidRequest of OAuth 2.0
 */
export const decideGrant = async (
  request: TokenRequest,
  registry: Registry,
  fhirBaseUrl: string,
): Promise<Grant> => {
  const { resource } = request
  if (resource !== undefined && resource !== fhirBaseUrl) {
    throw new errors.InvalidTarget(`the only resource here is ${fhirBaseUrl}`)
  }
  const client = await registry.clients.byId(request.clientId)
  const organization = client && (await registry.organizations.byNumber(client.organization))
  if (client === undefined || organization === undefined) {
    throw new errors.InvalidClientAuth('client not found')
  }
  const person = await personOf(request.user, client, registry)
  return {
    client,
    organization,
    scope: decideScope(request.scope, client),
    purpose: decidePurpose(request, client),
    ...(person === undefined ? {} : { person }),
    ...decidePatient(request.patient),
    ...(request.amr === undefined ? {} : { amr: request.amr }),
  }
}

const personOf = async (
  user: string | undefined,
  client: Client,
  registry: Registry,
): Promise<Person | undefined> => {
  if (user === undefined) return undefined
  const person = idForm.test(user) ? await registry.people.byId(user) : undefined
  // One answer for all three: it does not tell which people are registered elsewhere.
  if (person?.active === true && person.organization === client.organization) return person
  throw new errors.InvalidGrant('no active person with this id works for the organization')
}

const decideScope = (asked: string | undefined, client: Client): string => {
  const granted = grantScopes(asked, client.scopes).join(' ')
  if (granted === '') {
    const ceiling = client.scopes.join(' ')
    throw new errors.InvalidScope(
      `no scope of this request is valid and allowed for the client; it may ask for: ${ceiling}`,
      asked ?? '',
    )
  }
  if (granted.length > scopeCharactersMax) {
    throw new errors.InvalidScope('too many scopes; ask for a wildcard instead', asked ?? '')
  }
  return granted
}

const decidePurpose = (
  { purpose: asked, amr = [], patient }: TokenRequest,
  client: Client,
): string => {
  const purpose = asked ?? (client.purposes.includes(defaultPurpose) ? defaultPurpose : undefined)
  const allowed = client.purposes.filter(code => isPurpose(code) && !isBreakGlass(code))
  if (purpose !== undefined && allowed.includes(purpose)) return purpose
  if (purpose !== undefined && isBreakGlass(purpose) && client.purposes.includes(purpose)) {
    if (amr.includes('mfa') && patient !== undefined) return purpose
    throw new errors.InvalidRequest(
      'purpose BTG is for a person who shows a second factor (otp), of one patient (patient)',
    )
  }
  throw new errors.InvalidRequest(
    `purpose must be one v3-ActReason code that the client is registered for: ${allowed.join(', ')}`,
  )
}

const decidePatient = (patient: string | undefined): { readonly patient?: string } => {
  if (patient === undefined) return {}
  if (idForm.test(patient)) return { patient }
  throw new errors.InvalidRequest('patient must be the id of a Patient resource')
}
