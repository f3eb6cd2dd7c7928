import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What each room may import. The files at the top of src are rooms of their own. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  fhir: [],
  'config-formats': [],
  config: ['config-formats', 'fhir'],
  db: ['fhir'],
  terminology: ['fhir'],
  search: ['db', 'fhir'],
  registry: ['db', 'fhir'],
  store: ['search', 'db', 'fhir'],
  access: ['registry', 'store', 'search', 'fhir'],
  auth: ['registry', 'access', 'db', 'fhir'],
  interactions: ['access', 'store', 'search', 'registry', 'terminology', 'fhir'],
  jobs: ['store', 'search', 'fhir'],
  sandbox: ['registry', 'interactions', 'access', 'fhir', 'config'],
  http: ['interactions', 'access', 'fhir', 'config'],
  feed: ['interactions', 'access', 'registry', 'store', 'db', 'config', 'fhir'],
  work: ['jobs', 'interactions', 'registry', 'store', 'db', 'config'],
  health: ['http', 'interactions', 'store', 'db', 'fhir'],
  serving: ['health', 'http', 'auth', 'interactions', 'access', 'config', 'fhir'],
  app: [
    'serving',
    'feed',
    'work',
    'http',
    'interactions',
    'access',
    'auth',
    'registry',
    'sandbox',
    'store',
    'search',
    'db',
    'fhir',
    'config',
  ],
  main: ['app', 'config', 'sandbox'],
  commands: [
    'http',
    'config',
    'app',
    'main',
    'jobs',
    'interactions',
    'access',
    'auth',
    'registry',
    'sandbox',
    'store',
    'search',
    'db',
    'fhir',
  ],
}

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length))

const isCode = (file: string): boolean => /\.(ts|mjs)$/.test(file)
const sources = filesBelow('src').filter(isCode)
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** `src/store/write.ts` is in the room `store`, `src/app.ts` in the room `app`. */
const roomOf = (file: string): string => file.split('/')[1]!.replace(/\.(ts|mjs)$/, '')

interface Edge {
  readonly file: string
  readonly target: string
  readonly names: string
}

const importPattern = /^(?:import|export)\s([^'";]*?)\bfrom\s+'(\.[^']+\.ts)'/gm
const barePattern = /^(import)\s+'(\.[^']+\.ts)'/gm
const dynamicPattern = /\b(import)\(\s*'(\.[^']+\.ts)'\s*\)/g

/** Every import of one of our files by another. */
const edgesOf = (file: string): Edge[] =>
  [importPattern, barePattern, dynamicPattern].flatMap(pattern =>
    [...textOf(file).matchAll(pattern)].map(([, names, path]) => ({
      file,
      target: normalize(join(dirname(file), path!)),
      names: names ?? '',
    })),
  )

const edges = sources.flatMap(edgesOf)

t.test('the checks see the code', async t => {
  t.ok(sources.length > 50, `${sources.length} source files`)
  t.ok(edges.length > 100, `${edges.length} imports`)
  for (const { file, target } of edges) {
    if (!existsSync(join(root, target))) t.fail(`${file} imports ${target}, which is not there`)
  }
  for (const room of new Set(sources.filter(file => file.endsWith('.ts')).map(roomOf))) {
    t.ok(room in rooms, `the room ${room} has arrows`)
  }
})

t.test('rooms import only downwards', async t => {
  for (const { file, target } of edges.filter(edge => edge.file.endsWith('.ts'))) {
    const [from, to] = [roomOf(file), roomOf(target)]
    if (from !== to && rooms[from]?.includes(to) !== true) t.fail(`${file} imports ${target}`)
  }
  t.ok(
    edges.some(({ file, target }) => roomOf(file) !== roomOf(target)),
    'rooms do meet',
  )
})

t.test('the arrows have no circle', async t => {
  const reaches = (from: string, to: string): boolean =>
    rooms[from]!.some(next => next === to || reaches(next, to))
  for (const room of Object.keys(rooms))
    t.notOk(reaches(room, room), `${room} does not reach itself`)
})

t.test('only access and tests may say what a request is permitted to see', async t => {
  const makers = edges.filter(
    ({ target, names }) => target === 'src/search/permitted.ts' && /\bpermit\b/.test(names),
  )
  t.ok(makers.length > 0, 'the maker is in use')
  for (const { file } of makers) t.equal(roomOf(file), 'access', `${file} imports permit`)
})

t.test('only the reindexing reads records without a grant', async t => {
  const door = ['src/store/reindex-rows.ts', 'src/store/reindex-versions.ts']
  const users = edges.filter(
    ({ target, names }) => door.includes(target) && !/^type\b/.test(names.trim()),
  )
  t.ok(users.length > 0, 'the door is in use')
  for (const { file } of users) t.equal(roomOf(file), 'jobs', `${file} uses the door`)
  const importers = edges.filter(({ target }) => roomOf(target) === 'jobs')
  const outside = importers.filter(({ file }) => roomOf(file) !== 'jobs')
  t.same([...new Set(outside.map(({ file }) => roomOf(file)))].sort(), ['work'])
})

t.test('only config.ts reads the environment', async t => {
  const readers = sources.filter(file => /process\.env\b|process\[['"]env/.test(textOf(file)))
  t.same(
    readers.filter(file => file.endsWith('.ts')),
    ['src/config.ts'],
  )
})

t.test('files have names of their own and are no barrels', async t => {
  const banned =
    /^(util|utils|helper|helpers|manager|service|handler|processor|base|common|data|info|impl)$/
  for (const file of sources) {
    const words = basename(file)
      .replace(/\.(ts|mjs)$/, '')
      .split('-')
    if (words.some(word => banned.test(word)) || words.join() === 'index')
      t.fail(`${file}: the name says nothing`)
    if (basename(file) !== basename(file).toLowerCase()) t.fail(`${file}: not in kebab-case`)
    const code = textOf(file)
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .trim()
    if (/^(export [^=]*? from '[^']+'\s*)+$/.test(code)) t.fail(`${file} only passes exports on`)
  }
  t.ok(sources.every(file => file.startsWith('src/')))
})

const tracked = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(file => file !== '' && existsSync(join(root, file)))

t.test('no file names a place of one machine or a package registry', async t => {
  if (!existsSync(join(root, '.git'))) {
    t.pass('no git here', { skip: 'the list of files comes from git' })
    return
  }
  // Written in pieces, so that this file does not match itself.
  const foreign = new RegExp(
    [
      `/${'home'}/[a-z]`,
      `/${'Users'}/[A-Z]`,
      `/${'work'}/`,
      `/${'root'}/`,
      `registry\\.${'npmjs'}`,
      `npm${'mirror'}`,
    ].join('|'),
  )
  const files = tracked()
  t.ok(files.length > 50, `${files.length} tracked files`)
  for (const file of files) {
    const found = foreign.exec(textOf(file))
    if (found) t.fail(`${file}: ${found[0]}`)
  }
})
