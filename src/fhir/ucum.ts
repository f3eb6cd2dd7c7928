import { createRequire } from 'node:module'

/** The system of UCUM units. @see https://hl7.org/fhir/R4/datatypes.html#Quantity */
export const ucumSystem = 'http://unitsofmeasure.org'

/** How a unit becomes its dimension's unit: `value * scale + offset`. */
interface Conversion {
  readonly dimension: string
  readonly scale: number
  readonly offset: number
}

interface BaseUnits {
  readonly status: string
  readonly magnitude?: number
  readonly unitToExp?: Readonly<Record<string, number>>
}
interface UcumLibrary {
  readonly UcumLhcUtils: {
    getInstance(): {
      convertToBaseUnits(code: string, value: number): BaseUnits
      validateUnitString(code: string): { readonly status: string }
    }
  }
}

/** Longer codes are compared as they are: no unit in use is near that long. */
const unitLengthMax = 40
const unitsRememberedMax = 5000
/** Digits in which two units' values are compared: conversion is exact to about fifteen. */
const digits = 12

const remembered = new Map<string, Conversion | undefined>()
let library: ReturnType<UcumLibrary['UcumLhcUtils']['getInstance']> | undefined

/**
 * The dimension of a UCUM unit and a value in the unit of that dimension, or undefined where there
 * is nothing to convert to: an unknown unit, an arbitrary one such as `[IU]`, a logarithmic one.
 * @see https://ucum.org/ucum
 */
export const canonicalUnit = (
  code: string,
): { readonly dimension: string; readonly convert: (value: number) => number } | undefined => {
  if (code.length > unitLengthMax) return undefined
  let conversion = remembered.get(code)
  if (conversion === undefined && !remembered.has(code)) {
    conversion = conversionOf(code)
    if (remembered.size >= unitsRememberedMax) remembered.clear()
    remembered.set(code, conversion)
  }
  if (conversion === undefined) return undefined
  const { dimension, scale, offset } = conversion
  return { dimension, convert: value => Number((value * scale + offset).toPrecision(digits)) }
}

const valid = new Map<string, boolean>()

/** Whether a code is one of UCUM, of whatever kind. */
export const isUnit = (code: string): boolean => {
  if (code.length > unitLengthMax) return false
  let known = valid.get(code)
  if (known === undefined) {
    known = isValid(code)
    if (valid.size >= unitsRememberedMax) valid.clear()
    valid.set(code, known)
  }
  return known
}

const isValid = (code: string): boolean => {
  try {
    return loaded().validateUnitString(code).status === 'valid'
  } catch {
    // The library throws on some texts that are no unit.
    return false
  }
}

/** Reads its tables when it is first needed, not when a server starts. */
const loaded = () =>
  (library ??= (
    createRequire(import.meta.url)('@lhncbc/ucum-lhc') as UcumLibrary
  ).UcumLhcUtils.getInstance())

/** A unit is taken when it is a scale with a zero point, which three values of it show. */
const conversionOf = (code: string): Conversion | undefined => {
  const [zero, one, ten] = [0, 1, 10].map(value => baseUnits(code, value))
  const offset = zero?.magnitude
  const first = one?.magnitude
  if (offset === undefined || first === undefined || one?.unitToExp === undefined) return undefined
  const scale = first - offset
  const expected = scale * 10 + offset
  const difference = Math.abs((ten?.magnitude ?? Infinity) - expected)
  if (!(scale > 0) || difference > Math.abs(expected) * 1e-9) return undefined
  const dimension = Object.entries(one.unitToExp)
    .filter(([, exponent]) => exponent !== 0)
    .map(([unit, exponent]) => `${unit}${exponent}`)
    .sort()
    .join('.')
  return { dimension, scale, offset }
}

const baseUnits = (code: string, value: number): BaseUnits | undefined => {
  try {
    const found = loaded().convertToBaseUnits(code, value)
    return found.status === 'succeeded' ? found : undefined
  } catch {
    // The library throws on some texts that are no unit.
    return undefined
  }
}
