import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { Forbidden } from '../fhir/errors.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import type { ConsentRule } from '../store/rows.ts'
import {
  codings,
  elements,
  literalReference,
  periodBounds,
  referenceKey,
  text,
  type Element,
} from './element.ts'
import type { RulesContext } from './rules.ts'

const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const consentActions: ReadonlySet<string> = new Set(['access', 'use', 'disclose'])
const otherActions: ReadonlySet<string> = new Set(['collect', 'correct'])
/** Roles of those who receive records; other roles speak of authors and custodians. */
const recipientRoles: ReadonlySet<string> = new Set(['IRCP', 'PRCP', 'GRANTEE'])
const resourceTypeSystem = 'http://hl7.org/fhir/resource-types'
const actorsMax = 25

/** Constructs of a provision that FHIR has and that are not compiled: each refuses the consent. */
const notCompiled = ['securityLabel', 'code', 'dataPeriod', 'data', 'provision'] as const

/**
 * The rules of an active privacy consent. A consent of another scope or status rules nothing.
 * What cannot be enforced exactly as written is an issue, never a silent approximation.
 * @throws Forbidden when it claims records of another custodian
 * @see https://hl7.org/fhir/R4/consent.html
 */
export const consentRules = (
  resource: Resource,
  context: RulesContext,
): { readonly consent: readonly ConsentRule[]; readonly issues: readonly Issue[] } => {
  const isPrivacy = codings(resource['scope']).some(({ code }) => code === 'patient-privacy')
  if (!isPrivacy || resource['status'] !== 'active') return { consent: [], issues: [] }
  requireOwnCustodian(resource, context)

  const issues: Issue[] = []
  const patient = literalReference(resource['patient'], context.baseUrl)
  if (patient?.resourceType !== 'Patient')
    issues.push(notEnforceable('Consent.patient', 'no literal reference', 'Patient/[id]'))
  if (resource['modifierExtension'] !== undefined)
    issues.push(notEnforceable('Consent.modifierExtension', 'present', 'absent'))

  const provision = (resource['provision'] ?? {}) as Element
  // Whatever the decision is: a provision without type may still close by what it names.
  for (const name of [...notCompiled, 'modifierExtension'])
    if (provision[name] !== undefined)
      issues.push(notEnforceable(`Consent.provision.${name}`, 'present', 'absent'))
  const kind = decision(resource, provision, issues)
  const rule = kind === undefined ? undefined : compile(provision, kind, context, issues)
  const isCounted = rule !== undefined && (kind === 'D' || isVerified(resource))
  return {
    consent:
      isCounted && issues.length === 0
        ? [{ ...rule, patient: referenceKey(resource['patient'], context.baseUrl)! }]
        : [],
    issues,
  }
}

const notEnforceable = (element: string, found: string, expected: string): Issue =>
  issue('error', 'not-supported', 'consent-not-enforceable', { element, found, expected }, element)

/** A hospital's consents govern its own records; it names itself, one of its departments, or nobody. */
const requireOwnCustodian = (resource: Resource, { baseUrl, organizationId }: RulesContext) => {
  for (const reference of elements(resource['organization'])) {
    const custodian = literalReference(reference, baseUrl)
    const isOwn =
      custodian?.resourceType === 'Organization' &&
      (custodian.id === organizationId || custodian.id.startsWith(`${organizationId}-`))
    if (!isOwn) throw new Forbidden('consent-custodian', {}, 'Consent.organization')
  }
}

/**
 * Permit or deny. A root without type takes the policy rule's word; a permit from OPTIN alone names
 * no recipient and opens nothing; constraints without any type may only close.
 */
const decision = (
  resource: Resource,
  provision: Element,
  issues: Issue[],
): 'P' | 'D' | undefined => {
  const policy = codings(resource['policyRule']).map(({ code }) => code)
  const type = provision['type']
  if (type === 'permit') {
    if (policy.includes('OPTOUT'))
      issues.push(notEnforceable('Consent.policyRule', 'OPTOUT with a permit', 'OPTIN, or none'))
    return 'P'
  }
  if (type === 'deny' || policy.includes('OPTOUT')) return 'D'
  const isConstrained = ['actor', 'action', 'purpose', 'class'].some(name => name in provision)
  return isConstrained ? 'D' : undefined
}

/** Permits of a consent that was checked and found unverified do not count; its denies do. */
const isVerified = (resource: Resource): boolean => {
  const checks = elements(resource['verification'])
  return checks.length === 0 || checks.some(check => check['verified'] === true)
}

/** One provision as a rule, or undefined when its actions do not concern reading. */
const compile = (
  provision: Element,
  kind: 'P' | 'D',
  context: RulesContext,
  issues: Issue[],
): Omit<ConsentRule, 'patient'> | undefined => {
  const at = 'Consent.provision'
  const rule = {
    kind,
    actors: actorKeys(elements(provision['actor']), at, context, issues),
    purposes: purposes(elements(provision['purpose']), at, issues),
    types: classes(elements(provision['class']), at, issues),
    ...periodBounds(provision['period'], context.zoneOffset),
  }
  return concernsReading(elements(provision['action']), at, issues) ? rule : undefined
}

const actorKeys = (
  actors: readonly Element[],
  at: string,
  { baseUrl }: RulesContext,
  issues: Issue[],
): readonly bigint[] | null => {
  if (actors.length === 0) return null
  if (actors.length > actorsMax)
    issues.push(notEnforceable(`${at}.actor`, `${actors.length} actors`, `at most ${actorsMax}`))
  return actors.slice(0, actorsMax).flatMap((actor, index) => {
    const isRecipient = codings(actor['role']).some(({ code }) => recipientRoles.has(String(code)))
    if (!isRecipient)
      issues.push(
        notEnforceable(
          `${at}.actor[${index}].role`,
          'another role',
          [...recipientRoles].join(', '),
        ),
      )
    const key = referenceKey(actor['reference'], baseUrl)
    if (key === undefined)
      issues.push(
        notEnforceable(`${at}.actor[${index}].reference`, 'no literal reference', 'Type/[id]'),
      )
    return key === undefined ? [] : [key]
  })
}

const purposes = (list: readonly Element[], at: string, issues: Issue[]): string[] | null => {
  if (list.length === 0) return null
  return list.flatMap(({ system, code }, index) => {
    if (system !== undefined && system !== actReason)
      issues.push(notEnforceable(`${at}.purpose[${index}].system`, 'another system', actReason))
    return text(code) === undefined ? [] : [text(code)!.replace(/[^A-Za-z0-9-]/g, '')]
  })
}

const classes = (list: readonly Element[], at: string, issues: Issue[]): number[] | null => {
  if (list.length === 0) return null
  return list.flatMap(({ system, code }, index) => {
    const number = resourceTypeNumber(text(code) ?? '')
    if ((system !== undefined && system !== resourceTypeSystem) || number === undefined)
      issues.push(
        notEnforceable(
          `${at}.class[${index}]`,
          'another class',
          `${resourceTypeSystem} | resource type`,
        ),
      )
    return number === undefined ? [] : [number]
  })
}

const concernsReading = (actions: readonly Element[], at: string, issues: Issue[]): boolean => {
  if (actions.length === 0) return true
  const codes = actions.map(action => codings(action).map(({ code }) => String(code)))
  codes.forEach((list, index) => {
    if (!list.some(code => consentActions.has(code) || otherActions.has(code)))
      issues.push(
        notEnforceable(`${at}.action[${index}]`, 'another action', [...consentActions].join(', ')),
      )
  })
  return codes.flat().some(code => consentActions.has(code))
}
