import type { Database, Statement } from '../db/database.ts'
import { loadDefinitions } from '../fhir/definitions.ts'
import { createClients, type Clients } from './clients.ts'
import { createCredentials, type Credentials } from './credentials.ts'
import { createFreshness, type Freshness } from './freshness.ts'
import { createIssuers, type Issuers } from './issuers.ts'
import { createOrganizations, type Organizations } from './organizations.ts'
import { createPeople, type People } from './people.ts'
import { createLiveDefinitions, type LiveDefinitions } from './search-parameters.ts'
import { createPolicies, type Policies } from './policies.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'
import { createRevocations, type Revocations } from './revocations.ts'

/**
 * Who takes part. `refresh` at the start of a request makes everything that was committed before
 * the request visible to it; all the rest is then answered from memory.
 */
export interface Registry extends Freshness {
  readonly organizations: Organizations
  readonly clients: Clients
  readonly people: People
  readonly issuers: Issuers
  /** R4 and what operators have added to it. */
  readonly definitions: LiveDefinitions
  readonly policies: Policies
  readonly credentials: Credentials
  readonly revocations: Revocations
  readonly webhooks: Webhooks
}

const generationStatement: Statement = {
  name: 'registry-generation',
  text: 'select generation from registry_generation',
  values: [],
  isShort: true,
}

/** One per process: what it remembers is shared by all requests. */
export const createRegistry = (database: Database): Registry => {
  const { kysely } = database
  const definitions = createLiveDefinitions(kysely, loadDefinitions())
  let known: bigint | undefined
  const freshness = createFreshness(async () => {
    const [row] = await database.query<{ generation: bigint }>(generationStatement)
    const generation = row?.generation ?? 0n
    if (generation !== known) await definitions.renew()
    known = generation
    return generation
  })
  return {
    ...freshness,
    definitions,
    organizations: createOrganizations(kysely, freshness),
    clients: createClients(kysely, freshness),
    people: createPeople(kysely, freshness),
    issuers: createIssuers(kysely, freshness),
    policies: createPolicies(kysely),
    credentials: createCredentials(kysely),
    revocations: createRevocations(kysely),
    webhooks: createWebhooks(kysely),
  }
}
