import { hasRules } from '../access/rules.ts'
import { compartmentParameters } from '../fhir/compartments.ts'
import type { Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import { withoutUnknownElements } from '../fhir/unknown-elements.ts'
import type { ValidationMode } from '../registry/validation-mode.ts'
import type { Exchange } from './interaction.ts'
import { issuesOf, placedIn, requireValid } from './write-issues.ts'
import type { WriteIntent } from './write-intent.ts'

/**
 * What is to be written, as the mode of the caller takes it: in place of an intent there may be one
 * without what R4 does not know, with the warnings and what was sent.
 * @throws ValidationFailed with all issues when one of them refuses
 */
export const takenIntents = (
  asked: readonly WriteIntent[],
  exchange: Exchange,
): readonly WriteIntent[] => {
  const mode = exchange.grant.principal.writeRules?.validation ?? 'strict'
  if (mode === 'strict') {
    requireValid(asked.flatMap(intent => issuesOf(intent, exchange)))
    return asked
  }
  const taken = asked.map(intent => takenBy(mode, intent, exchange))
  requireValid(taken.flatMap(({ issues }) => issues))
  return taken.map(({ intent }) => intent)
}

interface Taken {
  readonly intent: WriteIntent
  readonly issues: readonly Issue[]
}

const takenBy = (mode: ValidationMode, asked: WriteIntent, exchange: Exchange): Taken => {
  const found = issuesOf(asked, exchange)
  const { intent, issues } = found.some(({ code }) => code === 'element-unknown')
    ? trimmedIntent(asked, found, exchange)
    : { intent: asked, issues: found }
  if (mode !== 'report-only' || !isPatientRecord(asked.resourceType)) return { intent, issues }
  return { intent, issues: issues.filter(one => !isReported(one)) }
}

/** A patch is made here, so nothing of it can be kept beside what it made. */
const trimmedIntent = (
  intent: WriteIntent,
  issues: readonly Issue[],
  exchange: Exchange,
): Taken => {
  const original = intent.resource
  if (original === undefined || intent.action === 'patch') return { intent, issues }
  const trimmed = withoutUnknownElements(original, exchange.context.definitions)
  const resource = trimmed.resource as Resource
  const warnings = placedIn(intent, trimmed.issues)
  const taken = { ...intent, resource, original, warnings }
  return { intent: taken, issues: issuesOf(taken, exchange) }
}

/** What is about a patient and decides nothing about access: definitions and rules stay exact. */
const isPatientRecord = (resourceType: string): boolean =>
  !hasRules(resourceType) && compartmentParameters('Patient', resourceType) !== undefined

const reported: ReadonlySet<string> = new Set([
  'element-required',
  'concept-not-bound',
  'invariant-broken',
  'contained-unreferenced',
  'extension-context',
  'profile-of-other-type',
])

/**
 * Whether a problem leaves a resource that can be stored, indexed and read: something is missing, or a
 * profile is not met. Wrong kinds, formats, codes, references and modifiers refuse in every mode.
 */
const isReported = ({ code, parameters }: Issue): boolean =>
  (reported.has(code) || /^(?:profile|slice)-/.test(code)) &&
  parameters?.['name'] !== 'resourceType'
