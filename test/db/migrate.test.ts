import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { migrate, MigrationRefused, readMigrations } from '../../src/db/migrate.ts'
import { createDatabase } from '../../src/db/pool.ts'
import { onServer, urlOf } from '../database.ts'

const anEmptyDatabase = async (t: Test): Promise<string> => {
  const name = `huizhen_empty_${randomUUID().slice(0, 8)}`
  await onServer(client => client.query(`create database ${name} template template0`))
  t.teardown(() => onServer(client => client.query(`drop database ${name} (force)`)))
  return urlOf(name)
}

const aFolder = async (t: Test, files: Record<string, string>): Promise<URL> => {
  const folder = await mkdtemp(`${tmpdir()}/huizhen-migrations-`)
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(`${folder}/${name}`, text)
  return pathToFileURL(`${folder}/`)
}

const one = { '0001-one.sql': 'create table one (id int);\n' }
const two = { ...one, '0002-two.sql': 'create table two (id int);\n' }

t.test('twenty processes may migrate one database at once', async t => {
  const url = await anEmptyDatabase(t)
  const all = (await readMigrations()).map(({ name }) => name)
  const applied = await Promise.all(Array.from({ length: 20 }, () => migrate({ url })))
  t.same(
    applied.filter(names => names.length > 0),
    [all],
    'exactly one did the work',
  )
  t.same(await migrate({ url }), [], 'and nothing is left to do')
})

t.test('a database moves forward by the files it lacks', async t => {
  const url = await anEmptyDatabase(t)
  t.same(await migrate({ url }, await readMigrations(await aFolder(t, one))), ['0001-one.sql'])
  t.same(await migrate({ url }, await readMigrations(await aFolder(t, two))), ['0002-two.sql'])
})

t.test('a database newer than the program is refused', async t => {
  const url = await anEmptyDatabase(t)
  await migrate({ url }, await readMigrations(await aFolder(t, two)))
  const older = await readMigrations(await aFolder(t, one))
  await t.rejects(
    migrate({ url }, older),
    new MigrationRefused(
      'the database is newer than this program: it has 0002-two.sql. Install the newer version.',
    ),
  )
})

t.test('an edited file is refused', async t => {
  const url = await anEmptyDatabase(t)
  await migrate({ url }, await readMigrations(await aFolder(t, one)))
  const edited = await aFolder(t, { '0001-one.sql': 'create table other (id int);\n' })
  await t.rejects(migrate({ url }, await readMigrations(edited)), { message: /was edited/ })
})

t.test('a file put before applied ones is refused', async t => {
  const url = await anEmptyDatabase(t)
  await migrate({ url }, await readMigrations(await aFolder(t, { '0002-two.sql': 'select 1;' })))
  const files = await aFolder(t, { '0002-two.sql': 'select 1;', '0001-one.sql': 'select 1;' })
  await t.rejects(migrate({ url }, await readMigrations(files)), { message: /comes before/ })
})

t.test('a file that fails leaves nothing of itself', async t => {
  const url = await anEmptyDatabase(t)
  const broken = { ...one, '0002-two.sql': 'create table two (id int);\nselect 1/0;\n' }
  await t.rejects(migrate({ url }, await readMigrations(await aFolder(t, broken))))
  const database = createDatabase({ url })
  t.teardown(() => database.close())
  const text = `select to_regclass('one')::text as one, to_regclass('two')::text as two`
  t.same(await database.query({ name: 'tables', text, values: [] }), [{ one: 'one', two: null }])
})

t.test('a header may ask for no transaction', async t => {
  const url = await anEmptyDatabase(t)
  const files = await aFolder(t, {
    ...one,
    '0002-two.sql': '-- transaction: none\ncreate index concurrently one_id on one (id);\n',
  })
  t.same(await migrate({ url }, await readMigrations(files)), ['0001-one.sql', '0002-two.sql'])
})

t.test('a file without a number of its own is refused', async t => {
  for (const name of ['one.sql', '0001-two.sql']) {
    const folder = await aFolder(t, { ...one, [name]: 'select 1;' })
    await t.rejects(readMigrations(folder), MigrationRefused)
  }
})
