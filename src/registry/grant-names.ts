/** OAuth 2.0 client credentials, for systems. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export const clientCredentialsGrant = 'client_credentials'

/** Sandbox only: a client of kind `people` gets a token for a registered person, without a browser. */
export const sandboxPersonGrant = 'urn:huizhen:grant-type:sandbox-person'

/** A person signs in with a browser, and their app gets a code. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1 */
export const authorizationCodeGrant = 'authorization_code'

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-6 */
export const refreshTokenGrant = 'refresh_token'
