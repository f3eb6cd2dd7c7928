import { isObject, type JsonObject } from './walk.ts'

/** One type an element may have in a profile. */
export interface ProfileType {
  readonly code: string
  readonly profiles?: readonly string[]
  readonly targets?: readonly string[]
}

/** @see https://hl7.org/fhir/R4/profiling.html#discriminator */
export interface Discriminator {
  readonly type: string
  readonly path: string
}

/** @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.slicing */
export interface Slicing {
  readonly discriminators: readonly Discriminator[]
  readonly rules: string
  readonly isOrdered: boolean
}

/** A constraint that a profile adds, as FHIRPath. */
export interface ProfileRule {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly expression: string
}

/** What one line of a profile says of an element; what it does not say is not here. */
export interface ProfileLine {
  readonly id: string
  readonly min?: number
  /** Infinity has no JSON form: -1. */
  readonly max?: number
  readonly types?: readonly ProfileType[]
  readonly fixed?: unknown
  readonly pattern?: unknown
  readonly binding?: { readonly strength: string; readonly valueSet: string }
  readonly rules?: readonly ProfileRule[]
  readonly slicing?: Slicing
  readonly maxLength?: number
  /** `minValue[x]` and `maxValue[x]`. */
  readonly lowest?: unknown
  readonly highest?: unknown
  readonly mustSupport?: true
}

/** A profile or extension as it is kept: what its StructureDefinition says beyond its base. */
export interface ProfileSource {
  readonly url: string
  readonly version?: string
  /** Type it constrains. */
  readonly type: string
  /** Canonical of what it builds on. */
  readonly base?: string
  /** Where an extension may stand: kinds and expressions. */
  readonly context?: readonly (readonly [type: string, expression: string])[]
  /** What must hold of the element an extension is on, as FHIRPath. */
  readonly contextRules?: readonly string[]
  readonly isModifier?: true
  readonly differential?: readonly ProfileLine[]
  readonly snapshot?: readonly ProfileLine[]
}

const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []

/**
 * Reads a StructureDefinition that constrains a type or defines an extension; nothing for any other
 * resource. Its snapshot is kept where it has no differential.
 * @see https://hl7.org/fhir/R4/structuredefinition.html
 */
export const profileSource = (resource: unknown): ProfileSource | undefined => {
  if (!isObject(resource) || resource['resourceType'] !== 'StructureDefinition') return undefined
  const { url, version, type, baseDefinition, derivation } = resource
  if (typeof url !== 'string' || typeof type !== 'string') return undefined
  const isOfItsBase = text(baseDefinition)?.endsWith(`/StructureDefinition/${type}`) === true
  if (derivation !== 'constraint' && !isOfItsBase) return undefined
  const [differential, snapshot] = [resource['differential'], resource['snapshot']].map(part =>
    isObject(part) ? objects(part['element']) : [],
  ) as [JsonObject[], JsonObject[]]
  const contextRules = texts(resource['contextInvariant'])
  const lines = linesOf(differential.length > 0 ? differential : snapshot)
  return {
    ...{ url, type },
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof baseDefinition === 'string' ? { base: baseDefinition } : {}),
    ...(type === 'Extension' ? { context: contextOf(resource) } : {}),
    ...(contextRules.length > 0 ? { contextRules } : {}),
    ...([...differential, ...snapshot].some(isModifierRoot) ? { isModifier: true } : {}),
    ...(differential.length > 0 ? { differential: lines } : { snapshot: lines }),
  }
}

const isModifierRoot = ({ path, isModifier }: JsonObject): boolean =>
  path === 'Extension' && isModifier === true

const contextOf = ({ context }: JsonObject): (readonly [string, string])[] =>
  objects(context).flatMap(({ type, expression }) =>
    typeof type === 'string' && typeof expression === 'string' ? [[type, expression] as const] : [],
  )

/** Elements without an id get the one their path and slice name stand for. */
const linesOf = (elements: readonly JsonObject[]): ProfileLine[] => {
  const slices = new Map<string, string>()
  return elements.flatMap(element => {
    const path = text(element['path'])
    if (path === undefined) return []
    const sliceName = text(element['sliceName'])
    slices.set(path, sliceName === undefined ? '' : `:${sliceName}`)
    for (const known of slices.keys()) if (known.startsWith(`${path}.`)) slices.delete(known)
    const id = text(element['id']) ?? idOf(path, slices)
    return [lineOf(id, element)]
  })
}

const idOf = (path: string, slices: ReadonlyMap<string, string>): string => {
  const steps = path.split('.')
  return steps
    .map((step, at) => step + (slices.get(steps.slice(0, at + 1).join('.')) ?? ''))
    .join('.')
}

const constantNames = ['fixed', 'pattern', 'minValue', 'maxValue'] as const

const lineOf = (id: string, element: JsonObject): ProfileLine => {
  const { min, max, maxLength, mustSupport } = element
  const [fixed, pattern, lowest, highest] = constantNames.map(prefix => {
    const name = Object.keys(element).find(key => key.startsWith(prefix))
    return name === undefined ? undefined : element[name]
  })
  return {
    id,
    ...(min === undefined ? {} : { min: Number(min) }),
    ...(max === undefined ? {} : { max: max === '*' ? -1 : Number(max) }),
    ...(element['type'] === undefined ? {} : { types: objects(element['type']).map(typeOf) }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(lowest === undefined ? {} : { lowest }),
    ...(highest === undefined ? {} : { highest }),
    ...bindingOf(element),
    ...rulesOf(element),
    ...slicingOf(element),
    ...(maxLength === undefined ? {} : { maxLength: Number(maxLength) }),
    ...(mustSupport === true ? { mustSupport } : {}),
  }
}

const elementExtension = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element'

/** A profile of which only what it says of one element is meant. */
const withElement = (profile: string, sibling: unknown): string => {
  const extensions = isObject(sibling) ? objects(sibling['extension']) : []
  const element = text(extensions.find(({ url }) => url === elementExtension)?.['valueString'])
  return element === undefined ? profile : `${profile}#${element}`
}

const typeOf = ({ code, profile, _profile, targetProfile }: JsonObject): ProfileType => {
  const siblings: readonly unknown[] = Array.isArray(_profile) ? _profile : []
  const profiles = texts(profile).map((canonical, at) => withElement(canonical, siblings[at]))
  const targets = texts(targetProfile)
  return {
    code: String(text(code)).replace(/^.*System\.String$/, 'string'),
    ...(profiles.length > 0 ? { profiles } : {}),
    ...(targets.length > 0 ? { targets } : {}),
  }
}

const bindingOf = ({ binding }: JsonObject): Pick<ProfileLine, 'binding'> => {
  if (!isObject(binding)) return {}
  const [strength, valueSet] = [text(binding['strength']), text(binding['valueSet'])]
  if (valueSet === undefined || (strength !== 'required' && strength !== 'extensible')) return {}
  return { binding: { strength, valueSet } }
}

const rulesOf = ({ constraint }: JsonObject): Pick<ProfileLine, 'rules'> => {
  const rules = objects(constraint).flatMap(({ key, severity, human, expression }) =>
    typeof expression === 'string' && (severity === 'error' || severity === 'warning')
      ? [{ key: text(key) ?? '', severity, human: text(human) ?? '', expression } as const]
      : [],
  )
  return rules.length === 0 ? {} : { rules }
}

const slicingOf = ({ slicing }: JsonObject): Pick<ProfileLine, 'slicing'> => {
  if (!isObject(slicing)) return {}
  const discriminators = objects(slicing['discriminator']).map(({ type, path }) => ({
    ...{ type: text(type) ?? 'value', path: text(path) ?? '$this' },
  }))
  const rules = text(slicing['rules']) ?? 'open'
  return { slicing: { discriminators, rules, isOrdered: slicing['ordered'] === true } }
}
