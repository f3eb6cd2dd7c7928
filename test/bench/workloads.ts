import type { Dataset, LoadedPatient } from './dataset.ts'
import { spread } from './statistics.ts'
import type { Caller } from './tokens.ts'

/** One kind of request, over many patients, in an order that is always the same. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** The least throughput in terms of the floor's. */
  readonly bar: number | undefined
  readonly caller: Caller
  /** What the floor does: gives back one row, one row per Bundle entry, or stores one row. */
  readonly floor: 'record' | 'page' | 'create'
  /** Of requests with a body; POST without. */
  readonly method?: 'PUT'
  /** Resources in one request; the floor always does one request's worth. */
  readonly resources: number
  paths(dataset: Dataset): readonly string[]
  /** Empty for what only reads. */
  bodies(dataset: Dataset): readonly string[]
}

/** Distinct addresses per workload at most. */
const pathsMax = 5000
const transactionEntries = 50
const transactionsMax = 40
const clinical = /^(?:Observation|Condition|Encounter|Procedure|Immunization)\//

const noBodies = (): readonly string[] => []

const read = (references: readonly string[]): readonly string[] =>
  spread(references)
    .slice(0, pathsMax)
    .map(reference => `/fhir/${reference}`)

const search =
  (query: (patient: LoadedPatient) => string) =>
  ({ patients }: Dataset): readonly string[] =>
    spread(patients).map(patient => `/fhir/${query(patient)}`)

const laboratory = search(
  ({ id }) => `Observation?patient=${id}&category=laboratory&_sort=-date&_count=50`,
)

const transactions = ({ observations }: Dataset): readonly string[] => {
  const spreadOut = spread(observations)
  const count = Math.min(transactionsMax, Math.floor(spreadOut.length / transactionEntries))
  return Array.from({ length: count }, (_, number) => {
    const entries = spreadOut
      .slice(number * transactionEntries, (number + 1) * transactionEntries)
      .map(resource => `{"resource":${resource},"request":{"method":"POST","url":"Observation"}}`)
    return `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`
  })
}

const reading = { bodies: noBodies, resources: 1 } as const

/** In the order they run: what writes comes last, so that it does not change what is read. */
export const workloads: readonly Workload[] = [
  {
    ...reading,
    name: 'read-own',
    title: 'read by id, own record',
    bar: 0.7,
    caller: 'owner',
    floor: 'record',
    paths: ({ references }) => read(references),
  },
  {
    ...reading,
    name: 'read-cross',
    title: 'read by id, cross-hospital',
    bar: 0.45,
    caller: 'specialist',
    floor: 'record',
    paths: ({ references }) => read(references.filter(reference => clinical.test(reference))),
  },
  {
    ...reading,
    name: 'lab-own',
    title: 'search laboratory, own',
    bar: 0.5,
    caller: 'owner',
    floor: 'page',
    paths: laboratory,
  },
  {
    ...reading,
    name: 'lab-cross',
    title: 'search laboratory, cross-hospital',
    bar: 0.5,
    caller: 'specialist',
    floor: 'page',
    paths: laboratory,
  },
  {
    ...reading,
    name: 'code-date',
    title: 'search patient, code, date=ge',
    bar: 0.5,
    caller: 'owner',
    floor: 'page',
    paths: search(
      ({ id, code, since }) =>
        `Observation?patient=${id}&code=${encodeURIComponent(code)}&date=ge${since}`,
    ),
  },
  {
    ...reading,
    name: 'identifier',
    title: 'Patient?identifier=',
    bar: 0.6,
    caller: 'owner',
    floor: 'page',
    paths: search(({ identifier }) => `Patient?identifier=${encodeURIComponent(identifier)}`),
  },
  {
    ...reading,
    name: 'everything',
    title: 'Patient/x/$everything',
    bar: 0.5,
    caller: 'owner',
    floor: 'page',
    paths: search(({ id }) => `Patient/${id}/$everything`),
  },
  {
    name: 'update',
    title: 'conditional update, unchanged',
    bar: 0.5,
    caller: 'owner',
    floor: 'create',
    method: 'PUT',
    resources: 1,
    paths: search(({ identifier }) => `Patient?identifier=${encodeURIComponent(identifier)}`),
    bodies: ({ patients }) => spread(patients).map(({ content }) => content),
  },
  {
    name: 'create',
    title: 'create Observation',
    bar: 0.5,
    caller: 'owner',
    floor: 'create',
    resources: 1,
    paths: () => ['/fhir/Observation'],
    bodies: ({ observations }) => spread(observations).slice(0, pathsMax),
  },
  {
    name: 'transaction',
    title: 'transaction of 50, resources/s',
    bar: 2.5,
    caller: 'owner',
    floor: 'create',
    resources: transactionEntries,
    paths: () => ['/fhir'],
    bodies: transactions,
  },
]

/** The workloads with these names, all without names. @throws TypeError for an unknown name */
export const chosenWorkloads = (names: readonly string[] | undefined): readonly Workload[] => {
  const known = workloads.map(({ name }) => name)
  const unknown = names?.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`--workloads: "${unknown}" is none of ${known.join(', ')}`)
  return workloads.filter(({ name }) => names?.includes(name) ?? true)
}
