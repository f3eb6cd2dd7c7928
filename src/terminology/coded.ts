import type { CodeableConcept, Coding } from '@medplum/fhirtypes'

/** What is to be validated: a code, a Coding or a CodeableConcept, and how findings name its places. */
export interface Coded {
  readonly codings: readonly PlacedCoding[]
  readonly codeableConcept?: CodeableConcept
  /** The system was not given and is to be found out. */
  readonly inferSystem: boolean
}

export interface PlacedCoding {
  readonly coding: Coding
  /** FHIRPath of an element of the coding; of the coding itself without one. */
  readonly at: (element?: 'code' | 'system' | 'display') => string
}

export const codedAsCode = (coding: Coding, inferSystem: boolean): Coded => ({
  codings: [{ coding, at: (element = 'code') => element }],
  inferSystem,
})

export const codedAsCoding = (coding: Coding): Coded => ({
  codings: [{ coding, at: element => (element === undefined ? 'Coding' : `Coding.${element}`) }],
  inferSystem: false,
})

export const codedAsCodeableConcept = (codeableConcept: CodeableConcept): Coded => ({
  codings: (codeableConcept.coding ?? []).map((coding, index) => {
    const place = `CodeableConcept.coding[${index}]`
    return { coding, at: element => (element === undefined ? place : `${place}.${element}`) }
  }),
  codeableConcept,
  inferSystem: false,
})
