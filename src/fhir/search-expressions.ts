import type { ElementDefinition, PathStep, SearchPath, TypeDefinition } from './definitions.ts'

/** The types an expression is read against, `Resource` and `DomainResource` included. */
export type TypesByName = ReadonlyMap<string, Pick<TypeDefinition, 'elements'>>

/**
 * The FHIRPath expression of a search parameter as plain paths for resources of one type. The
 * subset is what R4's own parameters use: unions, member steps, `ofType(T)`, `as(T)`, `as T`,
 * `where(resolve() is T)`, `where(element='value')`, `extension('url')`, and `x.exists() and x != false`.
 * A choice without a type gives one path per type it may have.
 * @throws Error saying which part is outside the subset
 * @see https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression
 */
export const compileExpression = (
  expression: string,
  resourceType: string,
  types: TypesByName,
): SearchPath[] => {
  const existence = /^(\w+(?:\.\w+)+)\.exists\(\) and (\S+) != false$/.exec(expression)
  if (existence !== null && existence[1] === existence[2])
    return compileExpression(existence[1]!, resourceType, types)
  return alternatives(expression)
    .map(alternative => rooted(alternative, resourceType))
    .filter(alternative => rootOf(alternative) === resourceType)
    .flatMap(alternative => {
      const reader = new TokenReader(alternative)
      const paths = readPath(reader, types)
      if (reader.peek() !== undefined)
        throw new Error(`unexpected "${reader.peek()}" in ${expression}`)
      return paths
    })
}

const rootOf = (alternative: string) => /[A-Za-z]+/.exec(alternative)?.[0]

/**
 * An expression may leave the type out, as that of InsurancePlan-name does: `name | alias`. One about
 * `Resource` or `DomainResource` is about the type.
 */
const rooted = (alternative: string, resourceType: string) =>
  /^[a-z]/.test(alternative)
    ? `${resourceType}.${alternative}`
    : alternative.replace(/^(\(*)(?:Domain)?Resource\b/, `$1${resourceType}`)

/** Splits at every `|` that stands outside parentheses. */
const alternatives = (expression: string): string[] => {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= expression.length; at++) {
    const character = expression[at]
    if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === undefined || (character === '|' && depth === 0)) {
      parts.push(expression.slice(start, at).trim())
      start = at + 1
    }
  }
  return parts.filter(part => part !== '')
}

class TokenReader {
  readonly #tokens: readonly string[]
  #at = 0
  constructor(text: string) {
    this.#tokens = text.match(/'[^']*'|\w+|\S/g) ?? []
  }
  peek = (): string | undefined => this.#tokens[this.#at]
  next = (): string | undefined => this.#tokens[this.#at++]
  take = (...expected: readonly string[]): void => {
    for (const token of expected) {
      const found = this.next()
      if (found !== token) throw new Error(`expected "${token}", found "${found}"`)
    }
  }
  /** Reads `expected` whole, or nothing. */
  maybe = (...expected: readonly string[]): boolean => {
    const matches = expected.every((token, offset) => this.#tokens[this.#at + offset] === token)
    if (matches) this.#at += expected.length
    return matches
  }
}

const readPath = (reader: TokenReader, types: TypesByName): SearchPath[] => {
  let paths: SearchPath[]
  if (reader.maybe('(')) {
    paths = readPath(reader, types)
    reader.take(')')
  } else paths = [{ steps: [], type: reader.next() ?? '' }]
  while (reader.peek() === '.' || reader.peek() === 'as') {
    if (reader.maybe('as')) paths = ofType(paths, reader.next() ?? '')
    else {
      reader.take('.')
      paths = readStep(reader, paths, types)
    }
  }
  return paths
}

const readStep = (reader: TokenReader, paths: SearchPath[], types: TypesByName): SearchPath[] => {
  if (reader.maybe('ofType', '(') || reader.maybe('as', '(')) {
    const type = reader.next() ?? ''
    reader.take(')')
    return ofType(paths, type)
  }
  if (reader.maybe('where', '(', 'resolve', '(', ')', 'is')) {
    const resolvesTo = reader.next() ?? ''
    reader.take(')')
    return paths.map(path => ({ ...path, resolvesTo }))
  }
  if (reader.maybe('extension', '(')) {
    const value = literal(reader)
    const extensions = member(paths, 'extension', types)
    return extensions.map(path => withWhere(path, { element: 'url', value }))
  }
  if (reader.maybe('where', '(')) {
    const element = reader.next() ?? ''
    reader.take('=')
    const value = literal(reader)
    return paths.map(path => withWhere(path, { element, value }))
  }
  return member(paths, reader.next() ?? '', types)
}

/** `'value')` */
const literal = (reader: TokenReader): string => {
  const value = /^'(.*)'$/.exec(reader.next() ?? '')?.[1]
  if (value === undefined) throw new Error('only a literal string can be compared')
  reader.take(')')
  return value
}

/** Choices within choices multiply: an expression that leads to more is refused. */
const pathsMax = 200

const ofType = (paths: SearchPath[], type: string): SearchPath[] => {
  const chosen = paths.filter(path => path.type === type)
  if (chosen.length === 0) throw new Error(`no form of type ${type}`)
  return chosen
}

const withWhere = (path: SearchPath, where: NonNullable<PathStep['where']>): SearchPath => ({
  ...path,
  steps: path.steps.map((step, at) => (at === path.steps.length - 1 ? { ...step, where } : step)),
})

const member = (paths: SearchPath[], name: string, types: TypesByName): SearchPath[] => {
  const further = paths.flatMap(path =>
    formsOf(types.get(path.type), name).map(form => ({
      ...path,
      steps: [...path.steps, { name: form.name, isArray: form.isArray }],
      type: form.type,
    })),
  )
  if (further.length === 0) throw new Error(`no element "${name}"`)
  if (further.length > pathsMax)
    throw new Error(`more than ${pathsMax} paths; name the types of choices`)
  return further
}

const formsOf = (type: Pick<TypeDefinition, 'elements'> | undefined, name: string) =>
  [...(type?.elements.values() ?? [])].filter(
    (element: ElementDefinition) => element.choice === name || element.name === name,
  )
