import { ancestorsOf } from '../../../src/access/purposes.ts'

/**
 * Who may see what, read plainly from the rules and evaluated recursively over FHIR JSON. Knows
 * nothing of rows, hashes and SQL. The differential test holds the SQL equal to it.
 */

// oxlint-disable-next-line no-explicit-any -- the evaluator reads FHIR JSON freely
type Json = any

/** Deliberate faults: with any of them the differential test must fail. */
export const faults = [
  ...['any-patient', 'certain-denies', 'owner-ignored', 'period-ignored', 'child-type-flipped'],
  ...['gate-skipped', 'denies-ignored', 'unscreened-clean', 'undated-outside', 'purpose-exact'],
  ...['class-ignored', 'label-reversed', 'v-permitted', 'unverified-counts', 'code-exact'],
  ...['related-one-way', 'base-ignored', 'actor-ignored', 'unauthored-other', 'opt-in-honored'],
  ...['opt-in-never', 'precision-ignored', 'grace-ignored', 'grace-forever', 'gate-always'],
  ...['missing-policy-open', 'context-ignored', 'others-besides', 'self-elsewhere'],
  ...['glass-unopened', 'glass-closed', 'glass-any-patient', 'glass-policy-ignored', 'glass-v'],
  ...['glass-denies-bind', 'glass-denies-ignored', 'glass-not-inherited'],
  ...['assigned-ignored', 'relabelling-clean'],
] as const
export type Fault = (typeof faults)[number]

export interface Caller {
  readonly organization: string
  readonly actors: readonly string[]
  readonly purpose: string
  /** The patient all is about: who asks, in context, or of whom the glass is broken. */
  readonly confined?: { readonly by: 'self' | 'context' | 'glass'; readonly patient: string }
}
export interface Gate {
  readonly recipient: string
  readonly patient: string
  readonly owner: string
  readonly performers: readonly string[]
  /** Over since yesterday. */
  readonly isOver: boolean
}
export interface Policy {
  readonly defaultPolicy: 'deny' | 'break-glass-only'
  readonly gate: 'required' | 'off'
  readonly gatePrecision: 'organization' | 'practitioner'
  readonly honorsOptIn: boolean
  readonly graceDays: number
}
/** What somebody has opened in an emergency. */
export interface Glass {
  readonly person: string
  readonly patient: string
  readonly owner: string
  readonly state: 'open' | 'over' | 'disputed'
}
export interface Filed {
  readonly owner: string
  /** Its labels were given by value sets of before. */
  readonly isLabelledBefore?: boolean
  readonly json: Json
}
export interface World {
  readonly records: readonly Filed[]
  readonly consents: readonly Filed[]
  readonly gates: readonly Gate[]
  /** By owner; one that is missing is the strictest. */
  readonly policies: Readonly<Record<string, Policy | undefined>>
  readonly glasses: readonly Glass[]
  /** The hospital that keeps the Patients. */
  readonly custodian: string
  readonly today: string
}

/** False 0, unknown 1, true 2. */
type Truth = 0 | 1 | 2
const truth = (value: boolean): Truth => (value ? 2 : 0)
const least = (...values: Truth[]): Truth => Math.min(...values) as Truth
const most = (...values: Truth[]): Truth => Math.max(0, ...values) as Truth

const list = (value: Json): Json[] => (value === undefined ? [] : [value].flat())
const address = ({ json }: Filed): string => `${json.resourceType}/${json.id}`

/** Every object in a tree. */
const nodes = (value: Json): Json[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(nodes)] : []
const references = (json: Json): string[] =>
  nodes(json).flatMap(({ reference }) => (typeof reference === 'string' ? [reference] : []))

const order = ['U', 'L', 'M', 'N', 'R', 'V']
const tags = new Set(['PSY', 'HIV', 'ETH', 'ETHUD'])

interface Match {
  readonly record: Filed
  readonly caller: Caller
  readonly world: World
  readonly fault: Fault | undefined
}

const isScreened = ({ record: { json }, fault }: Match): boolean =>
  fault === 'unscreened-clean' ||
  (json.resourceType !== 'DocumentReference' &&
    !(json.code !== undefined && json.code.coding === undefined))

/** Whether its labels are all that value sets and screening find. */
const isLabelled = (match: Match): boolean =>
  isScreened(match) &&
  (match.record.isLabelledBefore !== true || match.fault === 'relabelling-clean')

/** Of the codes that occur here, those that make a record sensitive. */
const assigned = (json: Json): string[] =>
  nodes(json).flatMap(({ system, code }) => {
    if (!String(system).includes('icd-10')) return []
    if (String(code).startsWith('B20')) return ['HIV']
    return String(code).startsWith('F32') ? ['PSY'] : []
  })

const labels = ({ json }: Filed, fault?: Fault): { level: number; found: Set<string> } => {
  const given = fault === 'assigned-ignored' ? [] : assigned(json)
  const codes = [...list(json.meta?.security).map(({ code }) => String(code)), ...given]
  const found = new Set(codes.filter(code => tags.has(code)))
  if (found.has('ETHUD')) found.add('ETH')
  const written = codes.filter(code => order.includes(code)).map(code => order.indexOf(code))
  const level = Math.max(...(written.length > 0 ? written : [3]), found.size > 0 ? 4 : 0)
  return { level, found }
}

const actor = (provision: Json, { record, caller, fault }: Match): Truth => {
  const named = list(provision.actor)
  if (named.length === 0 || fault === 'actor-ignored') return 2
  const of = (role: string) =>
    named.filter(one => one.role.coding[0].code === role).map(one => one.reference.reference)
  const recipients = of('IRCP')
  const isRecipient = recipients.length === 0 || recipients.some(one => caller.actors.includes(one))
  return least(truth(isRecipient), of('AUT').length === 0 ? 2 : madeBy(of('AUT'), record, fault))
}

const madeBy = (named: readonly string[], { json }: Filed, fault: Fault | undefined): Truth => {
  const makers = ['performer', 'recorder', 'asserter', 'author'].flatMap(name =>
    list(json[name]).map(one => one.reference ?? one.actor.reference),
  )
  if (makers.length === 0) return fault === 'unauthored-other' ? 0 : 1
  return truth(makers.some(maker => named.includes(maker)))
}

const purpose = (provision: Json, { caller, fault }: Match): Truth => {
  const named = list(provision.purpose).map(({ code }) => code)
  const given = fault === 'purpose-exact' ? [caller.purpose] : ancestorsOf(caller.purpose)
  return truth(named.length === 0 || given.some(one => named.includes(one)))
}

const classes = (provision: Json, { record: { json }, fault }: Match): Truth => {
  const named = list(provision.class)
  if (named.length === 0 || fault === 'class-ignored') return 2
  const profiles = list(json.meta?.profile)
  return truth(named.some(({ code }) => code === json.resourceType || profiles.includes(code)))
}

const code = (provision: Json, match: Match): Truth => {
  const named = list(provision.code).flatMap(concept => list(concept.coding))
  if (named.length === 0) return 2
  const isKind = (one: Json, of: Json) =>
    one.system === of.system &&
    (one.code === of.code ||
      (of.system.includes('icd-10') &&
        match.fault !== 'code-exact' &&
        String(one.code).startsWith(of.code)))
  const isFound = nodes(match.record.json).some(
    one => typeof one.system === 'string' && named.some(of => isKind(one, of)),
  )
  return isFound ? 2 : isScreened(match) ? 0 : 1
}

const securityLabel = (provision: Json, match: Match): Truth => {
  const named = list(provision.securityLabel).map(one => String(one.code))
  const { level, found } = labels(match.record, match.fault)
  const isPermit = provision.type === 'permit'
  if (named.length === 0) return isPermit && level === 5 && match.fault !== 'v-permitted' ? 1 : 2
  if (named.some(one => found.has(one))) return 2
  const limits = named.filter(one => order.includes(one)).map(one => order.indexOf(one))
  const isUpTo = isPermit !== (match.fault === 'label-reversed')
  const isMet = limits.some(limit => (isUpTo ? level <= limit : level >= limit))
  // Screening can only raise the level: a deny that is met stays met, a permit may not.
  if (isMet && (!isPermit || isLabelled(match))) return 2
  return isLabelled(match) ? 0 : 1
}

const dated = ({ json }: Filed): [string, string] | undefined => {
  const day = json.effectiveDateTime ?? json.performedDateTime ?? json.onsetDateTime
  if (day !== undefined) return [day, day]
  return json.period === undefined ? undefined : [json.period.start, json.period.end]
}

const dataPeriod = (provision: Json, { record, fault }: Match): Truth => {
  if (provision.dataPeriod === undefined) return 2
  const { start = '0000', end = '9999' } = provision.dataPeriod
  const range = dated(record)
  if (range === undefined) return fault === 'undated-outside' ? 0 : 1
  if (range[0] >= start && range[1] <= end) return 2
  return range[0] <= end && range[1] >= start ? 1 : 0
}

const datum = (
  { meaning, reference: { reference: named } }: Json,
  type: string,
  match: Match,
): Truth => {
  const { record, world, fault } = match
  if (meaning === 'authoredby') return madeBy([named], record, fault)
  if (address(record) === named) return 2
  const refers = references(record.json).includes(named)
  if (meaning === 'dependents') return truth(refers)
  if (meaning === 'instance') return 0
  const target = world.records.find(one => address(one) === named)
  const isReferred = target !== undefined && references(target.json).includes(address(record))
  const isBoth = fault !== 'related-one-way' && (type === 'deny' || named.startsWith('Encounter/'))
  return truth(isReferred || (isBoth && refers))
}

const data = (provision: Json, match: Match): Truth => {
  const named = list(provision.data)
  return named.length === 0 ? 2 : most(...named.map(one => datum(one, provision.type, match)))
}

const period = (provision: Json, { world, fault }: Match): Truth => {
  const { start = '0000', end = '9999' } = provision.period ?? {}
  return truth(fault === 'period-ignored' || (start <= world.today && world.today <= end))
}

const constraints = [actor, purpose, classes, code, securityLabel, dataPeriod, data, period]

interface Tree extends Match {
  /** Whether permits of the consent count. */
  readonly counts: boolean
  /** In an emergency: denials count only below one that names it. */
  readonly glass?: 'named' | 'unnamed'
}

const emergency = new Set(['BTG', 'ETREAT'])

const possiblyDenies = (provision: Json, tree: Tree): boolean => {
  const match = least(...constraints.map(constraint => constraint(provision, tree)))
  if (match < (tree.fault === 'certain-denies' ? 2 : 1)) return false
  const children = list(provision.provision)
  const isNamed = list(provision.purpose).some(one => emergency.has(one.code))
  const isBelow = tree.glass === 'named' && tree.fault !== 'glass-not-inherited'
  const glass = tree.glass && (isNamed || isBelow ? ('named' as const) : ('unnamed' as const))
  const below: Tree = glass === undefined ? tree : { ...tree, glass }
  if (children.some(child => possiblyDenies(child, below))) return true
  if (glass === 'unnamed' && tree.fault !== 'glass-denies-bind') return false
  return provision.type === 'deny' && !children.some(child => certainlyPermits(child, tree))
}

const certainlyPermits = (provision: Json, tree: Tree): boolean => {
  const match = least(...constraints.map(constraint => constraint(provision, tree)))
  if (match < 2) return false
  const isHonored =
    tree.fault === 'opt-in-honored' ||
    (tree.fault !== 'opt-in-never' && policyOf(tree.record.owner, tree).honorsOptIn)
  if (provision.type === 'permit') return tree.counts && (provision.optIn !== true || isHonored)
  return list(provision.provision).some(child => certainlyPermits(child, tree))
}

const flipped = (provision: Json): Json => ({
  ...provision,
  provision: list(provision.provision).map(child => ({
    ...flipped(child),
    type: child.type === 'permit' ? 'deny' : 'permit',
  })),
})

/** The root with what the policy rule adds; undefined when the consent says nothing. */
// oxlint-disable-next-line complexity -- the table of the brief
const rootOf = ({ json }: Filed, fault: Fault | undefined): Json => {
  const provision = fault === 'child-type-flipped' ? flipped(json.provision) : json.provision
  const policy = json.policyRule?.coding[0].code
  const stated = policy === 'OPTOUT' ? 'deny' : policy === 'OPTIN' ? 'permit' : undefined
  const optIn = stated === 'permit'
  if (provision.type !== undefined) {
    if (stated === undefined || stated === provision.type || fault === 'base-ignored')
      return provision
    return { type: stated, optIn, provision: [provision] }
  }
  const isConstrained = Object.keys(provision).some(name => !['provision', 'period'].includes(name))
  if (isConstrained && provision.provision === undefined) return { ...provision, type: 'deny' }
  return stated === undefined ? undefined : { ...provision, type: stated, optIn }
}

/** What all active consents of a patient with the owner of a record say about it. */
const verdict = (
  patient: string,
  match: Match,
  glass?: 'unnamed',
): { permitted: boolean; denied: boolean } => {
  const { record, world, fault } = match
  let permitted = false
  let denied = false
  for (const consent of world.consents) {
    const { json } = consent
    const isOwners = consent.owner === record.owner || fault === 'owner-ignored'
    if (json.status !== 'active' || json.patient.reference !== patient || !isOwners) continue
    const root = rootOf(consent, fault)
    if (root === undefined) continue
    const isVerified = !list(json.verification).some(({ verified }) => !verified)
    const counts = isVerified || fault === 'unverified-counts'
    const tree = { ...match, counts, ...(glass === undefined ? {} : { glass }) }
    permitted ||= certainlyPermits(root, tree)
    denied ||= possiblyDenies(root, tree)
  }
  return { permitted, denied: denied && fault !== 'denies-ignored' }
}

const strictest: Policy = {
  ...{ defaultPolicy: 'deny', gate: 'required', gatePrecision: 'practitioner' },
  ...{ honorsOptIn: false, graceDays: 0 },
}
const open: Policy = {
  ...strictest,
  defaultPolicy: 'break-glass-only',
  gatePrecision: 'organization',
}

const policyOf = (owner: string, { world, fault }: Pick<Match, 'world' | 'fault'>): Policy =>
  world.policies[owner] ?? (fault === 'missing-policy-open' ? open : strictest)

/** Whether the consultation that an owner asks for is open to the caller. */
const isConsulted = (patient: string, match: Match): boolean => {
  const { record, caller, world, fault } = match
  const policy = policyOf(record.owner, match)
  if (fault === 'gate-skipped') return true
  if (policy.gate === 'off' && fault !== 'gate-always') return true
  const isNamed = ({ performers }: Gate): boolean =>
    policy.gatePrecision === 'organization' ||
    fault === 'precision-ignored' ||
    performers.some(one => caller.actors.includes(one))
  const isInTime = ({ isOver }: Gate): boolean =>
    !isOver || fault === 'grace-forever' || (policy.graceDays > 0 && fault !== 'grace-ignored')
  return world.gates.some(
    gate =>
      gate.recipient === caller.organization &&
      gate.patient === patient &&
      gate.owner === record.owner &&
      isNamed(gate) &&
      isInTime(gate),
  )
}

const isPermitted = (patient: string, match: Match): boolean => {
  const { permitted, denied } = verdict(patient, match)
  return isConsulted(patient, match) && permitted && !denied
}

/** Whether breaking the glass of a patient opens a record, as far as that patient is concerned. */
const isBroken = (patient: string, match: Match): boolean => {
  const { record, caller, world, fault } = match
  const isOpened = world.glasses.some(
    glass =>
      caller.actors.includes(glass.person) &&
      glass.owner === record.owner &&
      (glass.patient === patient || fault === 'glass-any-patient') &&
      (glass.state === 'open' || fault === 'glass-closed'),
  )
  const isAllowed = policyOf(record.owner, match).defaultPolicy === 'break-glass-only'
  return (
    (isOpened || fault === 'glass-unopened') &&
    (isAllowed || fault === 'glass-policy-ignored') &&
    (labels(record).level < 5 || fault === 'glass-v') &&
    (!verdict(patient, match, 'unnamed').denied || fault === 'glass-denies-ignored')
  )
}

/** Whether a caller sees a record. */
export const isVisible = (record: Filed, caller: Caller, world: World, fault?: Fault): boolean => {
  const match: Match = { record, caller, world, fault }
  const { by, patient: one = '' } = caller.confined ?? {}
  const patients = [...new Set(references(record.json).filter(to => to.startsWith('Patient/')))]
  if (by !== undefined) {
    const isAlone = patients.length === 1 || fault === 'others-besides'
    if (fault !== 'context-ignored' && !(isAlone && patients.includes(one))) return false
    if (by === 'self') return world.custodian === caller.organization || fault === 'self-elsewhere'
  }
  if (record.owner === caller.organization) return true
  if (patients.length === 0) return false
  const isOpen = (patient: string): boolean =>
    by === 'glass' ? isBroken(patient, match) : isPermitted(patient, match)
  return fault === 'any-patient' ? patients.some(isOpen) : patients.every(isOpen)
}
