/** `npm run bench -- --scale`: the same searches with ten times as much stored. */
import { generatedBundles } from './generated-patients.ts'
import { loadDataset, type LoadedPatient } from './dataset.ts'
import { say } from './ending.ts'
import {
  addPatients,
  addPatientWithMany,
  observationsEach,
  observationsOfMany,
  patientWithMany,
} from './scale-data.ts'
import { buildStage, type Stage } from './stage.ts'
import { spread } from './statistics.ts'
import { cpuMilliseconds, databaseCpuMilliseconds } from './system-figures.ts'
import type { Caller } from './tokens.ts'

/** One kind of request about one patient. */
interface Shape {
  readonly name: string
  readonly caller: Caller
  readonly path: (patient: string, known: LoadedPatient) => string
}

const laboratory = (patient: string): string =>
  `Observation?patient=${patient}&category=laboratory&_sort=-date&_count=50`
const codeDate = (patient: string, { code, since }: LoadedPatient): string =>
  `Observation?patient=${patient}&code=${encodeURIComponent(code)}&date=ge${since}`

const shapes: readonly Shape[] = [
  { name: 'read own', caller: 'owner', path: patient => `Observation/${patient}-7` },
  { name: 'laboratory own', caller: 'owner', path: laboratory },
  { name: 'laboratory cross', caller: 'specialist', path: laboratory },
  { name: 'code and date own', caller: 'owner', path: codeDate },
]

/** What a shape costs at one size. */
interface Figures {
  readonly p50: number
  readonly p99: number
  /** CPU milliseconds per request of server and database together; NaN where they cannot be known. */
  readonly cpu: number
}

const pathsMax = 2000
const concurrency = 8
const warmUp = { seconds: 1, requestsMin: 3000 }
const measured = { seconds: 4, requestsMin: 500 }
/** The most a shape may grow from the first size to the last, and the patient with many over another. */
const bars = { growth: 1.3, many: 2 }

/** Figures of one shape about these patients. @throws Error when an answer is not 200 */
const figuresOf = async (
  { name, caller, path }: Shape,
  patients: readonly string[],
  known: LoadedPatient,
  { huizhen, load, authorize, postmaster }: Stage,
): Promise<Figures> => {
  const paths = patients.map(patient => `/fhir/${path(patient, known)}`)
  const plan = { method: 'GET', origin: huizhen.origin, bodies: [], statusExpected: 200 } as const
  await load.plan(name, { ...plan, paths })
  const authorization = await authorize(caller)
  const run = { plan: name, concurrency, authorization }
  await load.run({ ...run, ...warmUp })
  const cpu = () => cpuMilliseconds(huizhen.pid) + databaseCpuMilliseconds(postmaster)
  const before = cpu()
  const outcome = await load.run({ ...run, ...measured })
  if (outcome.failures > 0) throw new Error(`${name}: ${outcome.firstFailure}`)
  const { p50, p99, requests } = outcome
  return { p50, p99, cpu: (cpu() - before) / requests }
}

type BySize = ReadonlyMap<number, Figures>

/** Measures each shape at each number of Observations. @returns whether all stay within the bars */
export const scale = async (sizes: readonly number[]): Promise<boolean> => {
  const stage = await buildStage(false)
  const now = new Date()
  const bundles = { source: 'generated', bundles: generatedBundles(1) } as const
  const { authorize, client, huizhen } = stage
  const dataset = await loadDataset(bundles, huizhen.origin, { authorize, now })
  const known = dataset.patients[0]!
  const found = new Map<string, Map<number, Figures>>(shapes.map(({ name }) => [name, new Map()]))
  let count = 0
  for (const size of sizes) {
    say(`growing to ${size} Observations`)
    const next = Math.ceil(size / observationsEach)
    await addPatients(client, known.id, [count + 1, next])
    count = next
    await client.query('vacuum (analyze)')
    const all = spread(Array.from({ length: count }, (_, at) => `scale-${at + 1}`))
    for (const shape of shapes) {
      say(`${shape.name} at ${size}`)
      found.get(shape.name)!.set(size, await figuresOf(shape, all.slice(0, pathsMax), known, stage))
    }
  }
  say(`a patient with ${observationsOfMany} Observations`)
  await addPatientWithMany(client, known.id)
  await client.query('vacuum (analyze)')
  const search = shapes[1]!
  const uncounted = { ...search, path: (patient: string) => `${laboratory(patient)}&_total=none` }
  const figures = (shape: Shape, patient: string) => figuresOf(shape, [patient], known, stage)
  return report(found, [
    ['exact total', await figures(search, 'scale-1'), await figures(search, patientWithMany)],
    ['no total', await figures(uncounted, 'scale-1'), await figures(uncounted, patientWithMany)],
  ])
}

const report = (
  found: ReadonlyMap<string, BySize>,
  pairs: readonly (readonly [name: string, few: Figures, many: Figures])[],
): boolean => {
  const ratios: number[] = []
  const lines = [...found].flatMap(([name, bySize]) => {
    const figures = [...bySize]
    const [first, last] = [figures[0]![1], figures.at(-1)![1]]
    const ratio = last.p99 / first.p99
    ratios.push(ratio)
    return [
      ...figures.map(([size, one]) => lineOf(`${name}, ${size}`, one)),
      `  p99 grows ${ratio.toFixed(2)} times (bar ${bars.growth}), CPU ${(last.cpu / first.cpu).toFixed(2)} times`,
    ]
  })
  const ofMany = pairs.map(([name, few, many]) => {
    const ratio = many.p50 / few.p50
    lines.push(lineOf(`a patient with ${observationsEach}, ${name}`, few))
    lines.push(lineOf(`with ${observationsOfMany}, ${name}`, many))
    lines.push(`  p50 of the second over the first: ${ratio.toFixed(2)} (bar ${bars.many})`)
    return ratio
  })
  process.stdout.write(`\n${lines.join('\n')}\n`)
  return ratios.every(ratio => ratio <= bars.growth) && ofMany.every(ratio => ratio <= bars.many)
}

const lineOf = (name: string, { p50, p99, cpu }: Figures): string =>
  `${name.padEnd(32)} p50 ${p50.toFixed(1).padStart(7)} ms   p99 ${p99.toFixed(1).padStart(7)} ms   CPU ${cpu.toFixed(2).padStart(6)} ms`
