import { clientCredentialsGrant, sandboxPersonGrant } from '../../src/registry/grant-names.ts'
import type { SandboxCredentials } from '../../src/sandbox/credentials.ts'

/** Who asks: the hospital that owns the records, or a specialist of another one. */
export type Caller = 'owner' | 'specialist'

/** The Authorization header of a caller; a token that has lived half its time is replaced. */
export type Authorize = (caller: Caller) => Promise<string>

const clients = {
  owner: { id: 'tinglin-ehr', form: { grant_type: clientCredentialsGrant } },
  specialist: { id: 'no6-app', form: { grant_type: sandboxPersonGrant, user: 'no6-zhang' } },
} as const

/** Tokens from the server's own token endpoint. */
export const createTokens = (origin: string, credentials: SandboxCredentials): Authorize => {
  const known = new Map<Caller, { readonly header: string; readonly until: number }>()
  return async caller => {
    const found = known.get(caller)
    if (found !== undefined && performance.now() < found.until) return found.header
    const { id, form } = clients[caller]
    const answer = await fetch(`${origin}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, purpose: 'TREAT' }),
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${credentials[id]}`).toString('base64')}`,
      },
    })
    if (!answer.ok) throw new Error(`no token for ${id}: ${answer.status} ${await answer.text()}`)
    const token = (await answer.json()) as { access_token: string; expires_in: number }
    const header = `Bearer ${token.access_token}`
    known.set(caller, { header, until: performance.now() + token.expires_in * 500 })
    return header
  }
}
