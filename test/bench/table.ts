import type { Measurement, SideFigures } from './measure.ts'
import type { Results } from './results.ts'

const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '-'

const columns = [
  'workload',
  'conc',
  'req/s',
  'floor',
  'ratio',
  'bar',
  '',
  'p50 ms',
  'p99 ms',
  'cpu ms',
  'db cpu',
  'floor cpu',
  'floor db',
  'cpu ratio',
]

const verdict = ({ ratio, bar, huizhen, floor, concurrency }: Measurement): string => {
  if (huizhen.failures + floor.failures > 0) return 'FAILED'
  // The bars hold for concurrency 8 and 32.
  if (bar === undefined || concurrency < 8) return ''
  return ratio >= bar ? 'met' : 'below'
}

const rowOf = (measured: Measurement): string[] => {
  const { title, concurrency, ratio, bar, huizhen, floor } = measured
  return [
    title,
    String(concurrency),
    number(huizhen.requestsPerSecond, 0),
    number(floor.requestsPerSecond, 0),
    number(ratio, 2),
    bar === undefined ? '-' : bar.toFixed(2),
    verdict(measured),
    number(huizhen.p50, 2),
    number(huizhen.p99, 2),
    number(huizhen.serverCpu, 3),
    number(huizhen.databaseCpu, 3),
    number(floor.serverCpu, 3),
    number(floor.databaseCpu, 3),
    number(measured.cpuRatio, 2),
  ]
}

/** Rows as columns: the first to the left, the others to the right. */
export const align = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The measurements as text for people. */
export const table = (measurements: readonly Measurement[]): string =>
  align([columns, ...measurements.map(rowOf)])

/** How throughput and ratio changed against an earlier run. */
export const comparison = (now: readonly Measurement[], before: readonly Measurement[]): string => {
  const rows = now.flatMap(measured => {
    const earlier = before.find(
      ({ workload, concurrency }) =>
        workload === measured.workload && concurrency === measured.concurrency,
    )
    if (earlier === undefined) return []
    const change = measured.huizhen.requestsPerSecond / earlier.huizhen.requestsPerSecond - 1
    return [
      [
        measured.title,
        String(measured.concurrency),
        number(earlier.huizhen.requestsPerSecond, 0),
        number(measured.huizhen.requestsPerSecond, 0),
        `${change < 0 ? '' : '+'}${number(change * 100, 0)} %`,
        number(earlier.ratio, 2),
        number(measured.ratio, 2),
      ],
    ]
  })
  return align([['workload', 'conc', 'before', 'now', 'change', 'ratio', 'now'], ...rows])
}

/** The figures that are not per request, and every failure. */
export const summary = (results: Results): string => {
  const { start, memoryMegabytes: memory, disk, data } = results
  const peaks = Object.entries(memory.peak).map(([name, value]) => `${name} ${number(value, 0)}`)
  return [
    `data: ${data.source}, ${data.patients} patients, ${data.resources} resources, loaded at ${number(data.loadedPerSecond, 0)} resources/s`,
    `first answer: ${number(start.freshMilliseconds, 0)} ms on a fresh folder, ${number(start.initialisedMilliseconds, 0)} ms on an initialised one`,
    `memory (MB): idle ${number(memory.idle, 0)}; most under ${peaks.join(', ')}`,
    `disk: ${number(disk.bytesPerResource, 0)} bytes per resource, indexes included`,
    ...Object.entries(results.failed).map(([name, reason]) => `NOT MEASURED ${name}: ${reason}`),
    ...results.measurements.flatMap(failuresOf),
  ].join('\n')
}

const failuresOf = ({ workload, concurrency, huizhen, floor }: Measurement): string[] => {
  const line = (side: string, { failures, firstFailure }: SideFigures): string[] =>
    failures === 0
      ? []
      : [
          `FAILED ${workload} at ${concurrency}, ${side}: ${failures} answers; first: ${firstFailure}`,
        ]
  return [...line('huizhen', huizhen), ...line('floor', floor)]
}
