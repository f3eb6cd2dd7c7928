import { limits } from '../fhir/limits.ts'
import type { Criterion } from './tree.ts'
import type { ParseContext } from './parse-criterion.ts'
import { valuesOf } from './parse-criterion.ts'
import { unescaped } from './search-value.ts'
import { phraseWordsMax } from './text-entries.ts'
import { wordBeginningMax, wordsOf } from './text-words.ts'
import { quoted } from './types/text.ts'

/** The parameters that search texts. */
export const textParameters = ['_text', '_content'] as const
export type TextParameter = (typeof textParameters)[number]

/** Whether a parameter searches texts. */
export const isTextParameter = (code: string): code is TextParameter =>
  code === '_text' || code === '_content'

interface Asked {
  readonly resourceType: string
  readonly code: TextParameter
  readonly value: string
}

/**
 * The criterion of `_text` or `_content`: words that must all be there, `"a phrase"`, `a or b`, `-not`
 * and parentheses; a comma means or, too. Chinese is found by any part of it. A word with `*` behind it
 * is the beginning of one. Undefined with a fault.
 * @see https://hl7.org/fhir/R4/search.html#text
 */
export const parseText = (asked: Asked, context: ParseContext): Criterion | undefined => {
  const { code, value } = asked
  const parts = valuesOf({ code, modifier: undefined, value }, context)
  if (parts === undefined) return undefined
  const criteria: Criterion[] = []
  const budget = { terms: 0 }
  for (const part of parts) {
    const read = new TextReader(asked, unescaped(part), budget).read()
    if (typeof read === 'string')
      return context.faults.invalid(read, {
        ...{ parameter: code, words: phraseWordsMax, letters: wordBeginningMax },
        ...{ limit: limits.textTermsMax, nesting: limits.textNestingMax },
      })
    criteria.push(read)
  }
  return criteria.length === 1 ? criteria[0] : { kind: 'any', criteria }
}

type Refusal = 'search-text-malformed' | 'search-text-too-long'

/** A piece of an expression: a sign, an operator, or what is searched for. */
interface Piece {
  readonly kind: '(' | ')' | '-' | 'and' | 'or' | 'term'
  readonly text: string
  readonly isPhrase: boolean
}

const piecePattern = /\s+|"([^"]*)"|[()]|-(?=["(]|[^\s()"])|[^\s()"]+|"/gu
const operators: ReadonlyMap<string, Piece['kind']> = new Map([
  ...([
    ['and', 'and'],
    ['or', 'or'],
    ['not', '-'],
  ] as const),
])

const piecesOf = (text: string): readonly Piece[] => {
  const pieces: Piece[] = []
  for (const [piece, phrase] of text.matchAll(piecePattern)) {
    if (piece.trim() === '' && phrase === undefined) continue
    const isSign = piece === '(' || piece === ')' || piece === '-'
    const kind = isSign ? piece : (operators.get(piece.toLowerCase()) ?? 'term')
    pieces.push({ kind, text: phrase ?? piece, isPhrase: phrase !== undefined })
  }
  return pieces
}

/** Reads one expression; a refusal where it is none. */
class TextReader {
  readonly #asked: Asked
  readonly #pieces: readonly Piece[]
  readonly #budget: { terms: number }
  #at = 0
  #depth = 0
  #refusal: Refusal | undefined

  constructor(asked: Asked, text: string, budget: { terms: number }) {
    this.#asked = asked
    this.#pieces = piecesOf(text)
    this.#budget = budget
  }

  read(): Criterion | Refusal {
    const criterion = this.#alternatives()
    if (this.#at < this.#pieces.length) this.#refuse('search-text-malformed')
    return this.#refusal ?? criterion
  }

  /** Parts with `or` between them. */
  #alternatives(): Criterion {
    if (++this.#depth > limits.textNestingMax) this.#refuse('search-text-too-long')
    const criteria = [this.#conjunction()]
    while (this.#take('or')) criteria.push(this.#conjunction())
    this.#depth--
    return criteria.length === 1 ? criteria[0]! : { kind: 'any', criteria }
  }

  /** Parts that must all hold, with or without `and` between them. */
  #conjunction(): Criterion {
    const criteria = [this.#part()]
    for (;;) {
      const isAnd = this.#take('and')
      const kind = this.#pieces[this.#at]?.kind
      if (!isAnd && (kind === undefined || kind === ')' || kind === 'or')) break
      if (this.#refusal !== undefined) break
      criteria.push(this.#part())
    }
    return criteria.length === 1 ? criteria[0]! : { kind: 'all', criteria }
  }

  #part(): Criterion {
    let isNegated = false
    while (this.#take('-')) isNegated = !isNegated
    const criterion = this.#take('(') ? this.#enclosed() : this.#term()
    return isNegated ? { kind: 'not', criterion } : criterion
  }

  #enclosed(): Criterion {
    const criterion = this.#refusal === undefined ? this.#alternatives() : nothing
    if (!this.#take(')')) this.#refuse('search-text-malformed')
    return criterion
  }

  #term(): Criterion {
    const piece = this.#pieces[this.#at++]
    if (piece?.kind !== 'term') return this.#refuse('search-text-malformed')
    if (++this.#budget.terms > limits.textTermsMax) return this.#refuse('search-text-too-long')
    const { resourceType, code } = this.#asked
    const query = (part: string) => phraseQuery(piece, part)
    const whole = query(code === '_text' ? 'A' : '')
    if (whole === undefined) return this.#refuse('search-text-malformed')
    return {
      kind: 'match',
      code,
      test: {
        ...{ kind: 'text', types: [resourceType], query: whole },
        // The narrative of a row that is not told whole is taken out of it.
        redactedQuery: code === '_text' ? undefined : query('D'),
      },
    }
  }

  #take(kind: Piece['kind']): boolean {
    const piece = this.#pieces[this.#at]
    if (piece?.kind !== kind || piece.isPhrase) return false
    this.#at++
    return true
  }

  #refuse(refusal: Refusal): Criterion {
    this.#refusal ??= refusal
    this.#at = this.#pieces.length
    return nothing
  }
}

const nothing: Criterion = { kind: 'any', criteria: [] }

/** The words of a term behind one another, as a tsquery; undefined when it has none, or too many. */
const phraseQuery = ({ text, isPhrase }: Piece, part: string): string | undefined => {
  const words = wordsOf(text)
  const last = words.at(-1)
  if (last === undefined || words.length > phraseWordsMax) return undefined
  const isBeginning = !isPhrase && text.endsWith('*') && !last.isLetter
  if (isBeginning && last.text.length > wordBeginningMax) return undefined
  let query = ''
  let from = 0
  for (const [at, word] of words.entries()) {
    const next = words[at + 1]
    const isPair = next?.isJoined === true
    // The last of joined letters is in the pair before it.
    if (word.isJoined && !isPair) continue
    const entry = isPair ? word.text + next.text : word.text
    const isPrefix = (word.isLetter && !isPair) || (isBeginning && word === last)
    const flags = `${isPrefix ? '*' : ''}${part}`
    query += `${query === '' ? '' : ` <${at - from}> `}${quoted(entry, flags)}`
    from = at
  }
  return query
}
