import type { TypeDefinition } from './definitions.ts'

/** What a piece of FHIRPath has become: an expression of JavaScript over `invariant-values.ts`. */
export interface Code {
  readonly js: string
  /** A truth, or a collection. */
  readonly gives: 'truth' | 'items'
  /** A truth that is never unknown: plain operators do. */
  readonly isSure: boolean
  /** Types its items may have; undefined where that cannot be told. */
  readonly types: readonly string[] | undefined
  /** Where it is one member of one item: the item, and the JSON names the member may have. */
  readonly member?: { readonly item: string; readonly names: readonly string[] }
}

/** Where an expression stands: the item in question, and what its types are. */
export interface Scope {
  readonly item: string
  readonly types: readonly string[] | undefined
  readonly definitions: ReadonlyMap<string, TypeDefinition>
  /** Steps into criteria so far, which name their items. */
  readonly depth: number
}

/** A collection. */
export const items = (js: string, types?: readonly string[]): Code => ({
  ...{ js, gives: 'items', isSure: true, types },
})
/** A truth that is known. */
export const sure = (js: string): Code => ({ js, gives: 'truth', isSure: true, types: ['boolean'] })
/** A truth that may be unknown. */
export const unsure = (js: string): Code => ({ ...sure(js), isSure: false })

/** Reads a member of an item. */
export const readOf = (item: string, names: readonly string[]): string =>
  names.length === 1
    ? `member(${item}, ${JSON.stringify(names[0])})`
    : `choice(${item}, ${JSON.stringify(names)})`

/** The JSON names a member of these types may have, and the types of what it holds. */
export const membersOf = (
  name: string,
  types: readonly string[] | undefined,
  { definitions }: Scope,
): { readonly names: readonly string[]; readonly types: readonly string[] | undefined } => {
  const known = (types ?? []).flatMap(type => definitions.get(type) ?? [])
  if (known.length === 0) return { names: [name], types: undefined }
  const elements = known.flatMap(type =>
    [...type.elements.values()].filter(one => one.name === name || one.choice === name),
  )
  if (elements.length === 0) return { names: [name], types: undefined }
  return {
    names: [...new Set(elements.map(element => element.name))],
    types: [...new Set(elements.map(element => element.type))],
  }
}

/** Whether there is anything: of one member that is a look at the object. */
export const presenceOf = ({ js, member }: Code): string =>
  member === undefined
    ? `${js}.length > 0`
    : `(${member.names
        .flatMap(name => [name, `_${name}`])
        .map(name => `${member.item}[${JSON.stringify(name)}] !== undefined`)
        .join(' || ')})`

/** Operators of truths, as JavaScript has them. */
export const truthOperators: Readonly<Record<string, string>> = { and: '&&', or: '||', xor: '!==' }

/** Joins two truths. */
export const truthOperator = (operator: string, left: Code, right: Code): Code => {
  if (!left.isSure || !right.isSure) return unsure(`${operator}(${left.js}, ${right.js})`)
  if (operator === 'implies') return sure(`(!${left.js} || ${right.js})`)
  return sure(`(${left.js} ${truthOperators[operator]} ${right.js})`)
}

/** Compares two truths or collections. */
export const equality = (operator: '=' | '!=', left: Code, right: Code): Code => {
  if (left.isSure && right.isSure && left.gives === 'truth' && right.gives === 'truth')
    return sure(`(${left.js} ${operator === '=' ? '===' : '!=='} ${right.js})`)
  const [a, b] = [left, right].map(({ js, gives }) => (gives === 'items' ? js : `boxed(${js})`))
  const equal = `equal(${a}, ${b})`
  return unsure(operator === '=' ? equal : `not(${equal})`)
}
