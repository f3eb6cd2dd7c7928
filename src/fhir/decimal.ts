/**
 * A number exactly as it was written. Stands in a parsed tree only where JavaScript would print the
 * literal differently (`1.10`, `1e2`, `-0`, more than 17 digits); every other number is a `number`.
 * @see https://hl7.org/fhir/R4/datatypes.html#decimal "the precision of the decimal value has
 * significance"
 */
export class Decimal {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The nearest double, so that `+decimal` and comparisons work. */
  valueOf(): number {
    return Number(this.text)
  }

  toString(): string {
    return this.text
  }

  /** What `JSON.stringify` sees: a mark that `stringifyJson` turns back into the literal. */
  toJSON(): string {
    decimalsWritten.count++
    return decimalMark + this.text
  }
}

/** Begins every string that stands for a number for a moment; a private-use character. */
export const decimalMark = '\ue000'

/** How many decimals `toJSON` has written since `stringifyJson` last reset it. */
export const decimalsWritten = { count: 0 }
