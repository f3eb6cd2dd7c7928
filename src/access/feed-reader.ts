import { Forbidden } from '../fhir/errors.ts'
import { integrationRole, type Person } from '../registry/people.ts'
import type { Principal } from './principal.ts'

/** Who looks at the feed desk, and whose refused payloads that shows. */
export interface FeedReader {
  readonly organization: number
  /** Only those of this client; null: of all clients of the organization. */
  readonly client: string | null
  /** For the audit trail. */
  readonly who: {
    readonly client: string | null
    readonly subject: string
    readonly practitioner: string | null
    readonly tokenId: string | null
    readonly purpose: string | null
  }
}

/**
 * A system sees what it has sent itself; the integration engineers of a hospital see what all of its
 * clients have sent. Nobody sees what another hospital's have.
 * @throws Forbidden for everybody else
 */
export const feedReaderOf = (principal: Principal): FeedReader => {
  const { organization, clientId, subject, practitioner, tokenId, purpose } = principal
  const isSystem = practitioner === undefined && principal.isPatient !== true
  const isBound = principal.patient !== undefined
  if (isBound || (!isSystem && principal.isIntegrator !== true))
    throw new Forbidden('feed-forbidden')
  return {
    organization: organization.number,
    client: isSystem ? clientId : null,
    who: { client: clientId, subject, practitioner: practitioner ?? null, tokenId, purpose },
  }
}

/** The same of a person who has signed in at the desk; undefined for who is no integration engineer. */
export const feedReaderOfPerson = (person: Person | undefined): FeedReader | undefined =>
  person?.active === true && person.role === integrationRole
    ? {
        organization: person.organization,
        client: null,
        who: {
          ...{ client: null, subject: person.id, practitioner: person.id },
          ...{ tokenId: null, purpose: null },
        },
      }
    : undefined
