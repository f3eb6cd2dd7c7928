import { assertionAlgorithms, clientAuthMethods, servedGrants } from './configuration.ts'
import { scopesSupported } from './listener.ts'

/**
 * The document at `/fhir/.well-known/smart-configuration`. It names only what works: no launch from
 * within an EHR, no requests for a code by POST.
 * @see https://hl7.org/fhir/smart-app-launch/conformance.html
 */
export const smartConfiguration = (
  baseUrl: string,
  sandbox: boolean,
): Readonly<Record<string, unknown>> => ({
  issuer: `${baseUrl}/auth`,
  jwks_uri: `${baseUrl}/auth/jwks`,
  authorization_endpoint: `${baseUrl}/auth/authorize`,
  token_endpoint: `${baseUrl}/auth/token`,
  introspection_endpoint: `${baseUrl}/auth/introspect`,
  revocation_endpoint: `${baseUrl}/auth/revoke`,
  token_endpoint_auth_methods_supported: clientAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  grant_types_supported: servedGrants(sandbox),
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  scopes_supported: scopesSupported,
  capabilities: [
    'launch-standalone',
    'client-public',
    'client-confidential-symmetric',
    'client-confidential-asymmetric',
    'context-standalone-patient',
    'sso-openid-connect',
    'permission-offline',
    'permission-online',
    'permission-patient',
    'permission-user',
    'permission-v1',
    'permission-v2',
  ],
})
