import { Forbidden } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import type { EverythingQuestion } from '../search/compile-everything.ts'
import type { HistoryQuestion } from '../search/compile-history.ts'
import type { MatchQuestion } from '../search/compile-match.ts'
import { permit, type Permitted, type Visibility } from '../search/permitted.ts'
import type { PatientQuestion } from '../search/compile-patients.ts'
import type { TargetQuestion } from '../search/compile-targets.ts'
import type { SearchQuery } from '../search/tree.ts'
import { typesTouched } from '../search/types-touched.ts'
import type { ResourceRow } from '../store/rows.ts'
import type { Principal } from './principal.ts'
import { isBreakGlass } from './purposes.ts'
import { meantBy, narrowedBy, type Constraints } from './narrowed.ts'
import type { ConstraintMeaning } from './scope-constraints.ts'
import { covers, type ScopeLetter } from './scopes.ts'
import { visibilityOf } from './visibility.ts'
import { withinScopes } from './wildcard-includes.ts'

/** What one request's caller may ask for and see. The only source of `Permitted` values. */
export interface Grant {
  /** Without scopes whose constraint means nothing. */
  readonly principal: Principal
  readonly visibility: Visibility
  readonly constraints: Constraints
}

/** `meaningOf` reads the constraints of scopes; without it a constrained scope grants nothing. */
export const grantOf = (principal: Principal, meaningOf?: ConstraintMeaning): Grant => ({
  ...meantBy(principal, meaningOf),
  visibility: visibilityOf(principal),
})

const readOrSearch: readonly ScopeLetter[] = ['r', 's']

/** What is visible when `types` are looked into by one letter; all else is met by read or search. */
const visibleIn = (
  { visibility, principal, constraints }: Grant,
  types: readonly string[],
  letter: ScopeLetter,
): Visibility =>
  narrowedBy(visibility, principal.scopes, constraints, type =>
    types.includes(type) ? [letter] : readOrSearch,
  )

const interactionLetters = {
  create: 'c',
  read: 'r',
  update: 'u',
  patch: 'u',
  delete: 'd',
  search: 's',
} as const
type Action = keyof typeof interactionLetters

/**
 * Refuses what the scopes do not cover, before and without looking at data.
 * @throws Forbidden
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 */
export const requireScope = (grant: Grant, resourceType: string, action: Action): void => {
  const letter: ScopeLetter = interactionLetters[action]
  const { scopes, purpose, practitioner, isPatient } = grant.principal
  const isWrite = letter !== 'r' && letter !== 's'
  if (isWrite && isBreakGlass(purpose)) throw new Forbidden('break-glass-reads')
  if (isWrite && isPatient) throw new Forbidden('patient-reads')
  if (covers(scopes, resourceType, letter)) return
  const level = isPatient ? 'patient' : practitioner === undefined ? 'system' : 'user'
  throw new Forbidden('scope-insufficient', {
    interaction: action,
    resourceType,
    needed: `${level}/${resourceType}.${letter}`,
  })
}

/**
 * What concerns the whole exchange is for its operator alone, whatever the scopes say.
 * @throws Forbidden
 */
export const requireOperator = ({ principal }: Grant): void => {
  if (principal.isOperator !== true) throw new Forbidden('operator-only')
}

/** Whether security labels of own records may come off: by a privacy officer, whom a patient in context does not bind. */
export const mayDropLabels = ({ principal }: Grant): boolean =>
  principal.isPrivacyOfficer === true && principal.patient === undefined

/** Whether the read scope covers a type; for questions whose answer may be no without a refusal. */
export const mayRead = (grant: Grant, resourceType: string): boolean =>
  covers(grant.principal.scopes, resourceType, 'r')

/** The same of the search scope. */
export const maySearch = (grant: Grant, resourceType: string): boolean =>
  covers(grant.principal.scopes, resourceType, 's')

/** @throws Forbidden without the read scope */
export const permitRead = <T extends Address>(grant: Grant, address: T): Permitted<T> => {
  requireScope(grant, address.resourceType, 'read')
  return permit(address, visibleIn(grant, [address.resourceType], 'r'))
}

/**
 * A search needs the search scope for its own type and for every type it reaches by chain, and read
 * or search for every type it may include.
 * @throws Forbidden
 */
export const permitSearch = (grant: Grant, asked: SearchQuery): Permitted<SearchQuery> => {
  const { scopes } = grant.principal
  const query = withinScopes(asked, type => covers(scopes, type, 'r') || covers(scopes, type, 's'))
  const { searched, included } = typesTouched(query)
  for (const resourceType of searched) requireScope(grant, resourceType, 'search')
  for (const resourceType of included)
    if (!mayRead(grant, resourceType)) requireScope(grant, resourceType, 'search')
  return permit(query, visibleIn(grant, searched, 's'))
}

/**
 * The types a search that names none looks into: those the search scope covers, which says nothing
 * about what exists.
 * @throws Forbidden when no type is left
 */
export const searchableTypes = (grant: Grant, types: readonly string[]): readonly string[] => {
  const covered = types.filter(type => covers(grant.principal.scopes, type, 's'))
  if (covered.length === 0) requireScope(grant, '*', 'search')
  return covered
}

/**
 * The look for what a conditional write means. It needs the search scope, because its outcome tells
 * what exists; it meets the caller's own records only.
 * @throws Forbidden
 */
export const permitOwnMatch = (
  grant: Grant,
  query: SearchQuery,
  countMax = 1,
): Permitted<MatchQuestion> => {
  const { searched } = typesTouched(query)
  for (const resourceType of searched) requireScope(grant, resourceType, 'search')
  return permit({ query, isOwn: true, countMax }, visibleIn(grant, searched, 's'))
}

/**
 * The look for the target of a conditional reference: own records and the shared directory. What is
 * open to the caller by consent is left out: the reference would change meaning when it ends.
 * @throws Forbidden
 */
export const permitReferenceMatch = (
  grant: Grant,
  query: SearchQuery,
): Permitted<MatchQuestion> => {
  const { searched } = typesTouched(query)
  for (const resourceType of searched) requireScope(grant, resourceType, 'search')
  return permit({ query, isOwn: false }, { ...visibleIn(grant, searched, 's'), purposes: [] })
}

/**
 * The history of one resource needs the read scope, that of types the search scope. Of several types
 * those are left that the scopes cover, which says nothing about what exists.
 * @throws Forbidden when no type is left
 */
export const permitHistory = (
  grant: Grant,
  question: HistoryQuestion,
): Permitted<HistoryQuestion> => {
  const { id, resourceTypes } = question
  const action = id === undefined ? 'search' : 'read'
  const covered = resourceTypes.filter(resourceType =>
    covers(grant.principal.scopes, resourceType, interactionLetters[action]),
  )
  if (covered.length === 0)
    requireScope(grant, resourceTypes.length === 1 ? resourceTypes[0]! : '*', action)
  const letter = interactionLetters[action]
  return permit({ ...question, resourceTypes: covered }, visibleIn(grant, covered, letter))
}

/**
 * A patient's whole record needs the read scope on Patient; of the types asked for those are left
 * that the read or the search scope covers.
 * @throws Forbidden
 */
export const permitEverything = (
  grant: Grant,
  question: EverythingQuestion,
): Permitted<EverythingQuestion> => {
  requireScope(grant, 'Patient', 'read')
  const { scopes } = grant.principal
  const resourceTypes = question.resourceTypes.filter(
    resourceType => covers(scopes, resourceType, 'r') || covers(scopes, resourceType, 's'),
  )
  return permit({ ...question, resourceTypes }, visibleIn(grant, ['Patient'], 'r'))
}

/**
 * Whether what a write refers to is there. It needs no scope of its own: who may write a result may
 * say whose it is.
 */
export const permitTargets = (grant: Grant, question: TargetQuestion): Permitted<TargetQuestion> =>
  permit(question, grant.visibility)

/**
 * The look for own Patients by identifier. It needs the search scope, because its outcome tells which
 * exist.
 * @throws Forbidden
 */
export const permitPatients = (
  grant: Grant,
  question: PatientQuestion,
): Permitted<PatientQuestion> => {
  requireScope(grant, 'Patient', 'search')
  return permit(question, visibleIn(grant, ['Patient'], 's'))
}

/**
 * Whether a stored version is the caller's to change: of its hospital and, with a token about one
 * patient, of nobody else.
 */
export const mayChange = (
  { principal, visibility }: Grant,
  { owner, patient, otherPatients }: Pick<ResourceRow, 'owner' | 'patient' | 'otherPatients'>,
): boolean => {
  const bound = visibility.narrowing?.patient
  return (
    owner === principal.organization.number &&
    (bound === undefined || (patient === bound && otherPatients === null))
  )
}

/**
 * A hospital writes its own records only: rows that would belong to another tenant cannot be made, nor
 * with a token about one patient rows that name another one or none.
 * @throws Forbidden
 */
export const permitWrite = <Row extends Pick<ResourceRow, 'owner' | 'patient' | 'otherPatients'>>(
  grant: Grant,
  rows: readonly Row[],
): Permitted<readonly Row[]> => {
  if (rows.some(row => row.owner !== grant.principal.organization.number))
    throw new Forbidden('write-foreign')
  if (!rows.every(row => mayChange(grant, row))) throw new Forbidden('write-other-patient')
  return permit(rows, grant.visibility)
}
