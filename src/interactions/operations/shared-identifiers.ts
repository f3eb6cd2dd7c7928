import { maySearch, permitSearch } from '../../access/grant.ts'
import { isPlaceholder } from '../../fhir/judgement-identifiers.ts'
import { parseJson } from '../../fhir/json.ts'
import { issue, type Issue } from '../../fhir/outcome.ts'
import { isObject, type JsonObject } from '../../fhir/walk.ts'
import { parseSearch } from '../../search/parse.ts'
import type { ServedResource } from '../../store/rows.ts'
import { searchResources } from '../../store/search.ts'
import type { Exchange } from '../interaction.ts'

/** More identifiers of one Patient, or Patients of these identifiers, are not looked at. */
const identifiersMax = 10
const patientsMax = 20

/** Warnings, and the records of which they tell. */
export interface Shared {
  readonly issues: readonly Issue[]
  readonly disclosed: readonly ServedResource[]
}

const nothing: Shared = { issues: [], disclosed: [] }

interface Identified {
  readonly place: number
  readonly system: string
  readonly value: string
}

/**
 * Identifiers of a Patient that another Patient has, who is somebody else by name or birth date. Only
 * records that the caller may find by a search are looked at.
 */
export const sharedIdentifiers = async (patient: unknown, exchange: Exchange): Promise<Shared> => {
  const { grant, queryable, context } = exchange
  if (!isObject(patient) || patient['resourceType'] !== 'Patient') return nothing
  const identified = identifiersOf(patient)
  if (identified.length === 0 || !maySearch(grant, 'Patient')) return nothing
  const wanted = identified.map(({ system, value }) => `${escaped(system)}|${escaped(value)}`)
  const { definitions, timeZone, baseUrl, now } = context
  const query = parseSearch('Patient', [['identifier', wanted.join(',')]], {
    ...{ definitions, timeZone, baseUrl, now },
    lenient: false,
  })
  const permitted = permitSearch(grant, { ...query, count: patientsMax, total: 'none' })
  const { matches } = await searchResources(queryable, permitted)
  const others = matches.filter(({ id }) => id !== patient['id'])
  const strangers = others
    .map(({ json }) => parseJson(json))
    .filter((other): other is JsonObject => isObject(other) && isSomebodyElse(patient, other))
  const issues = identified
    .filter(one =>
      strangers.some(other => identifiersOf(other).some(theirs => isSame(one, theirs))),
    )
    .map(({ place }) =>
      issue('warning', 'duplicate', 'identifier-shared', {}, `Patient.identifier[${place}]`),
    )
  return { issues, disclosed: others }
}

const identifiersOf = ({ identifier }: JsonObject): readonly Identified[] =>
  (Array.isArray(identifier) ? identifier : [])
    .flatMap((one: unknown, place) => {
      const { system, value } = isObject(one) ? one : {}
      return typeof system === 'string' && typeof value === 'string' && !isPlaceholder(value)
        ? [{ place, system, value }]
        : []
    })
    .slice(0, identifiersMax)

const isSame = (one: Identified, other: Identified): boolean =>
  one.system === other.system && one.value === other.value

/** By birth date, or by name where neither name holds the other's. */
const isSomebodyElse = (patient: JsonObject, other: JsonObject): boolean => {
  const [mine, theirs] = [patient['birthDate'], other['birthDate']]
  if (typeof mine === 'string' && typeof theirs === 'string') {
    const digits = Math.min(mine.length, theirs.length)
    if (mine.slice(0, digits) !== theirs.slice(0, digits)) return true
  }
  const [names, known] = [namesOf(patient), namesOf(other)]
  return names.length > 0 && known.length > 0 && !names.some(name => known.includes(name))
}

const namesOf = ({ name }: JsonObject): readonly string[] =>
  (Array.isArray(name) ? name : []).filter(isObject).flatMap(({ text, family, given }) => {
    const parts = [family, ...(Array.isArray(given) ? (given as unknown[]) : [])]
    const joined = parts.filter(part => typeof part === 'string').join('')
    return [text, joined].filter((one): one is string => typeof one === 'string' && one !== '')
  })

/** A value of a search parameter. */
const escaped = (value: string): string => value.replace(/[\\,$|]/g, '\\$&')
