import type { Resource } from '../../fhir/resource.ts'
import { canonicalUnit, ucumSystem } from '../../fhir/ucum.ts'
import type { Coded } from './code-groups.ts'
import type { Sample } from './statistic-codes.ts'
import type { AskedCode } from './statistics-question.ts'

/** What was measured under one code, all in one unit. */
export interface Measured {
  readonly asked: AskedCode
  readonly samples: readonly Sample[]
  /** UCUM code of the newest measurement; undefined without one. */
  readonly unit: string | undefined
  readonly unitText: string | undefined
  /** Found, but without a value that counts. */
  readonly ignored: number
}

/** An Observation, and when its clinical date begins, in milliseconds. */
export interface DatedObservation {
  readonly resource: Resource
  readonly time: number
}

/** An Observation or one of its components: a code and perhaps a value. */
interface Part {
  readonly code?: Coded
  readonly valueQuantity?: {
    readonly value?: unknown
    readonly unit?: unknown
    readonly system?: unknown
    readonly code?: unknown
  }
  readonly modifierExtension?: unknown
  readonly component?: readonly Part[]
}

interface Found {
  readonly part: Part
  readonly time: number
}

/**
 * The measurements of each code, newest first: values of the code itself and of components with it.
 * Of a panel, which has no value, each component is measured under its own code.
 */
export const measuredBy = (
  codes: readonly AskedCode[],
  observations: readonly DatedObservation[],
): readonly Measured[] => {
  const groups = new Map<string, { asked: AskedCode; found: Found[] }>()
  const add = (asked: AskedCode, found: Found): void => {
    const name = JSON.stringify([asked.system ?? null, asked.code])
    const group = groups.get(name) ?? { asked, found: [] }
    groups.set(name, group)
    group.found.push(found)
  }
  for (const { resource, time } of observations) {
    const whole = resource as Part
    for (const asked of codes)
      for (const [code, part] of partsWith(asked, whole)) add(code, { part, time })
  }
  const absent = codes.filter(code => !groups.has(JSON.stringify([code.system ?? null, code.code])))
  const nothing = absent.map(asked => ({ asked, found: [] }))
  return [...groups.values(), ...nothing].map(measured)
}

/** What an Observation has under a code, each with the code it counts for. */
const partsWith = (asked: AskedCode, whole: Part): readonly (readonly [AskedCode, Part])[] => {
  const isFlawed = whole.modifierExtension !== undefined
  const components = (whole.component ?? []).map(component =>
    isFlawed ? { ...component, modifierExtension: true } : component,
  )
  const isOwn = hasCode(whole, asked)
  const isPanel = isOwn && whole.valueQuantity === undefined && components.length > 0
  const parts = components.flatMap(part => {
    const code = hasCode(part, asked) ? asked : isPanel ? ownCode(part) : undefined
    return code === undefined ? [] : [[code, part] as const]
  })
  return isOwn && !isPanel ? [[asked, whole], ...parts] : parts
}

const hasCode = ({ code }: Part, asked: AskedCode): boolean =>
  (code?.coding ?? []).some(
    coding =>
      coding.code === asked.code && (asked.system === undefined || coding.system === asked.system),
  )

const ownCode = ({ code }: Part): AskedCode | undefined => {
  const coding = code?.coding?.find(one => typeof one.code === 'string')
  if (coding === undefined) return undefined
  const named = { code: String(coding.code) }
  return typeof coding.system === 'string' ? { system: coding.system, ...named } : named
}

const measured = ({ asked, found }: { asked: AskedCode; found: readonly Found[] }): Measured => {
  const counting = found.filter(({ part }) => isCounting(part))
  const newest = counting[0]?.part.valueQuantity
  const unit = newest === undefined ? undefined : String(newest.code)
  const samples = counting.flatMap(({ part: { valueQuantity }, time }) => {
    const value = inUnit(Number(valueQuantity!.value), String(valueQuantity!.code), unit!)
    return value === undefined ? [] : [{ time, value }]
  })
  const unitText = typeof newest?.unit === 'string' ? newest.unit : undefined
  return { ...{ asked, samples, unit, unitText }, ignored: found.length - samples.length }
}

const isCounting = ({ valueQuantity, modifierExtension }: Part): boolean =>
  modifierExtension === undefined &&
  typeof valueQuantity?.value === 'number' &&
  valueQuantity.system === ucumSystem &&
  typeof valueQuantity.code === 'string'

/** A value of one unit in another; undefined where they do not measure the same. */
const inUnit = (value: number, from: string, to: string): number | undefined => {
  if (from === to) return value
  const source = canonicalUnit(from)
  const target = canonicalUnit(to)
  if (source === undefined || source.dimension !== target?.dimension) return undefined
  const zero = target.convert(0)
  return Number(((source.convert(value) - zero) / (target.convert(1) - zero)).toPrecision(12))
}
