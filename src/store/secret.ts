import { randomBytes } from 'node:crypto'
import type { Queryable } from '../db/database.ts'

/** The named secret of this installation, made at first use; every process gets the same. */
export const secretNamed = async (
  queryable: Queryable,
  name: string,
  bytes: number,
): Promise<Buffer> => {
  await queryable.query({
    name: 'secret-made',
    text: 'insert into secret (name, value) values ($1, $2) on conflict do nothing',
    values: [name, randomBytes(bytes)],
  })
  const [row] = await queryable.query<{ value: Buffer }>({
    name: 'secret-named',
    text: 'select value from secret where name = $1',
    values: [name],
  })
  return row!.value
}
