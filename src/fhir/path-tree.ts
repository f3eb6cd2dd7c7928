/** A FHIRPath expression taken apart. `of` undefined: it starts at the element in question. */
export type PathTree =
  | { readonly kind: 'member'; readonly of: PathTree | undefined; readonly name: string }
  | {
      readonly kind: 'call'
      readonly of: PathTree | undefined
      readonly name: string
      readonly args: readonly PathTree[]
    }
  | { readonly kind: 'this' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'constant'; readonly name: string }
  | {
      readonly kind: 'operator'
      readonly operator: string
      readonly left: PathTree
      readonly right: PathTree
    }
  | {
      readonly kind: 'type'
      readonly operator: 'is' | 'as'
      readonly of: PathTree
      readonly type: string
    }

/** A node as the parser of the library gives it. */
interface Parsed {
  readonly type: string
  readonly text?: string
  readonly children?: readonly Parsed[]
}

/** Turns the parser's tree into ours. @throws Error for what no constraint of R4 uses */
export const pathTree = (parsed: unknown): PathTree => treeOf(parsed as Parsed, undefined)

const treeOf = (node: Parsed, of: PathTree | undefined): PathTree => {
  const [first, second] = node.children ?? []
  switch (node.type) {
    case 'EntireExpression':
    case 'TermExpression':
    case 'InvocationTerm':
    case 'ParenthesizedTerm':
      return treeOf(first!, of)
    case 'InvocationExpression':
      return treeOf(second!, treeOf(first!, of))
    case 'MemberInvocation':
      return { kind: 'member', of, name: nameOf(first!) }
    case 'ThisInvocation':
      return { kind: 'this' }
    case 'FunctionInvocation':
      return callOf(first!, of)
    case 'LiteralTerm':
      return { kind: 'literal', value: literalOf(first!) }
    case 'ExternalConstantTerm':
      return { kind: 'constant', name: nameOf(first!.children![0]!) }
    case 'TypeExpression':
      return typeTree(node.text!, treeOf(first!, undefined), second!.text!)
    default:
      if (!node.type.endsWith('Expression') || second === undefined)
        throw new Error(`FHIRPath ${node.type} is not understood`)
      return {
        ...{ kind: 'operator', operator: node.text! },
        left: treeOf(first!, undefined),
        right: treeOf(second, undefined),
      }
  }
}

const nameOf = ({ text = '' }: Parsed): string => text.replace(/^`(.*)`$/, '$1')

const typeTree = (operator: string, of: PathTree, type: string): PathTree => {
  if (operator !== 'is' && operator !== 'as') throw new Error(`${operator} is not understood`)
  return { kind: 'type', operator, of, type: type.replace(/^(?:System|FHIR)\./, '') }
}

/** Functions that answer what their operator answers become that operator. */
const callOf = (functn: Parsed, of: PathTree | undefined): PathTree => {
  const [identifier, list] = functn.children!
  const name = nameOf(identifier!)
  const parameters = list?.children ?? []
  if (['is', 'as', 'ofType'].includes(name))
    return typeTree(name === 'is' ? 'is' : 'as', of ?? { kind: 'this' }, typeNameOf(parameters[0]!))
  return { kind: 'call', of, name, args: parameters.map(one => treeOf(one, undefined)) }
}

const typeNameOf = (node: Parsed): string =>
  node.type === 'Identifier' ? nameOf(node) : typeNameOf(node.children!.at(-1)!)

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' }

const literalOf = ({ type, text = '' }: Parsed): string | number | boolean => {
  if (type === 'NumberLiteral') return Number(text)
  if (type === 'BooleanLiteral') return text === 'true'
  if (type !== 'StringLiteral') throw new Error(`FHIRPath ${type} is not understood`)
  return text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, unicode: string | undefined, letter: string) =>
      unicode === undefined
        ? (escapes[letter] ?? letter)
        : String.fromCharCode(Number.parseInt(unicode, 16)),
    )
}
