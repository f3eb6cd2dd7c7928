import { FhirError, InvalidRequest, MultipleMatches, NotFound } from '../fhir/errors.ts'
import type { MatchedVersion } from '../store/match.ts'
import { hasIdentifiers, type Criteria } from './conditional-criteria.ts'
import { requireNoCondition } from './conditional-delete.ts'
import { conditionalIntent } from './conditional-update.ts'
import type { Change, Step } from './transaction-step.ts'
import type { WriteIntent } from './write-intent.ts'

/** What an entry comes to: a write, a resource that was there already, one that another entry makes, or nothing. */
export type Decision =
  | { readonly kind: 'write'; readonly intent: WriteIntent }
  | { readonly kind: 'matched'; readonly resourceType: string; readonly match: MatchedVersion }
  | { readonly kind: 'made'; readonly by: Step }
  | { readonly kind: 'absent' }

/** The stored resources that criteria meet, up to two, by the text of the criteria. */
export type Matches = ReadonlyMap<string, readonly MatchedVersion[]>

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
    stored: readonly MatchedVersion[],
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
      if (decision.kind === 'write') this.#note(step, decision.intent)
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
    if (stored.length + made.length > 1)
      throw new MultipleMatches(
        action === 'delete' ? 'criteria-many-in-transaction' : 'criteria-many',
        { resourceType },
      )
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
    const condition = { matched: match.version, patch, ifMatch }
    return { kind: 'write', intent: { action, resourceType, id: match.id, ...condition, ...at } }
  }

  /** A conditional create is content with what an earlier entry makes; any other change would be a second one. */
  #meetingMade(step: Step, by: Step): Decision {
    if (step.change!.action === 'create') return { kind: 'made', by }
    throw duplicate(by, step)
  }

  /**
   * The stored ones that are not deleted and not among those `made`. Where two are given already, which
   * of more than two they are is not known, so deletions are passed over.
   */
  #left(
    resourceType: string,
    stored: readonly MatchedVersion[],
    made: readonly Made[],
  ): readonly MatchedVersion[] {
    const others = stored.filter(({ id }) => made.every(({ intent }) => intent.id !== id))
    return stored.length > 1
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
