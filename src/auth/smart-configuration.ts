import { assertionAlgorithms, clientAuthMethods } from './authorization-server.ts'
import { clientCredentialsGrant, sandboxPersonGrant } from '../registry/grant-names.ts'
import { scopesSupported } from './listener.ts'

/**
 * The document at `/fhir/.well-known/smart-configuration`. It names only what works: no launch, no
 * sign-in of people yet.
 * @see https://hl7.org/fhir/smart-app-launch/conformance.html
 */
export const smartConfiguration = (
  baseUrl: string,
  sandbox: boolean,
): Readonly<Record<string, unknown>> => ({
  issuer: `${baseUrl}/auth`,
  jwks_uri: `${baseUrl}/auth/jwks`,
  token_endpoint: `${baseUrl}/auth/token`,
  token_endpoint_auth_methods_supported: clientAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  grant_types_supported: sandbox
    ? [clientCredentialsGrant, sandboxPersonGrant]
    : [clientCredentialsGrant],
  scopes_supported: scopesSupported,
  capabilities: [
    'client-confidential-symmetric',
    'client-confidential-asymmetric',
    'permission-v1',
    'permission-v2',
  ],
})
