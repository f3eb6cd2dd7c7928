import { FhirError, InvalidRequest, NotFound } from '../fhir/errors.ts'
import type { MatchedVersion } from '../store/match.ts'
import { hasIdentifiers, type Criteria } from './conditional-criteria.ts'
import { requireAtMost, requireNoCondition } from './conditional-delete.ts'
import { conditionalIntent } from './conditional-update.ts'
import type { Change, Step } from './transaction-step.ts'
import type { WriteIntent } from './write-intent.ts'

/** What an entry comes to: a write, several deletions, a resource that was there already, one that another entry makes, or nothing. */
export type Decision =
  | { readonly kind: 'write'; readonly intent: WriteIntent }
  | { readonly kind: 'deletes'; readonly intents: readonly WriteIntent[] }
  | { readonly kind: 'matched'; readonly resourceType: string; readonly match: MatchedVersion }
  | { readonly kind: 'made'; readonly by: Step }
  | { readonly kind: 'absent' }

/** The stored resources that criteria meet, up to one more than `countMax`. */
export interface Met {
  readonly found: readonly MatchedVersion[]
  readonly countMax: number
}

/** What criteria meet, by their text. */
export type Matches = ReadonlyMap<string, Met>

type Made = { readonly step: Step; readonly intent: WriteIntent }

/** DELETE, then POST, then PUT and PATCH. @see https://hl7.org/fhir/R4/http.html#trules */
const order: readonly Change['action'][] = ['delete', 'create', 'update', 'patch']

/**
 * What a transaction does to each resource, decided as if its entries were done one after the other in
 * the order of the specification: criteria also meet what an earlier entry makes, and no longer what
 * one deletes. Entries that are in the bundle are met by identifier alone.
 */
export class Decisions {
  readonly #decided = new Map<Step, Decision>()
  readonly #made: Made[] = []
  readonly #gone = new Set<string>()
  readonly #writers = new Map<string, Step>()

  /**
   * @throws MultipleMatches, InvalidRequest with the expression of the entry
   * @throws InvalidRequest naming both entries when two of them change one resource
   */
  constructor(steps: readonly Step[], matches: Matches) {
    for (const action of order)
      for (const step of steps) if (step.change?.action === action) this.#decide(step, matches)
  }

  of(step: Step): Decision | undefined {
    return this.#decided.get(step)
  }

  /** The `Type/id` an entry is about; undefined when it is about nothing, or is a question. */
  addressOf(step: Step): string | undefined {
    const decision = this.#decided.get(step)
    switch (decision?.kind) {
      case 'write':
        return `${decision.intent.resourceType}/${decision.intent.id}`
      case 'matched':
        return `${decision.resourceType}/${decision.match.id}`
      case 'made':
        return this.addressOf(decision.by)
      default:
        return undefined
    }
  }

  /** What criteria meet once the changes are done; what the bundle writes belongs to `owner`. */
  meeting(
    { resourceType, identifiers }: Criteria,
    stored: Met,
    owner: number,
  ): readonly Pick<MatchedVersion, 'id' | 'owner'>[] {
    const made = this.#madeWith({ resourceType, identifiers })
    const left = this.#left(resourceType, stored, made)
    return [...made.map(({ intent }) => ({ id: intent.id, owner })), ...left]
  }

  #decide(step: Step, matches: Matches): void {
    const { change, expression } = step
    try {
      const decision = this.#decisionOf(step, change!, matches)
      this.#decided.set(step, decision)
      for (const intent of intentsOf(decision)) this.#note(step, intent)
    } catch (error) {
      throw error instanceof FhirError ? error.at(expression) : error
    }
  }

  #decisionOf(step: Step, change: Change, matches: Matches): Decision {
    const { action, resourceType, newId, resource, patch, ifMatch, criteria } = change
    const entry = step.expression
    const expression = resource === undefined ? undefined : `${entry}.resource`
    const at = { entry, expression }
    if (criteria === undefined) return { kind: 'write', intent: addressedIntent(change, at) }
    const made = this.#madeWith(criteria)
    const stored = this.#left(resourceType, matches.get(criteria.text)!, made)
    requireAtMost(change.countMax ?? 1, [...stored, ...made], resourceType)
    if (made[0] !== undefined) return this.#meetingMade(step, made[0].step)
    const [match] = stored
    if (action === 'update') {
      const intent = conditionalIntent({ ...change, resource: resource!, ...at }, match)
      return { kind: 'write', intent: { ...intent, ...at } }
    }
    if (action === 'create')
      return match === undefined
        ? { kind: 'write', intent: { action, resourceType, id: newId, resource: resource!, ...at } }
        : { kind: 'matched', resourceType, match }
    if (match === undefined) {
      if (action === 'patch') throw new NotFound('patch-criteria-none')
      requireNoCondition({ ifMatch })
      return { kind: 'absent' }
    }
    const intents = stored.map(({ id, version }): WriteIntent => ({
      ...{ action, resourceType, id, matched: version, patch, ifMatch, ...at },
    }))
    return intents.length === 1
      ? { kind: 'write', intent: intents[0]! }
      : { kind: 'deletes', intents }
  }

  /** A conditional create is content with what an earlier entry makes; any other change would be a second one. */
  #meetingMade(step: Step, by: Step): Decision {
    if (step.change!.action === 'create') return { kind: 'made', by }
    throw duplicate(by, step)
  }

  /**
   * The stored ones that are not deleted and not among those `made`. Where there are more than were read,
   * it is not known which, so deletions are passed over.
   */
  #left(
    resourceType: string,
    { found, countMax }: Met,
    made: readonly Made[],
  ): readonly MatchedVersion[] {
    const others = found.filter(({ id }) => made.every(({ intent }) => intent.id !== id))
    return found.length > countMax
      ? others
      : others.filter(({ id }) => !this.#gone.has(`${resourceType}/${id}`))
  }

  #madeWith({ resourceType, identifiers }: Pick<Criteria, 'resourceType' | 'identifiers'>): Made[] {
    if (identifiers === undefined) return []
    return this.#made.filter(
      ({ intent }) =>
        intent.resourceType === resourceType && hasIdentifiers(intent.resource, identifiers),
    )
  }

  #note(step: Step, intent: WriteIntent): void {
    const address = `${intent.resourceType}/${intent.id}`
    const writer = this.#writers.get(address)
    if (writer !== undefined) throw duplicate(writer, step)
    this.#writers.set(address, step)
    if (intent.action === 'delete') this.#gone.add(address)
    else if (intent.action !== 'patch') this.#made.push({ step, intent })
  }
}

/** The changes that a decision is made of. */
export const intentsOf = (decision: Decision | undefined): readonly WriteIntent[] =>
  decision?.kind === 'write'
    ? [decision.intent]
    : decision?.kind === 'deletes'
      ? decision.intents
      : []

/** What an entry without criteria comes to. */
const addressedIntent = (
  { action, resourceType, id, newId, resource, patch, ifMatch, ifAbsent }: Change,
  { entry, expression }: Pick<WriteIntent, 'entry' | 'expression'>,
): WriteIntent => ({
  action,
  resourceType,
  id: id ?? newId,
  resource,
  patch,
  ifMatch,
  ifAbsent,
  entry,
  expression,
})

const duplicate = (one: Step, other: Step): InvalidRequest => {
  const [first, second] = [one.index, other.index].sort((a, b) => a - b)
  return new InvalidRequest(
    'bundle-duplicate-identity',
    { first: first!, second: second! },
    `Bundle.entry[${second}]`,
  )
}
