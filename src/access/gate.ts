import type { Resource } from '../fhir/resource.ts'
import { keyOf } from '../search/hash.ts'
import type { AccessRules } from '../store/rows.ts'
import {
  codings,
  elements,
  endInstant,
  firstInstant,
  literalReference,
  periodBounds,
  referenceKey,
  text,
} from './element.ts'
import type { RulesContext } from './rules.ts'
import { consultation } from '../fhir/consultation-codes.ts'

/** How long a consultation without an end date keeps the gate open, counted from its last known day. */
const consultationDays = 30

/**
 * The gate a consultation request opens: for the organizations it is addressed to, to the records
 * its writer keeps of its patient. Null unless the request is an active order for a consultation.
 */
export const consultationGate = (
  resource: Resource,
  context: RulesContext,
): AccessRules['gate'] => {
  const patient = literalReference(resource['subject'], context.baseUrl)
  const isOpen =
    resource['status'] === 'active' &&
    /^(?:order|.+-order)$/.test(text(resource['intent']) ?? '') &&
    resource['doNotPerform'] !== true &&
    patient?.resourceType === 'Patient' &&
    isConsultation(resource)
  if (!isOpen) return null
  return {
    patient: referenceKey(resource['subject'], context.baseUrl)!,
    performers: performersOf(resource, context),
    ...window(resource, context),
  }
}

/** Whom it names: people and teams narrow it, so organizations count only where they are alone. */
const performersOf = (resource: Resource, { baseUrl }: RulesContext): readonly bigint[] => {
  const named = elements(resource['performer'])
    .map(reference => literalReference(reference, baseUrl))
    .filter(performer => performer !== undefined)
  const people = named.filter(({ resourceType }) => resourceType !== 'Organization')
  return (people.length > 0 ? people : named).map(({ resourceType, id }) => keyOf(resourceType, id))
}

/** Whether category or code says so, by a code of the consultation value set or in plain words. */
const isConsultation = (resource: Resource): boolean =>
  [...elements(resource['category']), ...elements(resource['code'])].some(
    concept =>
      codings(concept).some(({ code }) => consultation.codes.has(text(code) ?? '')) ||
      consultation.words.test(text(concept['text']) ?? ''),
  )

/** When the gate is open: the occurrence, or a month from when the request was written. */
const window = (
  resource: Resource,
  { zoneOffset, now }: RulesContext,
): { readonly from: string; readonly to: string } => {
  if (resource['occurrencePeriod'] !== undefined)
    return periodBounds(resource['occurrencePeriod'], zoneOffset)
  const authored = text(resource['authoredOn']) ?? now
  const last = text(resource['occurrenceDateTime']) ?? authored
  const from = firstInstant(authored, zoneOffset)
  return { from, to: daysAfter(endInstant(last, zoneOffset), consultationDays) }
}

const daysAfter = (instant: string, days: number): string =>
  new Date(Date.parse(instant) + days * 86_400_000).toISOString()
