import { permitPatients } from '../access/grant.ts'
import { covers } from '../access/scopes.ts'
import { MultipleMatches, TooLarge, ValidationFailed } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import { identifierToken, type PatientRow } from '../search/compile-patients.ts'
import { lockKeys } from '../store/lock.ts'
import { readPatients } from '../store/targets.ts'
import { gateLock, identifierLocks, identifiersIn } from './conditional-criteria.ts'
import { copiedTree } from './copied-tree.ts'
import { patientReferences, type PatientReference } from './identifier-places.ts'
import type { Exchange } from './interaction.ts'
import { stubPatient } from './stub-patient.ts'
import type { WriteIntent } from './write-intent.ts'

/** Whether this caller's writes may make Patients that nobody has sent yet. */
export const mayMakeStubs = ({ grant }: Exchange): boolean => {
  const { writeRules, scopes } = grant.principal
  return (
    writeRules?.resolvesIdentifiers === true &&
    writeRules.makesStubPatients &&
    covers(scopes, 'Patient', 'c')
  )
}

/**
 * Where the writer's hospital has agreed to it, `{type: 'Patient', identifier}` without a reference
 * gets the reference to the hospital's own Patient with that identifier: one of this write, or a
 * stored one. The Patient that nobody knows is refused, or made by the same write, tagged as
 * incomplete; those who do that for one identifier at the same time wait for each other. What a patch
 * puts in is left as it is.
 * @throws ValidationFailed naming every reference whose Patient is unknown
 * @throws MultipleMatches when the identifier is of more than one Patient
 * @throws Forbidden without the search scope on Patient
 */
export const resolveIdentifiers = async (
  intents: readonly WriteIntent[],
  exchange: Exchange,
): Promise<readonly WriteIntent[]> => {
  if (!exchange.grant.principal.writeRules?.resolvesIdentifiers) return intents
  const copies = intents.map(intent =>
    intent.resource === undefined || patientReferences(intent).length === 0
      ? intent
      : { ...intent, resource: copiedTree(intent.resource) },
  )
  const references = copies.flatMap(patientReferences)
  if (references.length === 0) return intents
  const tokens = [...new Set(references.map(tokenOf))]
  if (tokens.length > limits.identifierReferencesMax)
    throw new TooLarge('identifier-references-too-many', { limit: limits.identifierReferencesMax })

  const stored = await storedPatients(tokens, references, exchange)
  const written = writtenPatients(intents)
  const known = new Map<bigint, string>()
  const stubs: WriteIntent[] = []
  const issues: Issue[] = []
  for (const reference of references) {
    const token = tokenOf(reference)
    const id = known.get(token) ?? patientOf(reference, written, stored.get(token) ?? [])
    if (id !== undefined) known.set(token, id)
    else if (mayMakeStubs(exchange) && reference.identifier.system !== undefined) {
      const stub = stubPatient(reference.identifier, exchange.context.newId())
      stubs.push(stub)
      known.set(token, stub.id)
    } else issues.push(unknown(reference))
  }
  if (issues.length > 0) throw new ValidationFailed(issues.slice(0, limits.issuesMax))
  for (const reference of references)
    reference.setReference(`Patient/${known.get(tokenOf(reference))}`)
  return [...copies, ...stubs]
}

const tokenOf = ({ identifier: { system, value } }: PatientReference): bigint =>
  identifierToken(system, value)

/** Where Patients may be made, what is looked for is held, so that two do not make the same one. */
const storedPatients = async (
  tokens: readonly bigint[],
  references: readonly PatientReference[],
  exchange: Exchange,
): Promise<ReadonlyMap<bigint, readonly PatientRow[]>> => {
  const { grant, queryable } = exchange
  const question = permitPatients(grant, { tokens })
  const identifiers = references.map(({ identifier }) => identifier)
  const [, rows] = await Promise.all([
    mayMakeStubs(exchange)
      ? lockKeys(
          queryable,
          gateLock(exchange),
          identifierLocks('Patient', { identifier: identifiers }, exchange),
        )
      : undefined,
    readPatients(queryable, question),
  ])
  const found = new Map<bigint, PatientRow[]>(tokens.map(token => [token, []]))
  for (const row of rows) found.get(row.token)!.push(row)
  return found
}

/** The Patients a write is about, by their identifiers: it decides which of those they have. */
interface WrittenPatients {
  readonly ids: ReadonlySet<string>
  readonly byIdentifier: ReadonlyMap<bigint, readonly string[]>
}

const writtenPatients = (intents: readonly WriteIntent[]): WrittenPatients => {
  const patients = intents.filter(
    ({ resourceType, action }) => resourceType === 'Patient' && action !== 'patch',
  )
  const byIdentifier = new Map<bigint, string[]>()
  for (const { id, resource } of patients)
    for (const { system, value } of identifiersIn(resource)) {
      const token = identifierToken(system, value)
      const ids = byIdentifier.get(token)
      if (ids === undefined) byIdentifier.set(token, [id])
      else if (!ids.includes(id)) ids.push(id)
    }
  return { ids: new Set(patients.map(({ id }) => id)), byIdentifier }
}

/** @throws MultipleMatches */
const patientOf = (
  reference: PatientReference,
  written: WrittenPatients,
  stored: readonly PatientRow[],
): string | undefined => {
  const made = written.byIdentifier.get(tokenOf(reference)) ?? []
  const left = stored.filter(({ id }) => !written.ids.has(id))
  const [first, second] = [...made.map(id => ({ id, merged: false })), ...left]
  if (first !== undefined && second !== undefined && first.merged === second.merged)
    throw new MultipleMatches('identifier-reference-many', {}, reference.expression)
  return first?.id
}

/** Characters at the end of an identifier that a refusal shows, so that its sender can find it. */
const shownMax = 2
const shownFrom = 8

const unknown = ({ identifier: { value }, expression }: PatientReference): Issue => {
  const masked = `****${value.length < shownFrom ? '' : value.slice(-shownMax)}`
  return issue('error', 'not-found', 'identifier-reference-unknown', { masked }, expression)
}
