import type { Definitions, PathStep, SearchPath } from '../fhir/definitions.ts'
import { hash64, token } from './hash.ts'
import { IndexSink, type Indexer, type IndexOptions } from './index-sink.ts'
import type { Parameter } from './parameters.ts'
import { quantityIndexer } from './types/quantity.ts'
import { referenceTarget } from './reference-target.ts'
import { tokenIndexer } from './types/token.ts'
import { compilePath, type Walk } from './walk.ts'

type Element = Readonly<Record<string, unknown>>

/** How a composite parameter is answered, so that its components are met in one element. */
export type Composite =
  /** The values of another parameter that have the codes of their element beside them. */
  | { readonly by: 'coded-quantity'; readonly value: string }
  /** Two parameters on elements that a resource has once each. */
  | { readonly by: 'both'; readonly first: string; readonly second: string }
  /** Entries of `tokens` for each pair of values within one element. */
  | Pairs

interface Pairs {
  readonly by: 'pairs'
  /** The repeating element. */
  readonly element: string
  readonly first: PairMember
  readonly second: readonly PairMember[]
  /** Answered by two parameters as well. */
  readonly or?: { readonly first: string; readonly second: string }
}

interface PairMember {
  readonly name: string
  readonly type: string
}

const codeMember: PairMember = { name: 'code', type: 'CodeableConcept' }
const conceptMember: PairMember = { name: 'valueCodeableConcept', type: 'CodeableConcept' }

const composites: Readonly<Record<string, Composite>> = {
  'Observation.code-value-quantity': { by: 'coded-quantity', value: 'value-quantity' },
  'Observation.component-code-value-quantity': {
    by: 'coded-quantity',
    value: 'component-value-quantity',
  },
  'Observation.combo-code-value-quantity': { by: 'coded-quantity', value: 'combo-value-quantity' },
  'Observation.code-value-concept': { by: 'both', first: 'code', second: 'value-concept' },
  'Observation.code-value-string': { by: 'both', first: 'code', second: 'value-string' },
  'Observation.code-value-date': { by: 'both', first: 'code', second: 'value-date' },
  'Observation.component-code-value-concept': {
    ...{ by: 'pairs', element: 'component', first: codeMember, second: [conceptMember] },
  },
  'Observation.combo-code-value-concept': {
    ...{ by: 'pairs', element: 'component', first: codeMember, second: [conceptMember] },
    or: { first: 'code', second: 'value-concept' },
  },
  'DocumentReference.relationship': {
    by: 'pairs',
    element: 'relatesTo',
    first: { name: 'target', type: 'Reference' },
    second: [{ name: 'code', type: 'code' }],
  },
  'Group.characteristic-value': {
    by: 'pairs',
    element: 'characteristic',
    first: codeMember,
    second: [conceptMember, { name: 'valueBoolean', type: 'boolean' }],
  },
}

const contextQuantity: Composite = { by: 'coded-quantity', value: 'context-quantity' }
const contextValue: Composite = {
  by: 'pairs',
  element: 'useContext',
  first: { name: 'code', type: 'Coding' },
  second: [conceptMember],
}

/**
 * How a composite parameter is answered; undefined for those that are not.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
export const compositeOf = (resourceType: string, code: string): Composite | undefined =>
  code === 'context-type-quantity'
    ? contextQuantity
    : code === 'context-type-value'
      ? contextValue
      : composites[`${resourceType}.${code}`]

/** The value of a pair's token. */
export const pairHash = (first: bigint, second: bigint): bigint => hash64(`$${first}$${second}`)

type Run = (resource: Element, sink: IndexSink, options: IndexOptions) => void

/** Puts a token for every pair of values within one element into the sink. */
export const pairsRun = (parameter: Parameter, definitions: Definitions): Run[] => {
  const { composite } = parameter
  if (composite?.by !== 'pairs') return []
  const step: PathStep = { name: composite.element, isArray: true }
  const walk = compilePath({ steps: [step], type: 'BackboneElement' })
  const hashesOf = ({ name, type }: PairMember): Hashes => {
    const path: SearchPath = { steps: [step, { name, isArray: false }], type }
    return memberHashes(path, tokenIndexer({ ...parameter, hash: 0n }, path, definitions))
  }
  const first = hashesOf(composite.first)
  const second = composite.second.map(hashesOf)
  return [
    (resource, sink, options) =>
      walk(resource, element => {
        const ones = first(element as Element, options)
        const others =
          ones.length === 0 ? [] : second.flatMap(of => of(element as Element, options))
        if (others.length > 0) sink.mark(parameter.bits)
        for (const one of ones)
          for (const other of others) sink.token(token(parameter.hash, pairHash(one, other)))
      }),
  ]
}

type Hashes = (element: Element, options: IndexOptions) => readonly bigint[]

/** The hashes of one member of an element, as the tokens of no parameter. */
const memberHashes = ({ steps, type }: SearchPath, index: Indexer): Hashes => {
  const { name } = steps.at(-1)!
  return (element, options) => {
    const value = element[name]
    if (value === undefined || value === null) return []
    if (type === 'Reference') {
      const { reference } = value as { readonly reference?: unknown }
      const target =
        typeof reference === 'string' ? referenceTarget(reference, options.baseUrl) : undefined
      return target === undefined ? [] : [target.key]
    }
    const sink = new IndexSink()
    index(value, sink, options)
    return sink.tokens
  }
}

/** Whether the values of a quantity parameter have the codes of their element beside them. */
export const isOfCodedElement = ({ resourceType, code, kind }: Parameter): boolean =>
  kind === 'quantity' &&
  (code === 'context-quantity' ||
    (resourceType === 'Observation' &&
      (code === 'value-quantity' || code === 'component-value-quantity')))

/** Puts the quantities of a path into the sink, each with the codes of the element it is in. */
export const codedQuantityRun = (
  parameter: Parameter,
  path: SearchPath,
  definitions: Definitions,
): Run => {
  const parents = path.steps.slice(0, -1)
  const { name } = path.steps.at(-1)!
  const walk: Walk =
    parents.length === 0
      ? (resource, visit) => visit(resource)
      : compilePath({ steps: parents, type: 'BackboneElement' })
  const coded: SearchPath = {
    steps: [...parents, { name: 'code', isArray: false }],
    type: parameter.code === 'context-quantity' ? 'Coding' : 'CodeableConcept',
  }
  const codesOf = memberHashes(coded, tokenIndexer({ ...parameter, hash: 0n }, coded, definitions))
  const add = quantityIndexer(parameter, path)
  return (resource, sink, options) =>
    walk(resource, element => {
      const value = (element as Element)[name]
      if (value === undefined || value === null) return
      sink.mark(parameter.bits)
      add(value, sink, options, codesOf(element as Element, options))
    })
}
