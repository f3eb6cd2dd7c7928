import { randomBytes } from 'node:crypto'
import { principalOfClient } from './access/client-principal.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { sharedSecret } from './db/secret.ts'
import type { Context } from './interactions/interaction.ts'
import type { Registry } from './registry/registry.ts'
import { createFeedIntake } from './store/feed-intake.ts'
import { createFeedSeal } from './store/feed-seal.ts'

const keyBytes = 32

/** What the feed desk is made of. */
export interface FeedParts {
  readonly database: Database
  readonly registry: Registry
  readonly onFault: (error: unknown) => void
  readonly now: () => Date
  readonly newId: () => string
}

/** The part of the context that keeps what was refused, and that stands in for clients when it is sent again. */
export const openFeed = async (
  { feedKey, baseUrl }: Pick<Config, 'feedKey' | 'baseUrl'>,
  { database, registry, onFault, now, newId }: FeedParts,
): Promise<Pick<Context, 'feed' | 'feedSeal' | 'principalOfClient'>> => {
  const kept = (): Promise<Buffer> =>
    sharedSecret(database.kysely, 'feed', async () => randomBytes(keyBytes))
  const feedSeal = createFeedSeal(feedKey === undefined ? await kept() : Buffer.from(feedKey))
  return {
    feedSeal,
    feed: createFeedIntake({ queryable: database, seal: feedSeal, now, onFault }),
    principalOfClient: async (id, organizationNumber) => {
      await registry.refresh()
      const client = await registry.clients.byId(id)
      if (client?.organization !== organizationNumber) return undefined
      const organization = await registry.organizations.byNumber(organizationNumber)
      const issuer = `${baseUrl}/auth`
      const made = { issuer, tokenId: newId(), seconds: now().getTime() / 1000 }
      return principalOfClient(client, organization, made)
    },
  }
}
