import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes'
import fhirpath from 'fhirpath'
import type { TypeDefinition } from './definitions.ts'
import type { Scope } from './invariant-code.ts'
import { truthOf } from './invariant-compiler.ts'
import { pathTree } from './path-tree.ts'

/** One constraint of R4: on the elements of a type, or on one member of them. */
export interface Constraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly expression: string
  readonly type: string
  readonly member?: string
}

/** What holds by hand-written checks: of every element, or beyond what an expression can say. */
const elsewhere = new Set([
  'ele-1',
  'ext-1',
  'ref-1',
  'txt-1',
  'txt-2',
  'dom-2',
  'dom-3',
  'dom-4',
  'dom-5',
  'ctm-1',
])

/** Where an expression of R4 is not what its text says; R5 has it so. */
const corrected: Readonly<Record<string, string>> = {
  'que-12': 'enableWhen.count() > 1 implies enableBehavior.exists()',
}

/** Every constraint R4 puts on a type or its members, once, but for those checked elsewhere. */
export const constraintsOf = (
  structures: readonly StructureDefinition[],
  types: ReadonlyMap<string, TypeDefinition>,
): readonly Constraint[] => {
  const inherited = new Map<string, Set<string>>()
  for (const { type, snapshot } of structures)
    inherited.set(type!, new Set(keysOf(snapshot?.element?.[0])))
  return structures.flatMap(structure =>
    (structure.snapshot?.element ?? []).flatMap(element =>
      (element.constraint ?? [])
        .filter(({ key }) => !elsewhere.has(key!))
        .flatMap(constraint => {
          const place = placeOf(element, types)
          const own = element.type?.length === 1 ? inherited.get(element.type[0]!.code!) : undefined
          if (place.member !== undefined && own?.has(constraint.key!) === true) return []
          if (element.contentReference !== undefined) return []
          const { key, severity, human } = constraint
          const expression = corrected[key!] ?? constraint.expression
          return [{ key, severity, human, expression, ...place } as Constraint]
        }),
    ),
  )
}

const keysOf = (element: ElementDefinition | undefined): string[] =>
  (element?.constraint ?? []).map(({ key }) => key!)

const placeOf = (
  { path }: ElementDefinition,
  types: ReadonlyMap<string, TypeDefinition>,
): Pick<Constraint, 'type' | 'member'> => {
  if (types.has(path!)) return { type: path! }
  const dot = path!.lastIndexOf('.')
  return { type: path!.slice(0, dot), member: path!.slice(dot + 1).replace('[x]', '') }
}

/**
 * Where the answer "not known" lets an element pass: two times of other precision, quantities of other
 * units, a recommendation on a name that is not there. Elsewhere what is not true is refused.
 */
export const isLenient = ({ key, expression }: Constraint): boolean =>
  key.endsWith('-0') ||
  ['per-1', 'rng-2', 'mdd-1', 'md-1'].includes(key) ||
  expression.startsWith('lastModified')

const scopeOf = (
  { type, member }: Constraint,
  definitions: ReadonlyMap<string, TypeDefinition>,
): Scope => {
  if (member === undefined) return { item: 'node', types: [type], definitions, depth: 0 }
  const elements = [...definitions.get(type)!.elements.values()]
  const forms = elements.filter(({ name, choice }) => name === member || choice === member)
  return { item: 'item', types: forms.map(form => form.type), definitions, depth: 0 }
}

/** The body of a function that tells whether a constraint is met; undefined where that is not known. */
export const truthText = (
  constraint: Constraint,
  definitions: ReadonlyMap<string, TypeDefinition>,
): { readonly js: string; readonly isSure: boolean } =>
  truthOf(pathTree(fhirpath.parse(constraint.expression)), scopeOf(constraint, definitions))

/** The condition under which a constraint is broken. */
const brokenText = (
  constraint: Constraint,
  definitions: ReadonlyMap<string, TypeDefinition>,
): string => {
  const { js, isSure } = truthText(constraint, definitions)
  const broken = isSure ? `!${js}` : isLenient(constraint) ? `${js} === false` : `${js} !== true`
  const { member, type } = constraint
  if (member === undefined) return broken
  const names = [...definitions.get(type)!.elements.values()]
    .filter(element => element.name === member || element.choice === member)
    .map(({ name }) => name)
  return `choice(node, ${JSON.stringify(names)}).some(item => ${broken})`
}

/**
 * The text of the module with a function per type and severity, which calls `broken` with the place of
 * each rule the element breaks.
 */
export const invariantModule = (
  constraints: readonly Constraint[],
  definitions: ReadonlyMap<string, TypeDefinition>,
): string => {
  const functions = (severity: Constraint['severity']): string => {
    const byType = new Map<string, string[]>()
    for (const [at, constraint] of constraints.entries()) {
      if (constraint.severity !== severity) continue
      const lines = byType.get(constraint.type) ?? []
      byType.set(constraint.type, lines)
      lines.push(`if (${brokenText(constraint, definitions)}) broken(${at})`)
    }
    return [...byType]
      .map(
        ([type, lines]) =>
          `${JSON.stringify(type)}: (node, place, broken) => {\n${lines.join('\n')}\n}`,
      )
      .join(',\n')
  }
  const rules = constraints.map(({ key, human, member = '' }) => [key, human, member])
  return [
    '// Made by generate.ts from the constraints of R4.',
    `import { ${valueNames.join(', ')} } from '../invariant-values.js'`,
    "import { ordered } from '../invariant-order.js'",
    `export const rules = ${JSON.stringify(rules)}`,
    `export const elsewhere = ${JSON.stringify([...elsewhere])}`,
    `export const errors = {\n${functions('error')}\n}`,
    `export const warnings = {\n${functions('warning')}\n}\n`,
  ].join('\n')
}

const valueNames = [
  ...[
    'all',
    'allFalse',
    'and',
    'boxed',
    'children',
    'choice',
    'combine',
    'concatenated',
    'contains',
  ],
  ...['descendants', 'equal', 'hasValue', 'implies', 'integer', 'intersect', 'isDistinct', 'isIn'],
  ...[
    'isResource',
    'matches',
    'member',
    'members',
    'not',
    'or',
    'replaceMatches',
    'startsWith',
    'sum',
  ],
  ...['text', 'truth', 'union', 'where', 'xor'],
]
