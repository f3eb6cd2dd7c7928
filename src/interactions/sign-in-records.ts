import type { Registry } from '../registry/registry.ts'
import { emptyRecord, type RefusalCounter } from '../store/audit-refusals.ts'
import type { AuditTrail } from '../store/audit.ts'

/** A token given out, or refused with an error of OAuth 2.0; `auth/` tells of it. */
export interface SignInEvent {
  readonly clientId: string | null
  readonly subject: string | null
  readonly tokenId: string | null
  readonly refusal: string | null
}

/** What sign-ins are recorded with. */
export interface SignInRecording {
  readonly auditTrail: AuditTrail
  readonly refusals: RefusalCounter
  readonly registry: Registry
  readonly now: () => Date
  readonly newId: () => string
}

/**
 * Records sign-ins under the organization of the client: each token with its id, by which the requests
 * it was used for are found; refusals of one kind counted together.
 */
export const createSignInRecords =
  ({ auditTrail, refusals, registry, now, newId }: SignInRecording) =>
  async ({ clientId, subject, tokenId, refusal }: SignInEvent): Promise<void> => {
    const client = clientId === null ? undefined : await registry.clients.byId(clientId)
    const organization = client?.organization ?? null
    const known = client === undefined ? null : clientId
    if (refusal !== null)
      return refusals.count({
        ...{ interaction: 'login', outcome: 400, detail: refusal, client: known, organization },
      })
    const person = subject === null ? undefined : await registry.people.byId(subject)
    auditTrail.note([
      {
        ...emptyRecord,
        ...{ recorded: now().toISOString(), requestId: newId(), owner: organization, organization },
        ...{ client: known, subject, practitioner: person?.id ?? null, tokenId },
        ...{ interaction: 'login', outcome: 200, detail: 'token-issued' },
      },
    ])
  }
