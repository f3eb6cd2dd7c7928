import { requireScope } from '../../access/grant.ts'
import { Forbidden, InvalidRequest, NotFound, Throttled } from '../../fhir/errors.ts'
import { parseJson } from '../../fhir/json.ts'
import { isResourceType } from '../../fhir/resource-types.ts'
import { isObject } from '../../fhir/walk.ts'
import { shown } from '../../search/shown.ts'
import { requestImport, type ImportInput } from '../../store/import-jobs.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { read } from '../read.ts'
import { importAnswer } from './import-status.ts'
import { bodyParameters, type Parameter } from './parameters.ts'

/** Inputs of one import at most. */
const inputsMax = 100
/** Imports of one hospital that are not done, at most. */
const openImportsMax = 5

/** How an input says that its lines are resources. */
const formats: ReadonlySet<string> = new Set([
  ...['application/fhir+ndjson', 'application/ndjson', 'ndjson'],
])

/**
 * `$import`: takes in the lines of Binary resources that the caller's hospital has stored, as if each had
 * been sent by itself: put to its id, or created where it has none. The answer comes at once, with 202
 * and the address that tells how far it is. The versions that are there now are meant. The rest is done
 * in the name of the client, with the rights it has then.
 * @throws Forbidden for people, and without the scope to read Binary
 * @throws InvalidRequest for a parameter that does not fit
 * @throws NotFound for a Binary that is absent, hidden or another hospital's
 * @throws Throttled when the hospital has as many imports as it may
 * @see https://github.com/smart-on-fhir/bulk-import
 */
export const importResources = async (
  { resource }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { grant, context, language } = exchange
  const { principal } = grant
  if (principal.clientId !== principal.subject) throw new Forbidden('import-systems-only')
  requireScope(grant, 'Binary', 'read')
  const inputs: ImportInput[] = []
  for (const input of inputsOf(resource)) inputs.push(await inputOf(input, exchange))
  const asked = { owner: principal.organization.number, client: principal.clientId, language }
  const request = (transaction: Exchange['queryable']) =>
    requestImport(transaction, asked, inputs, openImportsMax)
  const job = await (exchange.queryable === context.database
    ? context.database.transaction(request)
    : request(exchange.queryable))
  if (job === undefined) throw new Throttled('import-jobs-open', { limit: openImportsMax })
  context.wakeImporter()
  return importAnswer(job, [], exchange)
}

/** The parts of each `input`, in order. */
const inputsOf = (body: unknown): readonly (readonly Parameter[])[] => {
  const inputs: Parameter[][] = []
  for (const { name, parameter, member } of bodyParameters(body)) {
    const value = member === undefined ? undefined : parameter[member]
    if (name === 'inputFormat') {
      if (!formats.has(String(value))) throw unfit('inputFormat', [...formats].join(', '))
    } else if (name === 'inputSource') continue
    else if (name === 'input') inputs.push(partsOf(parameter))
    else throw unfit(shown(name), 'input, inputFormat, inputSource')
  }
  if (inputs.length === 0 || inputs.length > inputsMax)
    throw unfit(`${inputs.length} input`, `1 to ${inputsMax} input, each with the part url`)
  return inputs
}

const partsOf = ({ part }: Parameter): Parameter[] => {
  if (!Array.isArray(part) || !part.every(isObject)) throw unfit('an input', 'the part url')
  return part
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const unfit = (found: string, expected: string): InvalidRequest =>
  new InvalidRequest('import-parameter', { found, expected })

const inputOf = async (parts: readonly Parameter[], exchange: Exchange): Promise<ImportInput> => {
  let url: string | undefined
  let type: string | null = null
  for (const part of parts) {
    const member = Object.keys(part).find(key => key.startsWith('value')) ?? 'value'
    const value = textOf(part[member])
    if (part['name'] === 'url') url = value
    else if (part['name'] === 'type' && isResourceType(value)) type = value
    else throw unfit(shown(`${textOf(part['name'])} ${value}`), 'url, and type of R4')
  }
  return { ...(await binaryOf(url ?? '', exchange)), type }
}

/** The Binary an address names, and its version of this moment. */
const binaryOf = async (
  url: string,
  exchange: Exchange,
): Promise<Pick<ImportInput, 'id' | 'version'>> => {
  const fhirBase = `${exchange.context.baseUrl}/fhir/`
  const address = url.startsWith(fhirBase) ? url.slice(fhirBase.length) : url
  const [, id] = /^Binary\/([A-Za-z0-9.-]{1,64})$/.exec(address) ?? []
  if (id === undefined) throw unfit(shown(url), 'url of a Binary of this server')
  const result = await read({ resourceType: 'Binary', id }, exchange)
  if (!('version' in result)) throw new NotFound()
  const { owner, versionId, json } = result.version
  if (owner !== exchange.grant.principal.organization.number) throw new NotFound()
  const binary = parseJson(json) as Parameter
  const contentType = textOf(binary['contentType']).split(';', 1)[0]!
  if (!formats.has(contentType) || typeof binary['data'] !== 'string')
    throw unfit(shown(contentType), `a Binary with data, of contentType ${[...formats][0]}`)
  return { id, version: versionId }
}
