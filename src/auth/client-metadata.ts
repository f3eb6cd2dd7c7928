import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Client } from '../registry/clients.ts'
import { authorizationCodeGrant } from '../registry/grant-names.ts'
import { isNative } from '../registry/redirect-uri.ts'
import type { Registry } from '../registry/registry.ts'

/**
 * Shows the registry's clients to the authorization server; it registers none itself. A client that
 * is switched off, or whose organization is, does not exist here.
 */
export const createClientSource = (registry: Registry, grantTypes: readonly string[]): Adapter => ({
  async find(id) {
    if (!/^[a-z][a-z0-9-]{1,62}$/.test(id)) return undefined
    await registry.refresh()
    const client = await registry.clients.byId(id)
    if (client === undefined || !client.active) return undefined
    const organization = await registry.organizations.byNumber(client.organization)
    return organization?.active === true ? metadataOf(client, grantTypes) : undefined
  },
  upsert: refuse,
  findByUserCode: refuse,
  findByUid: refuse,
  consume: refuse,
  destroy: refuse,
  revokeByGrantId: refuse,
})

const refuse = async (): Promise<never> => {
  throw new Error('clients are registered with the huizhen command only')
}

/** A client that can be sent codes, and to where. */
const codeMetadata = ({ redirectUris, ...client }: Client, grantTypes: readonly string[]) => {
  const isServed = [client.grantTypes, grantTypes].every(all =>
    all.includes(authorizationCodeGrant),
  )
  if (!isServed || redirectUris.length === 0) return { response_types: [], redirect_uris: [] }
  return {
    response_types: ['code' as const],
    redirect_uris: [...redirectUris],
    application_type: redirectUris.some(isNative) ? ('native' as const) : ('web' as const),
  }
}

/** @see https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata */
const metadataOf = (client: Client, grantTypes: readonly string[]): AdapterPayload => ({
  client_id: client.id,
  grant_types: client.grantTypes.filter(grantType => grantTypes.includes(grantType)),
  ...codeMetadata(client, grantTypes),
  token_endpoint_auth_method: client.authMethod,
  ...(client.jwks === undefined ? {} : { jwks: { keys: [...client.jwks.keys] } }),
  // Only the hash is known; comparison hashes what the client sends.
  ...(client.secretHash === undefined ? {} : { client_secret: client.secretHash }),
})
