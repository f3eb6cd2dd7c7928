import type { Resource } from '../fhir/resource.ts'
import type { ConsentRule, Gate } from '../store/rows.ts'
import { consentRules } from './consent.ts'
import { consultationGate } from './gate.ts'
import { ancestorsOf } from './purposes.ts'
import type { RulesContext } from './rules.ts'

/** A version of a paper that says who may see records, and how long it was the current one. */
export interface Paper {
  /** `Type/id/_history/version`. */
  readonly reference: string
  /** Milliseconds since the epoch, half-open. */
  readonly from: number
  readonly to: number
  readonly consent: readonly ConsentRule[]
  readonly gate: Gate | null
  /** Numbers of the organizations a request was addressed to. */
  readonly audience: readonly number[]
}

/** Who was shown something, when and for what. */
export interface Asking {
  readonly at: number
  readonly organization: number
  /** Keys of all in whose name was asked. */
  readonly actors: readonly bigint[]
  readonly purpose: string
}

/** What a version said about access: read as when it was written. */
export const paperRules = (
  resource: Resource,
  context: RulesContext,
): Pick<Paper, 'consent' | 'gate'> =>
  resource.resourceType === 'Consent'
    ? { consent: consentRules(resource, context).consent, gate: null }
    : { consent: [], gate: consultationGate(resource, context) }

/**
 * The consents that permitted somebody something at that moment, and the consultations that were open, by
 * their versions of then. Decided by what a consent asks of a caller: who, for what, when.
 */
export const groundsOf = (papers: readonly Paper[], asking: Asking): readonly string[] =>
  papers
    .filter(
      ({ from, to, consent, gate, audience }) =>
        from <= asking.at &&
        asking.at < to &&
        (permits(consent, asking) ||
          (audience.includes(asking.organization) && isOpen(gate, asking))),
    )
    .map(({ reference }) => reference)

const isOpen = (gate: Gate | null, { at }: Asking): boolean =>
  gate !== null && instantOf(gate.from) <= at && at < instantOf(gate.to)

const permits = (consent: readonly ConsentRule[], asking: Asking): boolean => {
  const purposes = ancestorsOf(asking.purpose)
  const applies = (rule: ConsentRule): boolean =>
    instantOf(rule.from) <= asking.at &&
    asking.at < instantOf(rule.to) &&
    (rule.actors === null || rule.actors.some(actor => asking.actors.includes(actor))) &&
    (rule.purposes === null || rule.purposes.some(purpose => purposes.includes(purpose))) &&
    (rule.parent === null || applies(consent[rule.parent]!))
  return consent.some(rule => rule.kind === 'P' && rule.counts && applies(rule))
}

const instantOf = (text: string): number =>
  text === 'infinity' ? Infinity : text === '-infinity' ? -Infinity : Date.parse(text)
