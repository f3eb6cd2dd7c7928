import type { Definitions, SearchPath } from '../fhir/definitions.ts'
import { limits } from '../fhir/limits.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import { isResourceType, resourceTypes } from '../fhir/resource-types.ts'
import { runTimePaths } from '../fhir/run-time-parameters.ts'
import { valueTypes } from './parameters.ts'

/** What a SearchParameter says of the search it is for. */
export interface WrittenParameter {
  readonly url: string
  readonly code: string
  readonly kind: string
  readonly base: readonly string[]
  readonly targets: readonly string[]
  readonly expression: string
  readonly description: string
}

/** That of a SearchParameter which `validate` has accepted. */
export const writtenParameter = (resource: Resource): WrittenParameter => ({
  url: textOf(resource['url']),
  code: textOf(resource['code']),
  kind: textOf(resource['type']),
  base: [...new Set(listOf(resource['base']).flatMap(type => typesOf[type] ?? [type]))],
  targets: listOf(resource['target']),
  expression: textOf(resource['expression']),
  description: textOf(resource['description']).slice(0, descriptionLengthMax),
})

/** Types that are no DomainResource: they have no extensions of their own. */
const bare: ReadonlySet<string> = new Set(['Binary', 'Bundle', 'Parameters'])

/** The types that a base stands for which is none itself. */
const typesOf: Readonly<Record<string, readonly string[]>> = {
  Resource: resourceTypes,
  DomainResource: resourceTypes.filter(type => !bare.has(type)),
}

const descriptionLengthMax = 1000
const urlLengthMax = 500
const expressionLengthMax = 2000

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? [...new Set(value.map(String))] : []

/**
 * Why a parameter cannot be served, each reason with its element. None: writes can index it.
 * @see https://hl7.org/fhir/R4/searchparameter.html
 */
export const parameterIssues = (
  parameter: WrittenParameter,
  definitions: Definitions,
): readonly Issue[] => {
  const unknown = parameter.base.filter(type => !isResourceType(type))
  const found = [
    ...identityIssues(parameter, definitions),
    ...unknown.map(type => wrong('base', type, 'resource types of R4, DomainResource or Resource')),
    ...kindIssues(parameter),
    ...targetIssues(parameter),
  ]
  return found.length > 0 ? found : expressionIssues(parameter, definitions)
}

/** The issue of one element. */
export const wrong = (element: string, found: string, expected: string): Issue =>
  issue(
    'error',
    'invalid',
    'search-parameter-invalid',
    { element, found: printed(found), expected },
    `SearchParameter.${element}`,
  )

/** Enough of a text to know it again. */
const printed = (text: string): string =>
  text === '' ? 'nothing' : text.replace(/[^ -~]/g, '?').slice(0, 100)

/** Codes by which some types are indexed in a way of their own. */
const reserved: ReadonlySet<string> = new Set(['near', 'context-quantity'])

const identityIssues = (
  { code, url, base }: WrittenParameter,
  { searchParameters }: Definitions,
): readonly Issue[] => {
  const issues: Issue[] = []
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(code) || reserved.has(code))
    issues.push(wrong('code', code, 'a letter, and up to 63 letters, digits and hyphens'))
  if (url === '' || url.length > urlLengthMax)
    issues.push(wrong('url', url, `a canonical of at most ${urlLengthMax} characters`))
  for (const [type, parameters] of searchParameters)
    for (const defined of parameters.values())
      if (defined.activation !== undefined) continue
      else if (defined.code === code && base.includes(type))
        issues.push(wrong('code', code, `a code that ${type} does not have yet`))
      else if (defined.url === url && issues.every(one => one.expression !== urlElement))
        issues.push(wrong('url', url, 'a canonical that no parameter has yet'))
  return issues.slice(0, limits.issuesMax)
}

const urlElement = 'SearchParameter.url'

const kindIssues = ({ kind }: WrittenParameter): readonly Issue[] => {
  const kinds = Object.keys(valueTypes)
  return kinds.includes(kind) ? [] : [wrong('type', kind, kinds.join(', '))]
}

const targetIssues = ({ kind, targets }: WrittenParameter): readonly Issue[] => {
  if (kind !== 'reference')
    return targets.length === 0
      ? []
      : [wrong('target', targets[0]!, 'no target: only references lead to one')]
  if (targets.length === 0) return [wrong('target', '', 'the types the reference may lead to')]
  const unknown = targets.filter(type => !isResourceType(type))
  return unknown.map(type => wrong('target', type, 'resource types of R4'))
}

const expressionIssues = (
  { expression, base, kind, targets }: WrittenParameter,
  { types }: Definitions,
): readonly Issue[] => {
  if (expression === '' || expression.length > expressionLengthMax) {
    const expected = `a FHIRPath expression of at most ${expressionLengthMax} characters`
    return [wrong('expression', expression, expected)]
  }
  return base.flatMap(type => {
    const paths = pathsOf({ expression, kind }, type, types)
    if (typeof paths === 'string') {
      const parameters = { element: 'expression', found: paths, expected: subset(type) }
      const place = 'SearchParameter.expression'
      return [issue('error', 'invalid', 'search-parameter-invalid', parameters, place)]
    }
    const kinds = paths.map(path => path.type)
    if (!kinds.some(one => valueTypes[kind]!.has(one)))
      return [wrong('type', kind, `a type that indexes ${kinds.slice(0, 8).join(', ')}`)]
    const missed = paths.find(({ resolvesTo }) => !targets.includes(resolvesTo ?? targets[0] ?? ''))
    return kind === 'reference' && missed !== undefined
      ? [wrong('target', targets.join(' '), `${missed.resolvesTo} among them`)]
      : []
  })
}

const subset = (type: string): string =>
  `a path from ${type}: elements, where(element='value'), extension('url'), ofType(T), as, where(resolve() is T), or several of these with |`

/** The paths, or in words why there are none. */
const pathsOf = (
  parameter: Pick<WrittenParameter, 'expression' | 'kind'>,
  type: string,
  types: Definitions['types'],
): readonly SearchPath[] | string => {
  try {
    const paths = runTimePaths(parameter, type, types)
    const [empty] = paths.filter(({ steps }) => steps.length === 0)
    if (empty !== undefined) return 'a path without an element'
    return paths.length === 0 ? `no path that begins at ${type}` : paths
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : 'no path'
  }
}
