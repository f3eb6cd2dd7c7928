import {
  equality,
  items,
  membersOf,
  presenceOf,
  readOf,
  sure,
  truthOperator,
  truthOperators,
  unsure,
  type Code,
  type Scope,
} from './invariant-code.ts'
import type { PathTree } from './path-tree.ts'

/** The truth an expression has. */
export const truthOf = (tree: PathTree, scope: Scope): Code => {
  const code = codeOf(tree, scope)
  if (code.gives === 'truth') return code
  return unsure(`truth(${code.js})`)
}

const itemsOf = (tree: PathTree, scope: Scope): Code => {
  const code = codeOf(tree, scope)
  return code.gives === 'items' ? code : items(`boxed(${code.js})`, code.types)
}

/**
 * Translates an expression.
 * @throws Error for what no constraint of R4 uses
 */
export const codeOf = (tree: PathTree, scope: Scope): Code => {
  switch (tree.kind) {
    case 'literal':
      return items(`[${JSON.stringify(tree.value)}]`, [typeof tree.value])
    case 'this':
      return items(`[${scope.item}]`, scope.types)
    case 'constant':
      return constantOf(tree.name)
    case 'member':
      return memberOf(tree, scope)
    case 'type':
      return typeOf(tree, scope)
    case 'operator':
      return operatorOf(tree, scope)
    case 'call':
      return callOf(tree, scope)
    default:
      return tree satisfies never
  }
}

const constants: Readonly<Record<string, string>> = {
  ucum: '["http://unitsofmeasure.org"]',
  resource: '[place.resource]',
  rootResource: '[place.root]',
  context: '[node]',
}

const constantOf = (name: string): Code => {
  const js = constants[name]
  if (js === undefined) throw new Error(`%${name} is not understood`)
  return items(js)
}

type Of<Kind extends PathTree['kind']> = Extract<PathTree, { readonly kind: Kind }>

const memberOf = ({ of, name }: Of<'member'>, scope: Scope): Code => {
  if (of === undefined) {
    if (scope.types?.includes(name) === true) return items(`[${scope.item}]`, scope.types)
    const { names, types } = membersOf(name, scope.types, scope)
    return { ...items(readOf(scope.item, names), types), member: { item: scope.item, names } }
  }
  const from = itemsOf(of, scope)
  const { names, types } = membersOf(name, from.types, scope)
  return items(`members(${from.js}, ${JSON.stringify(names)})`, types)
}

/** Names of FHIRPath's own types, as the FHIR types they stand for. */
const systemTypes: Readonly<Record<string, string>> = {
  Boolean: 'boolean',
  String: 'string',
  Integer: 'integer',
  Decimal: 'decimal',
}

const typeOf = ({ operator, of, type }: Of<'type'>, scope: Scope): Code => {
  const code = itemsOf(of, scope)
  const wanted = systemTypes[type] ?? type
  const form = code.member?.names.find(name => name.toLowerCase().endsWith(wanted.toLowerCase()))
  if (code.member !== undefined && code.member.names.length > 1) {
    const there = form === undefined ? 'false' : `${readOf(code.member.item, [form])}.length > 0`
    if (operator === 'is') return unsure(`(${presenceOf(code)} ? ${there} : undefined)`)
    return items(form === undefined ? '[]' : readOf(code.member.item, [form]), [wanted])
  }
  if (operator === 'as') throw new Error(`as ${type} is understood of choices only`)
  return unsure(`isResource(${code.js}, ${JSON.stringify(type)})`)
}

const orders: Readonly<Record<string, string>> = {
  ...{ date: 'time', dateTime: 'time', instant: 'time' },
  ...{ Quantity: 'quantity', SimpleQuantity: 'quantity' },
}

const operatorOf = ({ operator, left, right }: Of<'operator'>, scope: Scope): Code => {
  if (operator in truthOperators || operator === 'implies')
    return truthOperator(operator, truthOf(left, scope), truthOf(right, scope))
  const from = codeOf(left, scope)
  const to = codeOf(right, scope)
  if (operator === '=' || operator === '!=') return equality(operator, from, to)
  const [a, b] = [itemsOf(left, scope), itemsOf(right, scope)]
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      return unsure(
        `ordered(${a.js}, "${operator}", ${b.js}, "${orders[a.types?.[0] ?? ''] ?? 'plain'}")`,
      )
    case '|':
      return items(`union(${a.js}, ${b.js})`, a.types)
    case 'in':
      return unsure(`isIn(${a.js}, ${b.js})`)
    case 'contains':
      return unsure(`isIn(${b.js}, ${a.js})`)
    case '+':
      return items(`sum(${a.js}, ${b.js})`, ['integer'])
    case '&':
      return items(`concatenated(${a.js}, ${b.js})`, ['string'])
    default:
      throw new Error(`the operator ${operator} is not understood`)
  }
}

/** Functions of a collection alone, or with a collection beside it. */
const truthFunctions = new Set(['startsWith', 'contains'])
const itemFunctions: Readonly<Record<string, string>> = {
  ...{ toInteger: 'integer', toString: 'text', intersect: 'intersect', combine: 'combine' },
  ...{ children: 'children', descendants: 'descendants' },
}

const callOf = (tree: Of<'call'>, scope: Scope): Code => {
  const { of = { kind: 'this' } as const, name, args } = tree
  if (name === 'trace') return codeOf(of, scope)
  if (name === 'not') return negated(truthOf(of, scope))
  if (name === 'iif') return conditional(args, scope)
  const from = itemsOf(of, scope)
  if (['where', 'all', 'select'].includes(name)) return overEach(name, from, args[0]!, scope)
  const given = args.map(one => itemsOf(one, scope).js)
  const list = [from.js, ...given].join(', ')
  switch (name) {
    case 'exists':
      if (args.length > 0)
        return sure(`(${overEach('where', from, args[0]!, scope).js}.length > 0)`)
      return sure(`(${presenceOf(from)})`)
    case 'empty':
      return sure(`!(${presenceOf(from)})`)
    case 'hasValue':
    case 'isDistinct':
    case 'allFalse':
      return sure(`${name}(${from.js})`)
    case 'count':
      return items(`[${from.js}.length]`, ['integer'])
    case 'first':
      return items(`${from.js}.slice(0, 1)`, from.types)
    case 'tail':
      return items(`${from.js}.slice(1)`, from.types)
    case 'matches':
      return unsure(`matches(${from.js}, ${patternOf(args[0]!)})`)
    case 'replaceMatches':
      return items(`replaceMatches(${from.js}, ${patternOf(args[0]!)}, ${given[1]})`, ['string'])
    default:
      if (truthFunctions.has(name)) return unsure(`${name}(${list})`)
      if (itemFunctions[name] === undefined) throw new Error(`${name}() is not understood`)
      return items(`${itemFunctions[name]}(${list})`)
  }
}

const negated = ({ js, isSure }: Code): Code => (isSure ? sure(`!${js}`) : unsure(`not(${js})`))

const conditional = ([criterion, then, otherwise]: readonly PathTree[], scope: Scope): Code => {
  const other = otherwise === undefined ? 'undefined' : truthOf(otherwise, scope).js
  return unsure(
    `(${truthOf(criterion!, scope).js} === true ? ${truthOf(then!, scope).js} : ${other})`,
  )
}

const overEach = (name: string, from: Code, criterion: PathTree, scope: Scope): Code => {
  const item = `item${scope.depth}`
  const inner: Scope = { ...scope, item, types: from.types, depth: scope.depth + 1 }
  if (name === 'select') {
    const { js, types } = itemsOf(criterion, inner)
    return items(`${from.js}.flatMap(${item} => ${js})`, types)
  }
  const called = `${name}(${from.js}, ${item} => ${truthOf(criterion, inner).js})`
  return name === 'where' ? items(called, from.types) : sure(called)
}

const patternOf = (tree: PathTree): string => {
  if (tree.kind !== 'literal') throw new Error('a pattern that is no literal is not understood')
  return `new RegExp(${JSON.stringify(tree.value)}, "s")`
}
