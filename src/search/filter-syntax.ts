/** Operators of a filter. @see https://hl7.org/fhir/R4/search_filter.html */
export const filterOperators = [
  ...(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'] as const),
  ...(['pr', 'po', 'ss', 'sb', 'in', 'ni', 're'] as const),
] as const
export type FilterOperator = (typeof filterOperators)[number]

/** A filter as a tree. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | {
      readonly kind: 'test'
      readonly path: string
      /** Element filters in the path, which are about parts of a resource. */
      readonly isPartial: boolean
      readonly operator: FilterOperator
      readonly value: string
    }

/** What a filter may be made of. */
export const filterLimits = { lengthMax: 10_000, testsMax: 100, depthMax: 20 } as const

/** What is wrong with the text of a filter: where, and what should stand there. */
export class FilterFault {
  readonly at: number
  readonly expected: string

  constructor(at: number, expected: string) {
    this.at = at
    this.expected = expected
  }
}

/**
 * Reads the text of a filter. Neither `and` nor `or` goes first: they are taken from left to right.
 * The operators are lower case; keywords may not be used as paths.
 */
export const parseFilter = (text: string): Filter | FilterFault => {
  if (text.length > filterLimits.lengthMax)
    return new FilterFault(filterLimits.lengthMax, `at most ${filterLimits.lengthMax} characters`)
  const reader = new Reader(text)
  try {
    const filter = reader.filter(0)
    reader.space()
    return reader.isAtEnd ? filter : reader.fault('and, or, or the end')
  } catch (error) {
    if (error instanceof FilterFault) return error
    throw error
  }
}

const operatorPattern = new RegExp(`\\s+(${filterOperators.join('|')})(?=\\s)`, 'y')
const pathName = /[A-Za-z_][A-Za-z0-9_-]*/y
const reverse = /_has:[A-Za-z]+:[A-Za-z0-9_-]+:/y
const word = /[^\s)\]]+/y
const jsonString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

class Reader {
  readonly #text: string
  #at = 0
  #tests = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  fault(expected: string): FilterFault {
    return new FilterFault(this.#at, expected)
  }

  /** Passes over white space. */
  space(): void {
    this.#match(/\s*/y)
  }

  filter(depth: number): Filter {
    if (depth > filterLimits.depthMax)
      throw this.fault(`at most ${filterLimits.depthMax} parentheses within one another`)
    let filter = this.#operand(depth)
    for (;;) {
      const joined = this.#match(/\s*(and|or)(?=[\s(])/y)?.[1] as 'and' | 'or' | undefined
      if (joined === undefined) return filter
      const next = this.#operand(depth)
      filter =
        filter.kind === joined
          ? { kind: joined, parts: [...filter.parts, next] }
          : { kind: joined, parts: [filter, next] }
    }
  }

  #operand(depth: number): Filter {
    this.space()
    if (this.#match(/not\s*(?=\()/y) !== undefined)
      return { kind: 'not', part: this.#parenthesized(depth) }
    if (this.#text[this.#at] === '(') return this.#parenthesized(depth)
    return this.#test(depth)
  }

  #parenthesized(depth: number): Filter {
    this.#take('(')
    const filter = this.filter(depth + 1)
    this.space()
    this.#take(')')
    return filter
  }

  #test(depth: number): Filter {
    if (++this.#tests > filterLimits.testsMax)
      throw this.fault(`at most ${filterLimits.testsMax} comparisons`)
    const { path, isPartial } = this.#path(depth)
    const written = this.#match(operatorPattern)?.[1]
    const operator = filterOperators.find(known => known === written)
    if (operator === undefined) throw this.fault(filterOperators.join(' '))
    this.space()
    return { kind: 'test', path, isPartial, operator, value: this.#value() }
  }

  #path(depth: number): { readonly path: string; readonly isPartial: boolean } {
    let path = ''
    let isPartial = false
    for (;;) {
      for (let back = this.#match(reverse); back !== undefined; back = this.#match(reverse))
        path += back[0]
      path += this.#match(pathName)?.[0] ?? this.#missing('the name of a search parameter')
      if (this.#text[this.#at] === '[') {
        isPartial = true
        this.#at++
        this.filter(depth + 1)
        this.space()
        this.#take(']')
        if (this.#text[this.#at] !== '.') throw this.fault('.')
      }
      // The type of a target may be named, as in a chain.
      path += this.#match(/:[A-Z][A-Za-z]*(?=\.)/y)?.[0] ?? ''
      if (this.#text[this.#at] !== '.') return { path, isPartial }
      this.#at++
      path += '.'
    }
  }

  #value(): string {
    if (this.#text[this.#at] === '"') {
      const found = this.#match(jsonString)?.[0] ?? this.#missing('a JSON string')
      return JSON.parse(found) as string
    }
    return this.#match(word)?.[0] ?? this.#missing('a value')
  }

  #missing(expected: string): never {
    throw this.fault(expected)
  }

  #take(character: string): void {
    if (this.#text[this.#at] !== character) throw this.fault(character)
    this.#at++
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text) ?? undefined
    if (found !== undefined) this.#at = pattern.lastIndex
    return found
  }
}
