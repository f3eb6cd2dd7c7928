import { Forbidden } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import type { ConsentRule } from '../store/rows.ts'
import { notEnforceable } from './consent-issue.ts'
import { concernsReading, constraintsOf, noConstraints } from './consent-node.ts'
import { codings, elements, literalReference, referenceKey, type Element } from './element.ts'
import type { RulesContext } from './rules.ts'

type Node = Omit<ConsentRule, 'patient'>
type Kind = ConsentRule['kind']

/**
 * The rules of an active privacy consent, parents before children. A consent of another scope or
 * status rules nothing. What cannot be enforced exactly as written is an issue, never a silent
 * approximation.
 * @throws Forbidden when it claims records of another custodian
 * @see https://hl7.org/fhir/R4/consent.html
 */
export const consentRules = (
  resource: Resource,
  context: RulesContext,
): { readonly consent: readonly ConsentRule[]; readonly issues: readonly Issue[] } => {
  if (!isPrivacy(resource) || resource['status'] !== 'active') return { consent: [], issues: [] }
  requireOwnCustodian(resource, context)

  const issues: Issue[] = []
  const patient = literalReference(resource['patient'], context.baseUrl)
  if (patient?.resourceType !== 'Patient')
    issues.push(notEnforceable('Consent.patient', 'no literal reference', 'Patient/[id]'))
  if (resource['modifierExtension'] !== undefined)
    issues.push(notEnforceable('Consent.modifierExtension', 'present', 'absent'))
  const tree = new ConsentTree(context, issues, isVerified(resource))
  tree.root(resource)
  if (issues.length > 0) return { consent: [], issues }
  const key = referenceKey(resource['patient'], context.baseUrl)!
  return { consent: tree.nodes.map(node => ({ ...node, patient: key })), issues }
}

/** Whether a consent is about who may see records. */
export const isPrivacy = (resource: Resource): boolean =>
  codings(resource['scope']).some(({ code }) => code === 'patient-privacy')

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

/** Permits of a consent that was checked and found unverified do not count; its denies do. */
const isVerified = (resource: Resource): boolean => {
  const checks = elements(resource['verification'])
  return checks.length === 0 || checks.some(check => check['verified'] === true)
}

const kinds: Readonly<Record<string, Kind>> = { permit: 'P', deny: 'D' }

/** The tree of one consent while it is read. */
class ConsentTree {
  readonly nodes: Node[] = []
  readonly #context: RulesContext
  readonly #issues: Issue[]
  readonly #counts: boolean

  constructor(context: RulesContext, issues: Issue[], counts: boolean) {
    this.#context = context
    this.#issues = issues
    this.#counts = counts
  }

  /**
   * The root's type decides, or the policy rule where it has none. A policy rule that says the
   * opposite of the type is the base, and the root its exception. Constraints without any type may
   * narrow or exclude, so they only close.
   */
  root(resource: Resource): void {
    const provision = (resource['provision'] ?? {}) as Element
    const policy = codings(resource['policyRule']).map(({ code }) => code)
    const isOptOut = policy.includes('OPTOUT')
    const stated: Kind | undefined = isOptOut ? 'D' : policy.includes('OPTIN') ? 'P' : undefined
    const type = kinds[String(provision['type'])]
    const hasChildren = elements(provision['provision']).length > 0
    if (type !== undefined) {
      const isException = stated !== undefined && stated !== type
      const base = isException ? this.#add(stated, null, {}, stated === 'P') : null
      return this.#node(provision, { kind: type, parent: base, at: 'Consent.provision', depth: 1 })
    }
    const isConstrained = constraintNames.some(name => provision[name] !== undefined)
    const kind = isConstrained && !hasChildren ? 'D' : stated
    const place = { parent: null, at: 'Consent.provision', depth: 1, optIn: kind === 'P' } as const
    if (kind !== undefined) return this.#node(provision, { ...place, kind })
    if (hasChildren)
      this.#issues.push(notEnforceable('Consent.provision.type', 'absent', 'permit, deny'))
    // What it names is checked all the same.
    constraintsOf(provision, {
      at: place.at,
      kind: 'D',
      context: this.#context,
      issues: this.#issues,
    })
  }

  #add(kind: Kind, parent: number | null, more: Partial<Node>, optIn = false): number {
    const counts = kind === 'D' || this.#counts
    this.nodes.push({ ...noConstraints, ...more, kind, parent, counts, optIn })
    return this.nodes.length - 1
  }

  #node(provision: Element, place: Place): void {
    const { at, depth, kind, parent, optIn = false } = place
    const issues = this.#issues
    const children = elements(provision['provision'])
    if (depth > limits.consentDepthMax || this.nodes.length >= limits.consentNodesMax) {
      const expected = `depth ${limits.consentDepthMax}, ${limits.consentNodesMax} provisions`
      issues.push(notEnforceable(at, 'more provisions', expected))
      return
    }
    const constraints = constraintsOf(provision, { at, kind, context: this.#context, issues })
    const isRead = concernsReading(elements(provision['action']), at, issues)
    const self = this.#add(kind, parent, constraints, optIn)
    for (const [index, child] of children.entries()) {
      const below = `${at}.provision[${index}]`
      const type = kinds[String(child['type'])]
      if (type === undefined) issues.push(notEnforceable(`${below}.type`, 'absent', 'permit, deny'))
      else this.#node(child, { kind: type, parent: self, at: below, depth: depth + 1 })
    }
    // Its actions do not concern reading: neither it nor its exceptions say anything.
    if (!isRead) this.nodes.length = self
  }
}

interface Place {
  readonly kind: Kind
  readonly parent: number | null
  readonly at: string
  readonly depth: number
  readonly optIn?: boolean
}

const constraintNames = [
  ...['actor', 'action', 'purpose', 'class', 'code', 'securityLabel', 'dataPeriod', 'data'],
]
