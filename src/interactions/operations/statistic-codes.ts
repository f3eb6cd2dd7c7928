/** One measurement: when it was taken, in milliseconds, or NaN; and what it was. */
export interface Sample {
  readonly time: number
  readonly value: number
}

/** One figure of a statistic; undefined where so few samples have none. */
export interface Figure {
  readonly display: string
  readonly value: number | undefined
  /** Whether it is in the unit of the samples; false: a bare number. */
  readonly isInUnit: boolean
}

type Compute = (samples: readonly Sample[], sorted: readonly number[]) => number | undefined

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : sum(values) / values.length

/** The mean of the `power`th powers of the distances from the mean. */
const moment = (values: readonly number[], power: number): number | undefined => {
  const middle = mean(values)
  return middle === undefined ? undefined : mean(values.map(value => (value - middle) ** power))
}

/** Of a sample: divided by one less than there are. */
const variance = (values: readonly number[]): number | undefined => {
  const second = moment(values, 2)
  return second === undefined || values.length < 2
    ? undefined
    : (second * values.length) / (values.length - 1)
}

/** Between the two nearest ranks, in proportion. */
const quantile = (sorted: readonly number[], part: number): number | undefined => {
  if (sorted.length === 0) return undefined
  const rank = (sorted.length - 1) * part
  const low = sorted[Math.floor(rank)]!
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank))
}

const standardized = (values: readonly number[], power: number): number | undefined => {
  const second = moment(values, 2)
  return second === undefined || second === 0
    ? undefined
    : moment(values, power)! / second ** (power / 2)
}

/** Least squares over hours since the first measurement. */
const line = (samples: readonly Sample[]): { gradient: number; intercept: number } | undefined => {
  const dated = samples.filter(({ time }) => Number.isFinite(time))
  const first = dated.reduce((least, { time }) => Math.min(least, time), Infinity)
  const points = dated.map(({ time, value }) => ({ x: (time - first) / 3_600_000, y: value }))
  const x = mean(points.map(point => point.x))
  const y = mean(points.map(point => point.y))
  const spread = sum(points.map(point => (point.x - x!) ** 2))
  if (x === undefined || y === undefined || spread === 0) return undefined
  const gradient = sum(points.map(point => (point.x - x) * (point.y - y))) / spread
  return { gradient, intercept: y - gradient * x }
}

const inUnit = (display: string, compute: Compute) => [{ display, compute, isInUnit: true }]
const bare = (display: string, compute: Compute) => [{ display, compute, isInUnit: false }]
const part = (display: string, share: number) =>
  inUnit(display, (_, sorted) => quantile(sorted, share))

/** What each code of the value set means. @see https://hl7.org/fhir/R4/valueset-observation-statistics.html */
const meanings = {
  average: inUnit('Average', (_, sorted) => mean(sorted)),
  maximum: inUnit('Maximum', (_, sorted) => sorted.at(-1)),
  minimum: inUnit('Minimum', (_, sorted) => sorted[0]),
  count: bare('Count', samples => samples.length),
  'total-count': bare('Total Count', samples => samples.length),
  median: part('Median', 0.5),
  'std-dev': inUnit('Standard Deviation', (_, sorted) => {
    const found = variance(sorted)
    return found === undefined ? undefined : Math.sqrt(found)
  }),
  sum: inUnit('Sum', (_, sorted) => sum(sorted)),
  variance: bare('Variance', (_, sorted) => variance(sorted)),
  '20-percent': part('20th Percentile', 0.2),
  '80-percent': part('80th Percentile', 0.8),
  '4-lower': part('Lower Quartile', 0.25),
  '4-upper': part('Upper Quartile', 0.75),
  '4-dev': inUnit('Quartile Deviation', (_, sorted) =>
    sorted.length === 0 ? undefined : (quantile(sorted, 0.75)! - quantile(sorted, 0.25)!) / 2,
  ),
  '5-1': part('1st Quintile', 0.2),
  '5-2': part('2nd Quintile', 0.4),
  '5-3': part('3rd Quintile', 0.6),
  '5-4': part('4th Quintile', 0.8),
  skew: bare('Skew', (_, sorted) => standardized(sorted, 3)),
  kurtosis: bare('Kurtosis', (_, sorted) => standardized(sorted, 4)),
  regression: [
    ...bare('Regression: gradient, per hour', samples => line(samples)?.gradient),
    ...inUnit(
      'Regression: intercept, at the first measurement',
      samples => line(samples)?.intercept,
    ),
  ],
} as const satisfies Readonly<Record<string, readonly unknown[]>>

export type StatisticCode = keyof typeof meanings

/** Every code of a statistic that is served. */
export const statisticCodes = Object.keys(meanings) as readonly StatisticCode[]

/** Digits a figure is given in: more would be noise of the arithmetic. */
const digits = 12

/**
 * The figures of one statistic of some samples: one, or two for a regression. `ignored` were found
 * and have no value that counts.
 */
export const figuresOf = (
  code: StatisticCode,
  samples: readonly Sample[],
  ignored: number,
): readonly Figure[] => {
  const sorted = samples.map(({ value }) => value).sort((a, b) => a - b)
  return meanings[code].map(({ display, compute, isInUnit }) => {
    const value = compute(samples, sorted)
    const counted = value === undefined || code !== 'total-count' ? value : value + ignored
    const rounded = counted === undefined ? undefined : Number(counted.toPrecision(digits))
    return { display, value: Number.isFinite(rounded) ? rounded : undefined, isInUnit }
  })
}
