import t from 'tap'
import {
  bigintArray,
  booleanArray,
  doubleArray,
  integerArray,
  joinedArrays,
  smallintArray,
  timestampArray,
} from '../../src/store/binary-array.ts'
import { aDatabase } from '../database.ts'

const database = await aDatabase(t, { max: 1 })

/** How PostgreSQL prints the array it has received. */
const received = async (type: string, array: Buffer): Promise<string> => {
  const [row] = await database.query<{ text: string }>({
    name: '',
    text: `select $1::${type}[]::text as text`,
    values: [array],
  })
  return row!.text
}

t.test('PostgreSQL reads numbers as they were written, nulls and empty arrays too', async t => {
  const bigints = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), null]
  t.equal(
    await received('bigint', bigintArray(bigints)),
    '{0,-1,9223372036854775807,-9223372036854775808,NULL}',
  )
  t.equal(await received('smallint', smallintArray([95, -32768, 32767])), '{95,-32768,32767}')
  t.equal(await received('integer', integerArray([null, 2147483647])), '{NULL,2147483647}')
  t.equal(await received('boolean', booleanArray([true, false])), '{t,f}')
  t.equal(
    await received('double precision', doubleArray([0.1, -0, 5e-324, Infinity, -Infinity, null])),
    '{0.1,-0,5e-324,Infinity,-Infinity,NULL}',
  )
  t.equal(await received('bigint', bigintArray([])), '{}')
})

t.test('arrays behind one another are one array', async t => {
  t.equal(await received('bigint', joinedArrays([[3n, 1n], [], [-2n]])), '{3,1,-2}')
  t.equal(await received('bigint', joinedArrays([[], []])), '{}')
})

t.test('instants keep their microseconds, in any year FHIR can write', async t => {
  const texts = [
    '2026-11-24T15:39:44.546Z',
    '2026-11-24T15:39:44.123456Z',
    '1999-12-31T23:59:59.999999Z',
    '1969-12-31T23:59:59.000001Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '-infinity',
    'infinity',
  ]
  const sent = await database.query<{ same: boolean }>({
    name: '',
    text: 'select x = y as same from unnest($1::timestamptz[], $2::timestamptz[]) as i(x, y)',
    values: [timestampArray(texts), texts],
  })
  t.same(
    sent,
    texts.map(() => ({ same: true })),
  )
})
