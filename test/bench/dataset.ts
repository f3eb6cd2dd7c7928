import type { BundleEntry, PatientBundles, TransactionBundle } from './bundles.ts'
import { consultationBundle } from './consultations.ts'
import { uniqueMark } from './setting.ts'
import type { Authorize } from './tokens.ts'

/** What searches ask about a patient. */
export interface LoadedPatient {
  readonly id: string
  /** `system|value` */
  readonly identifier: string
  /** `system|code` of the patient's most frequent observation. */
  readonly code: string
  /** A day with about half of those observations after it. */
  readonly since: string
  /** The Patient as it was sent, without an id, as JSON. */
  readonly content: string
}

/** The records as the server keeps them. */
export interface Dataset {
  readonly patients: readonly LoadedPatient[]
  /** `Type/id` of everything loaded. */
  readonly references: readonly string[]
  /** Observations to write, as JSON with `uniqueMark` in an identifier. */
  readonly observations: readonly string[]
  readonly resourcesPerSecond: number
}

const bundlesAtOnce = 2

/** A writer of bundles: posts one and gives the locations (`Type/id`) of what it made. */
const poster = (origin: string, authorize: Authorize) => async (bundle: TransactionBundle) => {
  const answer = await fetch(`${origin}/fhir`, {
    method: 'POST',
    headers: {
      authorization: await authorize('owner'),
      'content-type': 'application/fhir+json',
      prefer: 'return=minimal',
    },
    body: JSON.stringify(bundle),
  })
  const text = await answer.text()
  if (answer.status !== 200)
    throw new Error(`loading failed: ${answer.status} ${text.slice(0, 1000)}`)
  const { entry } = JSON.parse(text) as { entry: { response: { location: string } }[] }
  return entry.map(({ response }) => /(\w+\/[^/]+)\/_history\/\d+$/.exec(response.location)![1]!)
}

/**
 * Loads patients through the server as the hospital that owns them, then for each a consent and a
 * consultation that let the specialist read. @throws Error with the server's answer
 */
export const loadDataset = async (
  { bundles }: PatientBundles,
  origin: string,
  { authorize, now }: { readonly authorize: Authorize; readonly now: Date },
): Promise<Dataset> => {
  const post = poster(origin, authorize)
  const loaded: { bundle: TransactionBundle; locations: string[] }[] = []
  const waiting = [...bundles]
  const begin = performance.now()
  const work = async (): Promise<void> => {
    for (let bundle = waiting.shift(); bundle !== undefined; bundle = waiting.shift())
      loaded.push({ bundle, locations: await post(bundle) })
  }
  await Promise.all(Array.from({ length: bundlesAtOnce }, work))
  const seconds = (performance.now() - begin) / 1000
  const references = loaded.flatMap(({ locations }) => locations)
  const patients = loaded.map(({ bundle, locations }) => patientOf(bundle, locations))
  for (const { id } of patients) await post(consultationBundle(id, now))
  return {
    patients,
    references,
    observations: loaded.flatMap(({ bundle, locations }) => observationsOf(bundle, locations)),
    resourcesPerSecond: references.length / seconds,
  }
}

interface Coding {
  readonly system: string
  readonly code: string
}

const isObservation = ({ resource }: BundleEntry): boolean =>
  resource.resourceType === 'Observation'

const patientOf = ({ entry }: TransactionBundle, locations: readonly string[]): LoadedPatient => {
  const index = entry.findIndex(({ resource }) => resource.resourceType === 'Patient')
  const { id: _, ...patient } = entry[index]!.resource
  const [identifier] = patient['identifier'] as { system: string; value: string }[]
  const datesOf = new Map<string, string[]>()
  for (const { resource } of entry.filter(isObservation)) {
    const [coding] = (resource['code'] as { coding: Coding[] }).coding
    const token = `${coding!.system}|${coding!.code}`
    const dates = datesOf.get(token) ?? []
    dates.push(String(resource['effectiveDateTime']).slice(0, 10))
    datesOf.set(token, dates)
  }
  const [code, dates] = [...datesOf].reduce((most, next) =>
    next[1].length > most[1].length ? next : most,
  )
  return {
    id: locations[index]!.split('/')[1]!,
    identifier: `${identifier!.system}|${identifier!.value}`,
    code,
    since: dates.sort()[dates.length >> 1]!,
    content: JSON.stringify(patient),
  }
}

/** The observations of a bundle, each referring to what the server has made of the bundle. */
const observationsOf = ({ entry }: TransactionBundle, locations: readonly string[]): string[] => {
  const locationOf = new Map(entry.map(({ fullUrl }, index) => [fullUrl, locations[index]!]))
  return entry.filter(isObservation).map(({ resource: { id: _, ...resource } }) => {
    const identifier = [{ system: 'urn:huizhen:bench', value: uniqueMark }]
    return JSON.stringify({ ...resource, identifier }).replaceAll(
      /urn:uuid:[0-9a-f-]{36}/g,
      found => locationOf.get(found) ?? found,
    )
  })
}
