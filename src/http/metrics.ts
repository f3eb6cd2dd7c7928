import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { InteractionCode } from '../interactions/interaction.ts'
import { createHistogram, type Histogram } from './histogram.ts'

/** One number as a scrape finds it. */
export interface Reading {
  /** Without the prefix `huizhen_`. */
  readonly name: string
  readonly help: string
  readonly value: number
}

/** What is read at each scrape. */
export type Readings = () => Promise<readonly Reading[]>

/** The parts of answering: token and body arrive, bytes become a tree, a turn is waited for, the work. */
const phases = ['arrive', 'read', 'wait', 'perform'] as const
type Phase = (typeof phases)[number]

/** Measures one request on the FHIR endpoint. */
export interface Laps {
  /** A phase is over: the next one begins. */
  over(phase: Phase): void
  /** Told as soon as it is known what is asked for. */
  asks(interaction: InteractionCode): void
  /** Counts what was measured. */
  end(): void
}

/** What this process counts for Prometheus. Nothing of it holds a URL, an id or what a caller wrote. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  observeAnswer(method: string, status: number, milliseconds: number): void
  /** By the code of the error catalogue. */
  countRefusal(code: string): void
  /** Begins with the milliseconds since the first byte. */
  laps(arrived: number): Laps
}

/**
 * Counters and gauges are prom-client's; what is counted several times for each request are histograms
 * of our own.
 */
export const createMetrics = (readings: Readings): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const refusals = new Counter({
    name: 'huizhen_refusals_total',
    help: 'Requests refused, by the code of the error catalogue.',
    labelNames: ['code'],
    registers: [registry],
  })
  const answers = createHistogram(
    'huizhen_http_request_duration_seconds',
    'Time from the first byte of a request to the last of its answer.',
    ['method', 'status'],
  )
  const interactions = createHistogram(
    'huizhen_interaction_duration_seconds',
    'Time of each phase of a request on the FHIR endpoint.',
    ['interaction', 'phase'],
  )
  return {
    contentType: registry.contentType,
    async text() {
      for (const reading of await readings()) show(reading, registry)
      return `${await registry.metrics()}\n${answers.text()}${interactions.text()}`
    },
    observeAnswer: (method, status, milliseconds) =>
      answers.observe(method, String(status), milliseconds),
    countRefusal: code => refusals.inc({ code }),
    laps: arrived => lapsFrom(arrived, interactions),
  }
}

const lapsFrom = (arrived: number, histogram: Histogram): Laps => {
  const spent: { [Of in Phase]?: number } = { arrive: arrived }
  let interaction: InteractionCode | 'unknown' = 'unknown'
  let began = performance.now()
  return {
    over(phase) {
      const now = performance.now()
      spent[phase] = (spent[phase] ?? 0) + now - began
      began = now
    },
    asks: code => void (interaction = code),
    end() {
      for (const phase of phases) {
        const milliseconds = spent[phase]
        if (milliseconds !== undefined) histogram.observe(interaction, phase, milliseconds)
      }
    },
  }
}

const show = ({ name: word, help, value }: Reading, registry: Registry): void => {
  const name = `huizhen_${word}`
  const known = registry.getSingleMetric(name)
  const gauge = known instanceof Gauge ? known : new Gauge({ name, help, registers: [registry] })
  gauge.set(value)
}
