import { randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { requireOrganization } from './organizations.ts'
import { RegistryRefusal } from './refusal.ts'

/** Where an organization is told of what concerns it. */
export interface Webhook {
  readonly url: string
  /** Notices that are still to be delivered. */
  readonly waiting: number
  /** Notices given up. */
  readonly failed: number
}

/** The addresses that notices are sent to: no other is ever asked. */
export interface Webhooks {
  /** Undefined where nobody is told. @throws RegistryRefusal when there is no such organization */
  of(organizationId: string): Promise<Webhook | undefined>
  /**
   * Sets the address, with a new secret, which is shown here once.
   * @param isSandbox whether an address without TLS will do
   * @throws RegistryRefusal for an address that notices cannot be sent to
   */
  set(organizationId: string, url: string, isSandbox: boolean): Promise<string>
  /** What is still to be delivered is given up. */
  remove(organizationId: string): Promise<void>
}

const secretBytes = 32
const urlCharactersMax = 2000

/** @param kysely of the database the registry is kept in */
export const createWebhooks = (kysely: Kysely<Tables>): Webhooks => ({
  async of(id) {
    const { number } = await requireOrganization(kysely, id)
    const hook = await kysely
      .selectFrom('webhook')
      .select('url')
      .where('owner', '=', number)
      .executeTakeFirst()
    if (hook === undefined) return undefined
    const counted = await kysely
      .selectFrom('webhook_notice')
      .select([
        sql<number>`(count(*) filter (where ended is null))::integer`.as('waiting'),
        sql<number>`(count(*) filter (where ended is not null and outcome !~ '^2'))::integer`.as(
          'failed',
        ),
      ])
      .where('owner', '=', number)
      .executeTakeFirstOrThrow()
    return { url: hook.url, ...counted }
  },
  async set(id, url, isSandbox) {
    const { number } = await requireOrganization(kysely, id)
    requireUrl(url, isSandbox)
    const secret = randomBytes(secretBytes)
    await kysely
      .insertInto('webhook')
      .values({ owner: number, url, secret })
      .onConflict(conflict => conflict.column('owner').doUpdateSet({ url, secret }))
      .execute()
    return secret.toString('hex')
  },
  async remove(id) {
    const { number } = await requireOrganization(kysely, id)
    await kysely.deleteFrom('webhook').where('owner', '=', number).execute()
  },
})

const requireUrl = (text: string, isSandbox: boolean): void => {
  const url = URL.canParse(text) && text.length <= urlCharactersMax ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (isSandbox && url?.protocol === 'http:')
  if (!isSafe || url?.username !== '' || url.password !== '' || url.hash !== '')
    throw new RegistryRefusal(
      'a webhook is an https:// address without user, password and fragment; http:// will do in the sandbox',
    )
}
