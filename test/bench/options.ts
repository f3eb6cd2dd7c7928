import { parseArgs } from 'node:util'

/** What a run of the benchmark does. */
export interface BenchOptions {
  /** Names of workloads; undefined for all. */
  readonly workloads: readonly string[] | undefined
  /** An earlier results file to compare with. */
  readonly compare: string | undefined
  /** Folder for one CPU profile of the server per workload, taken outside the measured rounds. */
  readonly profile: string | undefined
  readonly patientsMax: number
  /** Numbers of Observations to measure growth at; undefined for the workloads. */
  readonly sizes: readonly number[] | undefined
  /** Validation alone, in place of the workloads. */
  readonly isValidation: boolean
  readonly concurrencies: readonly number[]
  readonly rounds: number
  readonly roundSeconds: number
  readonly warmUpSeconds: number
}

export const help = `npm run bench -- [options]

Starts PostgreSQL, Huizhen and a bare server (the floor) on this machine, loads data, and measures
one against the other in alternating rounds. Writes bench/results.json.

  --quick              concurrency 8 only, three short rounds; under two minutes
  --workloads <a,b>    only these workloads
  --compare <file>     show the change against an earlier results file
  --patients <n>       patients to load at most (default 40)
  --profile <folder>   also write a CPU profile of the server per workload
  --scale              instead: patients' searches with 0.1 and 1 million Observations, copies of
                       generated ones, and how much they grow; a patient with 50,000
  --sizes <a,b>        numbers of Observations for --scale
  --validation         instead: validations per second by type, against ajv on the JSON Schema of R4
                       and against what the floor takes for a create
  --help

DATABASE_URL names another PostgreSQL; a database is made on it and dropped at the end.
HUIZHEN_DATA names the folder of third-party data; without the data, patients are generated.
`

const full = { concurrencies: [1, 8, 32], rounds: 5, roundSeconds: 2, warmUpSeconds: 1 }
const quick = { concurrencies: [8], rounds: 3, roundSeconds: 0.8, warmUpSeconds: 0.5 }

/**
 * The options in `args`, or undefined when help is wanted.
 * @throws TypeError for an unknown option
 */
export const readOptions = (args: readonly string[]): BenchOptions | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      workloads: { type: 'string' },
      compare: { type: 'string' },
      profile: { type: 'string' },
      scale: { type: 'boolean', default: false },
      validation: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '100000,1000000' },
      patients: { type: 'string', default: '40' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const patientsMax = Number(values.patients)
  if (!Number.isInteger(patientsMax) || patientsMax < 1)
    throw new TypeError('--patients: expected a whole number, at least 1')
  return {
    ...(values.quick ? quick : full),
    workloads: values.workloads?.split(',').map(name => name.trim()),
    compare: values.compare,
    profile: values.profile,
    patientsMax,
    isValidation: values.validation,
    sizes: values.scale ? sizesOf(values.sizes) : undefined,
  }
}

/** @throws TypeError */
const sizesOf = (text: string): readonly number[] => {
  const sizes = text.split(',').map(Number)
  if (sizes.some((size, at) => !Number.isInteger(size) || size <= (sizes[at - 1] ?? 0)))
    throw new TypeError('--sizes: expected whole numbers, each larger than the one before')
  return sizes
}
