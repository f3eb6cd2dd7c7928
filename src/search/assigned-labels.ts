import type { Resource } from '../fhir/resource.ts'
import { sensitiveCodes } from '../fhir/sensitive-codes.ts'
import {
  actCodeSystem,
  confidentialityOf,
  confidentialitySystem,
  normal,
  restricted,
} from './confidentiality.ts'
import { hash64 } from './hash.ts'

type Label = Readonly<Record<string, unknown>>

/** The extension by which a label says that the exchange has assigned it, and by which value set. */
const mark = 'urn:huizhen:StructureDefinition:assigned-label'

/** The fact that a record was labelled by these value sets. One without it may hold more than its labels say. */
export const labelledBy = (): bigint => (labelled ??= hash64(`labels ${sensitiveCodes().digest}`))
let labelled: bigint | undefined

/** Whether the exchange has assigned a label, so that it comes and goes with the codes of the record. */
export const isAssigned = ({ extension }: Label): boolean =>
  Array.isArray(extension) && extension.some((one: Label | null) => one?.['url'] === mark)

const known = new Map<number, readonly Label[]>()

/** The labels that value sets give, by their bits (see fhir/sensitive-codes.ts): tags, and level R. */
export const assignedLabels = (sets: number): readonly Label[] => {
  let labels = known.get(sets)
  if (labels === undefined) known.set(sets, (labels = labelsBy(sets)))
  return labels
}

const labelsBy = (sets: number): readonly Label[] => {
  const labels = new Map<string, Label>()
  const add = (system: string, code: string, url: string): void => {
    const extension = [{ url: mark, valueCanonical: url }]
    if (!labels.has(code)) labels.set(code, { extension, system, code })
  }
  const given = sensitiveCodes().sets.filter((_, at) => (sets & (1 << at)) !== 0)
  for (const { url, tags } of given) for (const tag of tags) add(actCodeSystem, tag, url)
  for (const { url } of given) add(confidentialitySystem, 'R', url)
  return [...labels.values()]
}

const labelsOf = (resource: Resource | undefined): readonly Label[] => {
  const security: unknown = resource?.meta?.['security']
  return Array.isArray(security) ? (security as Label[]) : []
}

const isSame = (one: Label, other: Label): boolean =>
  one['system'] === other['system'] && one['code'] === other['code']

const levelOf = (labels: readonly Label[]): number =>
  Math.max(-1, ...labels.flatMap(label => confidentialityOf(label) ?? []))

/** Without labels an undefined member, which is not written, keeps their place among the others. */
const withLabels = (resource: Resource, labels: readonly Label[]): Resource => ({
  ...resource,
  meta: { ...resource.meta, security: labels.length > 0 ? labels : undefined },
})

/**
 * A resource with the labels that its codes give it (`sets` as `factsOf` found them) and no other
 * assigned ones. What its writer has said about it stays in front.
 */
export const withAssignedLabels = (resource: Resource, sets: number): Resource => {
  const written = labelsOf(resource)
  if (sets === 0 && !written.some(isAssigned)) return resource
  const own = written.filter(label => !isAssigned(label))
  const isRestricted = levelOf(own) >= restricted
  const given = assignedLabels(sets).filter(
    label =>
      !own.some(one => isSame(one, label)) &&
      !(isRestricted && confidentialityOf(label) !== undefined),
  )
  return withLabels(resource, [...own, ...given])
}

/**
 * A resource as it is about to replace `stored`, with the labels of that version that no update takes
 * off: levels above what it says itself, and everything of v3-ActCode. `mayDrop`: it may take them off.
 * A label that says it was assigned is its writer's own, unless `stored` has it: then it is an echo.
 */
export const withKeptLabels = (
  resource: Resource,
  stored: Resource | undefined,
  mayDrop = false,
): Resource => {
  const [written, before] = [labelsOf(resource), labelsOf(stored)]
  if (written.length === 0 && before.length === 0) return resource
  const own: Label[] = []
  for (const label of written)
    if (!isAssigned(label)) own.push(label)
    else if (!before.some(one => isAssigned(one) && isSame(one, label))) own.push(unmarked(label))
  const floor = Math.max(levelOf(own), normal)
  const isKept = (label: Label): boolean => {
    const level = confidentialityOf(label)
    if (level !== undefined) return level > floor
    const { system } = label
    return system === undefined || system === actCodeSystem
  }
  const kept = mayDrop
    ? []
    : before.filter(
        label => !isAssigned(label) && isKept(label) && !own.some(one => isSame(one, label)),
      )
  return withLabels(resource, [...own, ...kept])
}

const unmarked = ({ extension, ...label }: Label): Label => {
  const others = (extension as readonly (Label | null)[]).filter(one => one?.['url'] !== mark)
  return others.length === 0 ? label : { extension: others, ...label }
}

/** A resource with the assigned labels of `stored` as they are, to be compared with it. */
export const withLabelsAssignedTo = (
  stored: Resource | undefined,
  resource: Resource,
): Resource => {
  const given = labelsOf(stored).filter(isAssigned)
  return given.length === 0 ? resource : withLabels(resource, [...labelsOf(resource), ...given])
}

/** Whether two states of a resource have the same labels in the same order. */
export const hasSameLabels = (one: Resource, other: Resource): boolean =>
  JSON.stringify(labelsOf(one)) === JSON.stringify(labelsOf(other))
