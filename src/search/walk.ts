import type { PathStep, SearchPath } from '../fhir/definitions.ts'

type Element = Readonly<Record<string, unknown>>

/** Calls `visit` with every value a path leads to, starting at a resource. */
export type Walk = (element: Element, visit: (value: unknown) => void) => void

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A path as nested closures, made once per type: nothing is looked up by text while indexing. */
export const compilePath = ({ steps }: SearchPath): Walk => walkFrom(steps, 0)

const walkFrom = (steps: readonly PathStep[], at: number): Walk => {
  const { name, where } = steps[at]!
  const further = at === steps.length - 1 ? undefined : walkFrom(steps, at + 1)
  const enter = (value: unknown, visit: (value: unknown) => void): void => {
    if (value === null || value === undefined) return
    if (where !== undefined && !(isElement(value) && value[where.element] === where.value)) return
    if (further === undefined) visit(value)
    else if (isElement(value)) further(value, visit)
  }
  return (element, visit) => {
    const value = element[name]
    if (value === undefined) return
    if (Array.isArray(value)) for (const item of value) enter(item, visit)
    else enter(value, visit)
  }
}
