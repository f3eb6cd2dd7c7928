import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * The secret of this name, the same for every process of one installation: whoever comes first makes
 * it, and all others read it.
 */
export const sharedSecret = async (
  kysely: Kysely<Tables>,
  name: string,
  make: () => Promise<Buffer>,
): Promise<Buffer> => {
  const read = () =>
    kysely.selectFrom('secret').select('value').where('name', '=', name).executeTakeFirst()
  const known = await read()
  if (known !== undefined) return known.value
  await kysely
    .insertInto('secret')
    .values({ name, value: await make() })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  const stored = await read()
  if (stored === undefined) throw new Error(`the secret ${name} vanished while it was made`)
  return stored.value
}
