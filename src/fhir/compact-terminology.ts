import type {
  CodeSystem,
  CodeSystemConcept,
  Resource,
  ValueSet,
  ValueSetComposeInclude,
} from '@medplum/fhirtypes'

/** A code and the places of its parents in the list. */
export type CompactConcept = readonly [code: string, parents?: readonly number[]]

/** One part of a value set: a whole system, some of its codes, or other value sets. */
export interface CompactPart {
  readonly system?: string
  readonly codes?: readonly string[]
  readonly filters?: readonly (readonly [property: string, op: string, value: string])[]
  readonly valueSets?: readonly string[]
}

/** What the build writes to `generated/terminology.json` and `loadTerminology` reads back. */
export interface CompactTerminology {
  /** Complete code systems only. */
  readonly codeSystems: Readonly<Record<string, readonly CompactConcept[]>>
  readonly valueSets: Readonly<
    Record<
      string,
      {
        readonly version?: string
        readonly include: readonly CompactPart[]
        readonly exclude?: readonly CompactPart[]
      }
    >
  >
}

/** Every code system that is complete, and every value set that says what it is made of. */
export const compactTerminology = (resources: readonly Resource[]): CompactTerminology => ({
  codeSystems: Object.fromEntries(
    resources
      .filter((resource): resource is CodeSystem => resource.resourceType === 'CodeSystem')
      .filter(({ content, url }) => content === 'complete' && url !== undefined)
      .map(codeSystem => [codeSystem.url!, conceptsOf(codeSystem)]),
  ),
  valueSets: Object.fromEntries(
    resources
      .filter((resource): resource is ValueSet => resource.resourceType === 'ValueSet')
      .filter(({ compose, url }) => compose !== undefined && url !== undefined)
      .map(({ url, version, compose }) => [
        url!,
        {
          ...(version === undefined ? {} : { version }),
          include: (compose!.include ?? []).map(compactPart),
          ...(compose!.exclude === undefined ? {} : { exclude: compose!.exclude.map(compactPart) }),
        },
      ]),
  ),
})

/** Where a hierarchy does not mean `is-a`, it says nothing about meaning. */
const conceptsOf = ({ concept, hierarchyMeaning }: CodeSystem): readonly CompactConcept[] => {
  const codes: string[] = []
  const parents: Set<string>[] = []
  const isHierarchy = hierarchyMeaning === undefined || hierarchyMeaning === 'is-a'
  const add = (one: CodeSystemConcept, parent: string | undefined): void => {
    const above = new Set<string>(
      (one.property ?? [])
        .filter(({ code }) => code === 'subsumedBy' || code === 'parent')
        .flatMap(({ valueCode }) => valueCode ?? []),
    )
    if (parent !== undefined) above.add(parent)
    codes.push(one.code!)
    parents.push(isHierarchy ? above : new Set())
    for (const child of one.concept ?? []) add(child, one.code)
  }
  for (const one of concept ?? []) add(one, undefined)
  const places = new Map(codes.map((code, at) => [code, at]))
  return codes.map((code, at) => {
    const above = [...parents[at]!].flatMap(name => places.get(name) ?? [])
    return above.length === 0 ? [code] : [code, above]
  })
}

const compactPart = ({
  system,
  concept,
  filter,
  valueSet,
}: ValueSetComposeInclude): CompactPart => ({
  ...(system === undefined ? {} : { system }),
  ...(concept === undefined ? {} : { codes: concept.map(({ code }) => code!) }),
  ...(filter === undefined
    ? {}
    : { filters: filter.map(({ property, op, value }) => [property!, op!, value!] as const) }),
  ...(valueSet === undefined ? {} : { valueSets: valueSet }),
})
