import type { Client } from '../registry/clients.ts'
import type { Organization } from '../registry/organizations.ts'
import type { Principal } from './principal.ts'
import { parseScope } from './scopes.ts'
import { writeRulesOf } from './token-claims.ts'

/** Seconds such a principal is good for: as long as what it is made for takes. */
const usefulSeconds = 300

/**
 * A system client as if it had come with a token of this moment, with all that it is registered for: for
 * work done again in its name. Undefined for a client that is switched off, that acts for people, or
 * whose organization is switched off.
 */
export const principalOfClient = (
  client: Client,
  organization: Organization | undefined,
  made: { readonly issuer: string; readonly tokenId: string; readonly seconds: number },
): Principal | undefined => {
  if (!client.active || client.kind !== 'system' || organization?.active !== true) return undefined
  if (client.organization !== organization.number) return undefined
  const { number, id, name } = organization
  return {
    ...{ issuer: made.issuer, tokenId: made.tokenId, clientId: client.id, subject: client.id },
    organization: { number, id, name },
    scopes: client.scopes.map(parseScope).filter(scope => scope !== undefined),
    purpose: client.purposes.includes('TREAT') ? 'TREAT' : (client.purposes[0] ?? 'TREAT'),
    writeRules: writeRulesOf(organization, client),
    expiresAt: made.seconds + usefulSeconds,
  }
}
