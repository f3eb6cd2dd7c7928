import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { InvalidRequest } from '../fhir/errors.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { requestEntries, withoutNesting, type PlainRequest } from './bundle-entries.ts'
import { responseEntry } from './bundle-response.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Bundle, Exchange, Request, Result } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { resolveFullUrls } from './full-urls.ts'
import { requestOf } from './routes.ts'
import { retried, write } from './write.ts'
import type { Step } from './step.ts'
import type { WriteIntent } from './write-intent.ts'

/**
 * FHIR transaction: all entries or none. Ids are assigned first and references by fullUrl rewritten,
 * then all writes happen in one database transaction, then reads and searches see their result.
 * @throws FhirError of the first entry that cannot be done; nothing is written then
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export const transaction = async (
  bundle: Bundle,
  exchange: Exchange,
  run: (request: Request, exchange: Exchange) => Promise<Result>,
): Promise<Result> => {
  const { context } = exchange
  const steps = requestEntries(bundle, exchange).map(({ expression, fullUrl, request }): Step => {
    const asked = withoutNesting(requestOf(request), expression)
    const intent = intentOf(asked, expression, context.newId)
    const at = { expression, ...(fullUrl === undefined ? {} : { fullUrl }) }
    return intent === undefined ? { ...at, question: asked } : { ...at, intent }
  })
  requireDistinct(steps)
  resolveFullUrls(steps)

  const intents = steps.flatMap(({ intent }) => intent ?? [])
  const results = await retried(() =>
    context.database.transaction(async queryable => {
      const inside = { ...exchange, queryable }
      const written = [...(await write(intents, inside))]
      const answers: Result[] = []
      for (const { question } of steps)
        answers.push(question === undefined ? written.shift()! : await run(question, inside))
      return answers
    }),
  )
  return {
    kind: 'bundle',
    json: bundleBytes({ type: 'transaction-response' }, answersOf(results, exchange)),
    disclosed: results.flatMap((result): readonly ResourceVersion[] =>
      result.kind === 'bundle' ? result.disclosed : [result.version],
    ),
    warnings: [],
  }
}

const answersOf = (results: readonly Result[], exchange: Exchange): readonly Entry[] =>
  results.map(result => responseEntry(result, exchange))

const intentOf = (
  request: PlainRequest,
  expression: string,
  newId: () => string,
): WriteIntent | undefined => {
  const { interaction, resourceType } = request
  if (interaction === 'delete')
    return { action: interaction, resourceType, id: request.id, ...ifMatchVersion(request.ifMatch) }
  if (interaction !== 'create' && interaction !== 'update') return undefined
  const at = `${expression}.resource`
  const resource = parsedResource(request.resource, resourceType)
  if (interaction === 'create')
    return { action: interaction, resourceType, id: newId(), resource, expression: at }
  if (resource.id !== request.id) throw new InvalidRequest('id-mismatch', {}, `${at}.id`)
  const { id } = request
  return {
    action: interaction,
    resourceType,
    id,
    resource,
    expression: at,
    ...ifMatchVersion(request.ifMatch),
  }
}

/** @throws InvalidRequest when two entries write one resource */
const requireDistinct = (steps: readonly Step[]): void => {
  const seen = new Map<string, number>()
  steps.forEach(({ intent }, index) => {
    if (intent === undefined) return
    const identity = `${intent.resourceType}/${intent.id}`
    const first = seen.get(identity)
    if (first !== undefined)
      throw new InvalidRequest(
        'bundle-duplicate-identity',
        { first, second: index },
        `Bundle.entry[${index}]`,
      )
    seen.set(identity, index)
  })
}
