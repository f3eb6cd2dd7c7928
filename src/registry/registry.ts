import type { Database, Statement } from '../db/database.ts'
import { createClients, type Clients } from './clients.ts'
import { createFreshness, type Freshness } from './freshness.ts'
import { createIssuers, type Issuers } from './issuers.ts'
import { createOrganizations, type Organizations } from './organizations.ts'
import { createPeople, type People } from './people.ts'

/**
 * Who takes part. `refresh` at the start of a request makes everything that was committed before
 * the request visible to it; all the rest is then answered from memory.
 */
export interface Registry extends Freshness {
  readonly organizations: Organizations
  readonly clients: Clients
  readonly people: People
  readonly issuers: Issuers
}

const generationStatement: Statement = {
  name: 'registry-generation',
  text: 'select generation from registry_generation',
  values: [],
  isShort: true,
}

/** One per process: what it remembers is shared by all requests. */
export const createRegistry = (database: Database): Registry => {
  const freshness = createFreshness(async () => {
    const [row] = await database.query<{ generation: bigint }>(generationStatement)
    return row?.generation ?? 0n
  })
  const { kysely } = database
  return {
    ...freshness,
    organizations: createOrganizations(kysely, freshness),
    clients: createClients(kysely, freshness),
    people: createPeople(kysely, freshness),
    issuers: createIssuers(kysely, freshness),
  }
}
