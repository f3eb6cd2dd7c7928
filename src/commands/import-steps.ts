import { FhirError } from '../fhir/errors.ts'
import { textOf } from '../fhir/outcome.ts'
import type { Bundle, Exchange } from '../interactions/interaction.ts'
import { perform } from '../interactions/perform.ts'
import { isBundle } from './import-ids.ts'
import type { Found } from './import-source.ts'

/** Resources stored by one transaction. */
const groupMax = 200
/** Refusals that are kept to be shown; of more only the number is. */
const keptMax = 20
const textLengthMax = 300

/** What an import has done so far. */
export interface Tally {
  readonly done: number
  readonly created: number
  /** Put to an id that was there already. */
  readonly unchanged: number
  readonly refused: number
  /** The first of them, each with its place; no values of the resources. */
  readonly refusals: readonly string[]
}

/** Stores what it is given, in groups. */
export interface Importer {
  readonly tally: Tally
  take(found: Found): Promise<void>
  /** Stores the last group. */
  finish(): Promise<Tally>
}

/**
 * Writes through the doorway of all requests: a group of resources as one transaction. When a group is
 * refused, each of its resources is stored on its own, so that only those at fault stay out.
 */
export const createImporter = (exchange: Exchange): Importer => {
  const tally = { done: 0, created: 0, unchanged: 0, refused: 0, refusals: [] as string[] }
  let group: Found[] = []

  const refuse = (text: string): void => {
    tally.refused++
    if (tally.refusals.length < keptMax) tally.refusals.push(text.slice(0, textLengthMax))
  }
  const perhaps = async (places: readonly Found[], bundle: Bundle): Promise<boolean> => {
    try {
      await stored(bundle, places[0]!.place)
      return true
    } catch (error) {
      if (!(error instanceof FhirError) || error.status >= 500) throw error
      if (places.length === 1) refuse(`${places[0]!.place}: ${explained(error)}`)
      return places.length === 1
    }
  }
  const stored = async (bundle: Bundle, place: string): Promise<void> => {
    const interaction = bundle.type === 'batch' ? 'batch' : 'transaction'
    const result = await perform({ interaction, bundle }, exchange)
    if (!('json' in result)) return
    const { entry = [] } = JSON.parse(result.json.toString()) as { entry?: Answered[] }
    entry.forEach(({ response }, index) => {
      if (response.status.startsWith('201')) tally.created++
      else if (response.status.startsWith('2')) tally.unchanged++
      else refuse(`${place}: entry[${index}]: ${response.status}`)
    })
  }
  const flush = async (): Promise<void> => {
    const now = group
    group = []
    if (now.length > 0 && !(await perhaps(now, transactionOf(now))))
      for (const found of now) await perhaps([found], transactionOf([found]))
    tally.done += now.length
  }
  const take = async (found: Found): Promise<void> => {
    if (found.fault === undefined && !isBundle(found.value)) {
      group.push(found)
      if (group.length >= groupMax) await flush()
      return
    }
    await flush()
    if (found.fault !== undefined) refuse(`${found.place}: ${explained(found.fault)}`)
    else await perhaps([found], found.value as unknown as Bundle)
    tally.done++
  }
  return { tally, take, finish: async () => (await flush(), tally) }
}

const transactionOf = (group: readonly Found[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: group.map(({ value }) => {
    const type = textOfMember(value, 'resourceType')
    const id = textOfMember(value, 'id')
    const [method, url] = id === '' ? ['POST', type] : ['PUT', `${type}/${id}`]
    return { resource: value, request: { method, url } }
  }),
})

const textOfMember = (value: Found['value'], name: string): string => {
  const member = value?.[name]
  return typeof member === 'string' ? member : ''
}

/** The first issue of a refusal, in English. */
const explained = (error: FhirError): string => {
  const { code, parameters, expression } = error.issues[0]!
  const text = textOf(code, parameters ?? {}, 'en')
  return expression === undefined ? text : `${expression}: ${text}`
}

interface Answered {
  readonly response: { readonly status: string }
}
