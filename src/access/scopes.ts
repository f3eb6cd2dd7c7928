import { isResourceType } from '../fhir/resource-types.ts'

/** One interaction letter of SMART v2: create, read, update, delete, search. */
export type ScopeLetter = 'c' | 'r' | 'u' | 'd' | 's'
export type ScopeContext = 'patient' | 'user' | 'system'

/** One resource scope: `user/Observation.rs`. `letters` is a subset of `cruds` in that order. */
export interface Scope {
  readonly context: ScopeContext
  /** A resource type, or `*`. */
  readonly resourceType: string
  readonly letters: string
  /** Search parameters, as they are written, that the resources must meet: `category=laboratory`. */
  readonly constraint?: string
}
export type Scopes = readonly Scope[]

/** Scopes in one token or request; more grant nothing. */
export const scopesMax = 200

const letterOrder = 'cruds'
const form =
  /^(patient|user|system)\/(\*|[A-Za-z]{1,64})\.(read|write|\*|c?r?u?d?s?)(?:\?([\x21-\x7e]{1,500}))?$/
const versionOneLetters: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
])
/** What a constraint is held to: writes are not, so a constrained scope gives none. */
const constrainedLetters = 'rs'

/**
 * Reads one SMART scope, v1 (`system/*.read`) or v2 (`system/Observation.rs?category=laboratory`).
 * Undefined, so that it grants nothing, when it is malformed (`.dus`: letters out of order), names no
 * R4 type, is no resource scope (`openid`), or constrains all types at once. What the constraint
 * means, and whether anything, is found out where it is used.
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 */
export const parseScope = (text: string): Scope | undefined => {
  const [, context, resourceType, written, constraint] = form.exec(text) ?? []
  if (context === undefined || resourceType === undefined || !written) return undefined
  if (resourceType !== '*' && !isResourceType(resourceType)) return undefined
  const letters = versionOneLetters.get(written) ?? written
  const scope = { context: context as ScopeContext, resourceType }
  if (constraint === undefined) return { ...scope, letters }
  const held = commonLetters(letters, constrainedLetters)
  // Beside the letters of v1 there are no constraints.
  if (resourceType === '*' || held === '' || versionOneLetters.has(written)) return undefined
  return { ...scope, letters: held, constraint }
}

/** Reads a space-separated scope string; entries that grant nothing are left out. */
export const parseScopes = (text: string): Scopes =>
  words(text)
    .map(parseScope)
    .filter(scope => scope !== undefined)

/** The v2 writing of a scope. */
export const formatScope = ({ context, resourceType, letters, constraint }: Scope): string =>
  `${context}/${resourceType}.${letters}${constraint === undefined ? '' : `?${constraint}`}`

/**
 * True when the scopes allow this interaction on this resource type; a constraint may still leave out
 * some of its resources.
 */
export const covers = (scopes: Scopes, resourceType: string, letter: ScopeLetter): boolean =>
  scopes.some(
    scope =>
      (scope.resourceType === '*' || scope.resourceType === resourceType) &&
      scope.letters.includes(letter),
  )

/** The part of each scope that some ceiling allows; never more than either side. */
export const within = (asked: Scopes, ceiling: Scopes): Scopes => {
  const granted = new Map<string, Scope>()
  for (const scope of asked) {
    for (const part of partsOf(scope, ceiling)) granted.set(formatScope(part), part)
  }
  return [...granted.values()]
}

/**
 * What a token request gets: each scope asked for, cut to the ceiling. A scope that is allowed whole
 * keeps its own writing, so that a v1 client reads back what it asked. Empty: nothing was valid.
 */
export const grantScopes = (asked: string | undefined, ceiling: readonly string[]): string[] => {
  const allowed = ceiling.map(parseScope).filter(scope => scope !== undefined)
  if (asked === undefined) return ceiling.filter(text => parseScope(text) !== undefined)
  const granted = words(asked).flatMap(text => {
    const scope = parseScope(text)
    if (scope === undefined) return []
    return isWhole(scope, allowed) ? [text] : partsOf(scope, allowed).map(formatScope)
  })
  return [...new Set(granted)]
}

const words = (text: string): string[] => {
  const found = text.split(' ').filter(word => word !== '')
  return found.length > scopesMax ? [] : found
}

const partsOf = (scope: Scope, ceiling: Scopes): Scope[] =>
  ceiling.flatMap(bound => {
    const resourceType = commonType(scope.resourceType, bound.resourceType)
    if (!isOfContext(scope, bound) || resourceType === undefined) return []
    const letters = commonLetters(scope.letters, bound.letters)
    if (letters === '') return []
    const constraint = commonConstraint(scope.constraint, bound.constraint)
    const part = { context: scope.context, resourceType, letters }
    return [constraint === undefined ? part : { ...part, constraint }]
  })

/** A ceiling for all a person may see is one for what is of a single patient, too. */
const isOfContext = (scope: Scope, bound: Scope): boolean =>
  scope.context === bound.context || (scope.context === 'patient' && bound.context === 'user')

/** Both constraints: further parameters narrow a search. */
const commonConstraint = (one: string | undefined, other: string | undefined) =>
  one === undefined || other === undefined || one === other ? (one ?? other) : `${other}&${one}`

/** True when the ceilings on this very type (or on all types) together allow every letter as it is asked for. */
const isWhole = (scope: Scope, ceiling: Scopes): boolean =>
  [...scope.letters].every(letter =>
    ceiling.some(
      bound =>
        isOfContext(scope, bound) &&
        (bound.constraint === undefined || bound.constraint === scope.constraint) &&
        (bound.resourceType === '*' || bound.resourceType === scope.resourceType) &&
        bound.letters.includes(letter),
    ),
  )

const commonType = (one: string, other: string): string | undefined => {
  if (one === '*') return other
  return other === '*' || other === one ? one : undefined
}

const commonLetters = (one: string, other: string): string =>
  [...letterOrder].filter(letter => one.includes(letter) && other.includes(letter)).join('')
