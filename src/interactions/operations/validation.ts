import { InvalidRequest } from '../../fhir/errors.ts'
import { issue, operationOutcome, type Issue } from '../../fhir/outcome.ts'
import { parseJson } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/resource.ts'
import { isObject, type JsonObject } from '../../fhir/walk.ts'
import type { ResourceVersion, ServedResource } from '../../store/rows.ts'
import { newestFirst } from '../../terminology/source.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { parsedResource } from '../parsed-resource.ts'
import { read } from '../read.ts'
import { issuesOf } from '../write-issues.ts'
import { sharedIdentifiers } from './shared-identifiers.ts'
import { storedBy } from './stored-canonical.ts'

const modes = ['create', 'update', 'delete', 'profile'] as const
type Mode = (typeof modes)[number]

/** What is asked for, from a Parameters body or the query. */
interface Asked {
  readonly resource: unknown
  readonly mode: Mode | undefined
  readonly profiles: readonly string[]
}

const profilesMax = 20

/**
 * `$validate`: what a write of a resource would meet, and what would be better about it, in both
 * languages. Nothing is written. Without a resource the stored one is looked at. A bundle is looked at
 * as a whole, each entry by the profiles it claims. A QuestionnaireResponse is held against its questionnaire, where the
 * caller may see it.
 * @throws InvalidRequest for a body or mode that is not understood
 * @throws NotFound, Gone as for read, where a stored resource is asked for
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
export const validation = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const resourceType = request.resourceType!
  const { resource, mode, profiles } = askedOf(request)
  if (mode !== undefined && ['update', 'delete'].includes(mode) && request.id === undefined)
    throw modeRefused()
  const stored = await storedOf(request, resource, mode, exchange)
  const looked = resource ?? (stored === undefined ? undefined : parseJson(stored.json))
  const form = await questionnaireOf(looked, exchange)
  const question = { ...{ resourceType, mode, profiles, request }, questionnaire: form?.tree }
  const issues = mode === 'delete' ? [] : problemsOf(looked, question, exchange)
  const shared = await sharedIdentifiers(mode === 'delete' ? undefined : looked, exchange)
  const found = [...issues, ...shared.issues]
  const told =
    found.length > 0 ? found : [issue('information', 'informational', 'validation-passed')]
  const outcome = operationOutcome(told, exchange.language)
  return {
    ...{ kind: 'operation', json: Buffer.from(JSON.stringify(outcome)) },
    disclosed: [stored, form?.served, ...shared.disclosed].filter(one => one !== undefined),
    warnings: [],
  }
}

/** The stored resource, where the answer is about it: none was sent, or it is to be deleted. */
const storedOf = async (
  { resourceType, id }: OperationRequest,
  resource: unknown,
  mode: Mode | undefined,
  exchange: Exchange,
): Promise<ResourceVersion | undefined> => {
  if (id === undefined || (resource !== undefined && mode !== 'delete')) return undefined
  const found = await read({ resourceType: resourceType!, id }, exchange)
  return 'version' in found ? found.version : undefined
}

/** The questionnaire that a response answers, of those the caller may see: of several the latest. */
const questionnaireOf = async (
  looked: unknown,
  exchange: Exchange,
): Promise<{ readonly served: ServedResource; readonly tree: JsonObject } | undefined> => {
  if (!isObject(looked) || looked['resourceType'] !== 'QuestionnaireResponse') return undefined
  const canonical = looked['questionnaire']
  if (typeof canonical !== 'string' || canonical.startsWith('#')) return undefined
  const [url = '', version] = canonical.split('|')
  const found = await storedBy('Questionnaire', ['url', url], exchange)
  return found
    .map(served => ({ served, tree: parseJson(served.json) as unknown as JsonObject }))
    .filter(({ tree }) => version === undefined || tree['version'] === version)
    .sort((one, other) => newestFirst(one.tree, other.tree))[0]
}

interface Question {
  readonly resourceType: string
  readonly mode: Mode | undefined
  readonly profiles: readonly string[]
  readonly request: OperationRequest
  readonly questionnaire: JsonObject | undefined
}

const problemsOf = (
  looked: unknown,
  { resourceType, mode, profiles, request, questionnaire }: Question,
  exchange: Exchange,
): readonly Issue[] => {
  const resource: Resource = parsedResource(looked, resourceType)
  const isOther = mode === 'update' && resource.id !== request.id
  const mismatch = isOther
    ? [issue('error', 'value', 'validation-id', {}, `${resourceType}.id`)]
    : []
  const action = mode === 'update' ? 'update' : 'create'
  const intent = { action, resourceType, id: request.id ?? 'new', resource } as const
  const asked = {
    ...{ wantsWarnings: true, canonicals: profiles, questionnaire },
  }
  return [...mismatch, ...issuesOf(intent, exchange, asked)]
}

const modeRefused = (): InvalidRequest =>
  new InvalidRequest('validation-mode', { expected: modes.join(', ') })

/** The parameters of a body that is about another resource than itself. */
const parametersOf = (body: unknown): readonly Readonly<Record<string, unknown>>[] | undefined => {
  if (!isObject(body) || body['resourceType'] !== 'Parameters') return undefined
  const list = body['parameter']
  const parameters = Array.isArray(list) ? list.filter(isObject) : []
  const names = parameters.map(({ name }) => name)
  return names.some(name => name === 'resource' || name === 'mode' || name === 'profile')
    ? parameters
    : undefined
}

const askedOf = ({ resource: body, parameters: query }: OperationRequest): Asked => {
  const parameters = parametersOf(body)
  const values = (name: string): string[] => [
    ...query.filter(([one]) => one === name).map(([, value]) => value),
    ...(parameters ?? [])
      .filter(one => one['name'] === name)
      .flatMap(one => Object.entries(one))
      .filter(([member]) => member.startsWith('value'))
      .flatMap(([, value]) => (typeof value === 'string' ? [value] : [])),
  ]
  const [mode] = values('mode')
  if (mode !== undefined && !modes.some(known => known === mode)) throw modeRefused()
  const inner = parameters?.find(one => one['name'] === 'resource')?.['resource']
  return {
    resource: parameters === undefined ? body : inner,
    mode: mode as Mode | undefined,
    profiles: values('profile').slice(0, profilesMax),
  }
}
