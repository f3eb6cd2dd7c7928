import { grantOf } from '../access/grant.ts'
import type { Principal } from '../access/principal.ts'
import { parseScopes } from '../access/scopes.ts'
import { FhirError, Unavailable } from '../fhir/errors.ts'
import type { Context, Exchange, Parameters, Request, Result } from './interaction.ts'
import { perform } from './perform.ts'

/** A Patient as a person chooses among several. */
interface ChoosablePatient {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
}

/** Patients offered at once. */
const patientsShownMax = 20
/** Seconds one choice may take. */
const choiceSeconds = 60

/** Who chooses, for what, and with which app. */
interface Asker {
  readonly client: { readonly id: string }
  readonly organization: Principal['organization']
  readonly person: { readonly id: string }
  readonly purpose: string
  /** SMART scopes to look with. */
  readonly scope: string
}

/**
 * Looks for patients as the person would with the token that is being made. `contextOf` is asked at
 * each look.
 */
export const patientFinder = (contextOf: () => Context) => {
  const principalOf = ({ client, organization, person, purpose, scope }: Asker): Principal => {
    const { baseUrl, newId, now } = contextOf()
    return {
      ...{ issuer: `${baseUrl}/auth`, tokenId: newId(), clientId: client.id, subject: person.id },
      ...{ organization, purpose, scopes: parseScopes(scope), practitioner: person.id },
      expiresAt: Math.floor(now().getTime() / 1000) + choiceSeconds,
    }
  }
  return {
    find: (asker: Asker, text: string) => choosablePatients(principalOf(asker), text, contextOf()),
    isVisible: (asker: Asker, id: string) => isPatientVisible(principalOf(asker), id, contextOf()),
  }
}

/**
 * The patients an identifier or else a name means, as a search of the caller finds them: what the
 * caller may not see is not offered, and the search is audited as any other.
 */
const choosablePatients = async (
  principal: Principal,
  text: string,
  context: Context,
): Promise<{ readonly patients: readonly ChoosablePatient[]; readonly isMore: boolean }> => {
  for (const parameter of ['identifier', 'name']) {
    const value = text.replace(/[\\,|$]/g, mark => `\\${mark}`)
    const parameters: Parameters = [
      [parameter, value],
      ['_count', String(patientsShownMax)],
    ]
    const request = { interaction: 'search-type', resourceType: 'Patient', parameters } as const
    const result = await ask(request, principal, context)
    const found = result?.kind === 'bundle' ? result : undefined
    const patients = (found?.disclosed ?? []).map(({ id, json }) => choosable(id, json))
    if (found !== undefined && patients.length > 0)
      return { patients, isMore: JSON.parse(found.json.toString()).total > patients.length }
  }
  return { patients: [], isMore: false }
}

/** Whether the caller may see the Patient of this id. */
const isPatientVisible = async (
  principal: Principal,
  id: string,
  context: Context,
): Promise<boolean> => {
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(id)) return false
  const request = { interaction: 'read', resourceType: 'Patient', id } as const
  return (await ask(request, principal, context)) !== undefined
}

/** Undefined where a caller over HTTP would be refused. */
const ask = async (
  request: Request,
  principal: Principal,
  context: Context,
): Promise<Result | undefined> => {
  const exchange: Exchange = {
    context,
    grant: grantOf(principal),
    requestId: context.newId(),
    queryable: context.database,
    isLenient: false,
    returnPreference: 'minimal',
    language: 'en',
  }
  try {
    return await perform(request, exchange)
  } catch (error) {
    if (error instanceof FhirError && !(error instanceof Unavailable)) return undefined
    throw error
  }
}

interface NamePart {
  readonly text?: string
  readonly family?: string
  readonly given?: readonly string[]
}

const choosable = (id: string, json: Buffer): ChoosablePatient => {
  const patient = JSON.parse(json.toString()) as {
    readonly name?: readonly NamePart[]
    readonly birthDate?: string
  }
  const [name] = patient.name ?? []
  const written = name?.text ?? joined(name?.family ?? '', name?.given ?? [])
  const { birthDate } = patient
  return { id, name: written || id, ...(birthDate === undefined ? {} : { birthDate }) }
}

/** Han names have no space. */
const joined = (family: string, given: readonly string[]): string =>
  /\p{Script=Han}/u.test(family)
    ? family + given.join('')
    : [family, ...given].filter(part => part !== '').join(' ')
