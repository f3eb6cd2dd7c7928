/** `npm run bench`: measures Huizhen against a bare server on the same PostgreSQL. */
import { readBundles } from './bundles.ts'
import { diskFigures } from './database-place.ts'
import { loadDataset, type Dataset } from './dataset.ts'
import { messageOf, say, undo } from './ending.ts'
import { measure, type Measurement } from './measure.ts'
import { help, readOptions, type BenchOptions } from './options.ts'
import { prepare, type AnswerBytes } from './prepare.ts'
import { profile } from './profile.ts'
import { commit, machine, readResults, writeResults, type Results } from './results.ts'
import { scale } from './scale.ts'
import { buildStage, type Stage } from './stage.ts'
import { forgetPeak, peakMegabytes } from './system-figures.ts'
import { comparison, summary, table } from './table.ts'
import { benchValidation } from './validation.ts'
import { chosenWorkloads, type Workload } from './workloads.ts'

const profileSeconds = 5
const profileConcurrency = 8

interface Measured {
  readonly measurements: Measurement[]
  readonly answerBytes: Record<string, AnswerBytes>
  readonly peak: Record<string, number>
  readonly failed: Record<string, string>
}

/** Runs one workload at every concurrency. What it measured before it failed is kept. */
const runWorkload = async (
  workload: Workload,
  { dataset, stage }: { readonly dataset: Dataset; readonly stage: Stage },
  options: BenchOptions,
  measured: Measured,
): Promise<void> => {
  const { name } = workload
  measured.answerBytes[name] = await prepare(workload, dataset, stage)
  forgetPeak(stage.huizhen.pid)
  for (const concurrency of options.concurrencies) {
    say(`${name} at concurrency ${concurrency}`)
    measured.measurements.push(await measure(workload, stage, { ...options, concurrency }))
  }
  measured.peak[name] = peakMegabytes(stage.huizhen.pid)
  if (options.profile !== undefined) await profileWorkload(workload, stage, options.profile)
}

/** Profiles the server under a workload, after its figures have been taken. */
const profileWorkload = async (
  { name, title, caller }: Workload,
  { huizhen, load, authorize }: Stage,
  folder: string,
): Promise<void> => {
  const run = {
    plan: `${name} huizhen`,
    seconds: profileSeconds,
    requestsMin: 0,
    concurrency: profileConcurrency,
    authorization: await authorize(caller),
  }
  const top = await profile({ port: huizhen.inspectorPort!, folder, name }, () => load.run(run))
  process.stdout.write(`\n${title}: self time\n${top}\n`)
}

const bench = async (options: BenchOptions): Promise<Results> => {
  const chosen = chosenWorkloads(options.workloads)
  const now = new Date()
  const stage = await buildStage(options.profile !== undefined)
  const patients = readBundles(options.patientsMax)
  say(`loading ${patients.bundles.length} patients (${patients.source})`)
  const { huizhen, authorize } = stage
  const dataset = await loadDataset(patients, huizhen.origin, { authorize, now })
  const disk = await diskFigures(stage.client)
  const measured: Measured = { measurements: [], answerBytes: {}, peak: {}, failed: {} }
  for (const workload of chosen)
    try {
      await runWorkload(workload, { dataset, stage }, options, measured)
    } catch (error) {
      measured.failed[workload.name] = messageOf(error)
      say(`${workload.name} failed: ${messageOf(error)}`)
    }
  const { peak, ...rest } = measured
  return {
    date: now.toISOString(),
    machine: machine(),
    versions: { huizhen: commit(), node: process.version, postgresql: stage.databaseVersion },
    data: {
      source: patients.source,
      patients: dataset.patients.length,
      resources: dataset.references.length,
      loadedPerSecond: dataset.resourcesPerSecond,
    },
    start: stage.start,
    memoryMegabytes: { idle: stage.idleMegabytes, peak },
    disk,
    ...rest,
  }
}

/** Whether every workload was measured and every answer was the expected one. */
const isWhole = ({ failed, measurements }: Results): boolean =>
  Object.keys(failed).length === 0 &&
  measurements.every(({ huizhen, floor }) => huizhen.failures + floor.failures === 0)

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(help)
    return 0
  }
  if (options.isValidation) {
    await benchValidation()
    return 0
  }
  if (options.sizes !== undefined) return (await scale(options.sizes)) ? 0 : 1
  const earlier = options.compare === undefined ? undefined : readResults(options.compare)
  const results = await bench(options)
  writeResults(results)
  const { measurements } = results
  if (measurements.length > 0) process.stdout.write(`\n${table(measurements)}\n`)
  process.stdout.write(`\n${summary(results)}\n`)
  if (earlier !== undefined) {
    const text = comparison(measurements, earlier.measurements)
    process.stdout.write(`\nAgainst ${earlier.date}:\n${text}\n`)
  }
  return isWhole(results) ? 0 : 1
}

// A reader of the table that has gone must not keep servers and folders from being removed.
process.stdout.on('error', () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void undo().then(() => process.exit(130)))

try {
  process.exitCode = await main()
} catch (error) {
  say(messageOf(error))
  process.exitCode = 1
} finally {
  await undo()
}
