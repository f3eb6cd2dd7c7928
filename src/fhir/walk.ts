import { Decimal } from './decimal.ts'
import { limits } from './limits.ts'
import type { MessageCode } from './messages.ts'
import type { Profiles } from './profiles.ts'
import { issue, type Issue, type IssueType, type MessageParameters } from './outcome.ts'

/** A JSON object of a parsed tree. */
export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Decimal)

/** The JSON kind of a value, in JSON's own words: all that a message tells of what was found. */
export const kindOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return value instanceof Decimal ? 'number' : typeof value
}

/**
 * One validation under way: where it stands, and what it has found. The path is a stack of names and
 * indexes, put into words only when there is something to report.
 */
export class Walk {
  readonly issues: Issue[] = []
  readonly path: (string | number)[] = []
  /** How many of the issues are errors. */
  errors = 0
  /** The resource whose `contained` a `#id` reference points into. */
  container: JsonObject = {}
  /** What the path begins at. */
  root: JsonObject = {}
  /** The resource whose elements are being looked at, contained or not. */
  resource: JsonObject = {}
  /** Whether recommendations are asked for, too, and not errors alone. */
  readonly wantsWarnings: boolean
  /** Ids of elements of the resource in question. */
  #elementIds: Set<unknown> | undefined
  #containedIds: ReadonlySet<unknown> | undefined

  /** Profiles and extensions to check by. */
  readonly profiles: Profiles | undefined

  constructor(wantsWarnings = false, profiles?: Profiles) {
    this.wantsWarnings = wantsWarnings
    this.profiles = profiles
  }

  /** Reports a problem at the present path, or at `member` of it. At most `limits.issuesMax` are kept. */
  report(
    type: IssueType,
    code: MessageCode,
    parameters: MessageParameters = {},
    member?: string,
  ): void {
    if (this.isFull) return
    this.add(issue('error', type, code, parameters, this.expression(member)))
  }

  /** Keeps an issue, whose expression is `expression()`. */
  add(found: Issue): void {
    if (this.isFull) return
    if (found.severity === 'error') this.errors++
    this.issues.push(found)
  }

  /** Says what would be better, where that is asked for. */
  recommend(
    type: IssueType,
    code: MessageCode,
    parameters: MessageParameters = {},
    member?: string,
  ): void {
    if (!this.wantsWarnings || this.isFull) return
    this.add(issue('warning', type, code, parameters, this.expression(member)))
  }

  get isFull(): boolean {
    return this.issues.length >= limits.issuesMax
  }

  hasContained(id: string): boolean {
    const { contained } = this.container
    this.#containedIds ??= new Set(
      Array.isArray(contained)
        ? contained.map(item => (isObject(item) ? item['id'] : undefined))
        : [],
    )
    return this.#containedIds.has(id)
  }

  /** "Unique id for the element within a resource": whether this one is new in it. */
  isNewId(id: unknown): boolean {
    this.#elementIds ??= new Set()
    if (this.#elementIds.has(id)) return false
    this.#elementIds.add(id)
    return true
  }

  /** Looks at a resource, whose elements have ids of their own. */
  at(resource: JsonObject, check: () => void): void {
    const [outer, outerIds] = [this.resource, this.#elementIds]
    this.resource = resource
    this.#elementIds = undefined
    check()
    this.resource = outer
    this.#elementIds = outerIds
  }

  /** Validates a resource that stands on its own inside another, such as `Bundle.entry.resource`. */
  within(container: JsonObject, check: () => void): void {
    const outer = this.container
    const outerIds = this.#containedIds
    this.container = container
    this.#containedIds = undefined
    check()
    this.container = outer
    this.#containedIds = outerIds
  }

  /** The FHIRPath of the present place, or of a member of it. */
  expression(member?: string): string {
    const path = this.path
      .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
    return (member === undefined ? path : `${path}.${member}`).slice(1)
  }
}
