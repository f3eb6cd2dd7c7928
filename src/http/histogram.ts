/** Upper bounds in seconds, from a read by key to the longest transaction. */
const boundsSeconds = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
]

/** Durations by two labels, in the buckets of Prometheus. */
export interface Histogram {
  observe(first: string, second: string, milliseconds: number): void
  /** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string
}

interface Series {
  readonly labels: string
  readonly counts: number[]
  sum: number
}

/**
 * A histogram of durations. To count costs two look-ups and two additions, as it is done several times
 * for each request. Label values come from tables of ours or of HTTP, never from what a caller wrote,
 * so that their number is bounded and none needs to be escaped.
 */
export const createHistogram = (
  name: string,
  help: string,
  [firstLabel, secondLabel]: readonly [string, string],
): Histogram => {
  const all = new Map<string, Map<string, Series>>()
  const seriesOf = (first: string, second: string): Series => {
    let ofFirst = all.get(first)
    if (ofFirst === undefined) all.set(first, (ofFirst = new Map()))
    let series = ofFirst.get(second)
    if (series === undefined) {
      const labels = `${firstLabel}="${first}",${secondLabel}="${second}"`
      series = { labels, counts: Array(boundsSeconds.length + 1).fill(0), sum: 0 }
      ofFirst.set(second, series)
    }
    return series
  }
  return {
    observe: (first, second, milliseconds) => count(seriesOf(first, second), milliseconds / 1000),
    text() {
      const lines = [...all.values()].flatMap(ofFirst =>
        [...ofFirst.values()].flatMap(series => linesOf(name, series)),
      )
      return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n')
    },
  }
}

const count = (series: Series, seconds: number): void => {
  let at = 0
  while (at < boundsSeconds.length && seconds > boundsSeconds[at]!) at++
  series.counts[at]!++
  series.sum += seconds
}

const linesOf = (name: string, { labels, counts, sum }: Series): readonly string[] => {
  let total = 0
  const buckets = counts.map((found, at) => {
    total += found
    return `${name}_bucket{${labels},le="${boundsSeconds[at] ?? '+Inf'}"} ${total}`
  })
  return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`]
}
