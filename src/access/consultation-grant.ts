import { grantOf, type Grant } from './grant.ts'
import type { PrincipalOrganization } from './principal.ts'
import { parseScopes } from './scopes.ts'

/**
 * The exchange itself, working on a consultation among the records of one of its two hospitals, once it
 * has been decided that the step may be taken. It never reaches a caller.
 */
export const consultationGrant = (organization: PrincipalOrganization, issuer: string): Grant =>
  grantOf({
    issuer,
    tokenId: 'consultation',
    clientId: 'huizhen',
    subject: 'consultation',
    organization,
    scopes: parseScopes('system/*.rs system/Task.u system/ServiceRequest.u system/Provenance.c'),
    // It needs nothing that a consent opens.
    purpose: 'HOPERAT',
    expiresAt: 0,
  })
