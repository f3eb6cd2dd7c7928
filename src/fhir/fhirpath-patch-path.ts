import { InvalidRequest } from './errors.ts'
import { stringifyJson } from './json.ts'
import type { Work } from './json-work.ts'
import { limits } from './limits.ts'

/** One step from an element to a child: its FHIR name, and which one where it repeats. */
export interface Step {
  readonly name: string
  readonly index: number | null
}

/** The elements a path leads to, each as its steps from the resource. The resource itself: no steps. */
export type Locate = (resource: unknown, work: Work) => readonly (readonly Step[])[]

interface Parsed {
  readonly type: string
  readonly text?: string
  readonly children?: readonly Parsed[]
}

/** The member of fhirpath.js's result nodes that is read here. */
interface ResultNode {
  readonly propName: string | null
  readonly index: number | null
  readonly parentResNode: ResultNode | null
}

type Library = Awaited<ReturnType<typeof load>>
let library: Promise<Library> | undefined

/** Loaded at first use: it takes most of a second, and few servers ever see a FHIRPath Patch. */
const load = async () => {
  const [engine, model] = await Promise.all([
    import('fhirpath'),
    import('fhirpath/fhir-context/r4'),
  ])
  return { engine: engine.default, model: model.default }
}

/**
 * Compiles the paths of a patch. What a path may hold is a closed list, in which each criterion looks
 * only below the element it is about: so the cost of a path is its length times the size of the
 * resource, which is charged before it is evaluated.
 * @throws InvalidRequest for what is no FHIRPath, or outside that list
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export const compilePath = async (path: string, expression: string): Promise<Locate> => {
  const { engine, model } = await (library ??= load())
  if (path.length > limits.patchPathLengthMax || nesting(path) > limits.patchPathNestingMax)
    throw refused('a longer or more deeply nested expression than is taken', expression)
  const text = withElementNames(path)
  let parsed: Parsed
  try {
    parsed = engine.parse(text)
  } catch {
    throw refused('an expression with a syntax error', expression)
  }
  const invocations = requireServed(parsed, expression)
  const evaluate = engine.compile(text, model, { resolveInternalTypes: false })
  return (resource, work) => {
    for (let walks = 0; walks <= invocations; walks++) work.walk(resource)
    try {
      // Decimals as plain numbers: the result says where, and is read from the resource itself.
      return evaluate(JSON.parse(stringifyJson(resource))).map((node: ResultNode) =>
        stepsTo(node, expression),
      )
    } catch (error) {
      if (error instanceof InvalidRequest) throw error
      throw refused('an expression that cannot be evaluated on this resource', expression)
    }
  }
}

const refused = (found: string, expression: string): InvalidRequest =>
  new InvalidRequest(
    'patch-path-unsupported',
    { found, expected: "a path such as Patient.name.where(use = 'official').given[0]" },
    expression,
  )

const nesting = (path: string): number => {
  let depth = 0
  let deepest = 0
  for (const mark of path) {
    if ('([{'.includes(mark)) deepest = Math.max(deepest, ++depth)
    else if (')]}'.includes(mark)) depth--
  }
  return deepest
}

/** `div` is an operator of FHIRPath and an element of Narrative: behind a dot it is the element. */
const withElementNames = (path: string): string =>
  path.replace(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\.\s*div\b/g, (found: string): string =>
    found.startsWith('.') ? '.`div`' : found,
  )

const servedKinds: ReadonlySet<string> = new Set([
  ...['EntireExpression', 'TermExpression', 'InvocationExpression', 'IndexerExpression'],
  ...['InvocationTerm', 'LiteralTerm', 'ParenthesizedTerm', 'MemberInvocation', 'ThisInvocation'],
  ...['FunctionInvocation', 'Functn', 'ParamList', 'Identifier', 'AndExpression', 'OrExpression'],
  ...['EqualityExpression', 'InequalityExpression', 'StringLiteral', 'NumberLiteral'],
  ...['BooleanLiteral', 'DateLiteral', 'DateTimeLiteral', 'TimeLiteral', 'QuantityLiteral'],
])
const servedFunctions: ReadonlySet<string> = new Set([
  ...['where', 'first', 'last', 'single', 'tail', 'skip', 'take', 'exists', 'empty', 'not'],
  ...['count', 'hasValue', 'ofType', 'as', 'extension', 'startsWith', 'endsWith', 'contains'],
])

/** How many steps the expression has. @throws InvalidRequest naming what is not on the list */
const requireServed = (parsed: Parsed, expression: string): number => {
  const { type, text = '', children = [] } = parsed
  if (!servedKinds.has(type)) throw refused(type, expression)
  if (type === 'EqualityExpression' && text !== '=' && text !== '!=')
    throw refused('an equivalence', expression)
  if (type === 'FunctionInvocation' && !servedFunctions.has(text))
    throw refused('a function that is not served', expression)
  const own = type === 'MemberInvocation' || type === 'FunctionInvocation' ? 1 : 0
  return children.reduce((sum, child) => sum + requireServed(child, expression), own)
}

const stepsTo = (node: ResultNode, expression: string): readonly Step[] => {
  const steps: Step[] = []
  for (let at: ResultNode | null = node; at !== null; at = at.parentResNode) {
    // A computed value has no place in the resource.
    if (at.parentResNode === undefined) throw refused('a value instead of an element', expression)
    if (at.propName !== null) steps.unshift({ name: at.propName, index: at.index })
    else if (at.parentResNode !== null) throw refused('a value of the expression', expression)
  }
  return steps
}
