import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { grantOf } from '../access/grant.ts'
import type { Principal } from '../access/principal.ts'
import { NotAcceptable, UnsupportedFormat } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { languageOf } from '../fhir/outcome.ts'
import { capabilityStatement } from '../interactions/capabilities.ts'
import type { Exchange } from '../interactions/interaction.ts'
import { perform } from '../interactions/perform.ts'
import { parametersOf, requestOf, type WrittenRequest } from '../interactions/routes.ts'
import { preferencesOf } from './prefer.ts'
import { fhirJson, sendResult } from './response.ts'
import type { ServerOptions } from './server.ts'

const jsonTypes: ReadonlySet<string> = new Set([
  'application/fhir+json',
  'application/json',
  'text/json',
])
const formType = 'application/x-www-form-urlencoded'
const acceptable = /application\/(?:fhir\+)?json|application\/\*|\*\/\*|text\/json/i
const jsonFormat = /^(?:json|text\/json|application\/(?:fhir[+ ])?json)(?:;|$)/i

const principals = new WeakMap<FastifyRequest, Principal>()

/**
 * The FHIR endpoint. The order of a request: token (401) before the body is read, bytes (400, 413,
 * 415), address (404, 405), then the doorway of the interactions.
 * @see https://hl7.org/fhir/R4/http.html
 */
export const fhirRoutes =
  (options: ServerOptions) =>
  async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    openRoutes(server, options)
    server.register(async guarded => {
      guarded.addHook('onRequest', async request => {
        principals.set(request, await options.verifyToken(request.headers.authorization))
      })
      guarded.all('/', (request, reply) => answer(request, reply, options))
      guarded.all('/*', (request, reply) => answer(request, reply, options))
    })
  }

/** What is served without a token. */
const openRoutes = (server: FastifyInstance, options: ServerOptions): void => {
  const capabilities = Buffer.from(JSON.stringify(capabilityStatement(options.context)))
  server.get('/metadata', (request, reply) => {
    requireAcceptable(request)
    return reply.type(fhirJson).send(capabilities)
  })
  server.get('/.well-known/smart-configuration', (_request, reply) =>
    reply.type('application/json').send(options.smartConfiguration()),
  )
}

const answer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { context }: ServerOptions,
): Promise<FastifyReply> => {
  requireAcceptable(request)
  const { isLenient, returnPreference } = preferencesOf(request.headers['prefer'])
  const exchange: Exchange = {
    context,
    grant: grantOf(principals.get(request)!),
    requestId: request.id,
    queryable: context.database,
    isLenient,
    returnPreference,
    language: languageOf(request.headers['accept-language']),
  }
  const result = await perform(requestOf(writtenRequest(request)), exchange)
  return sendResult(result, exchange, request, reply)
}

/** Only JSON is served. @throws NotAcceptable */
const requireAcceptable = (request: FastifyRequest): void => {
  const format = (request.query as { _format?: unknown })._format
  const isJson =
    format === undefined
      ? acceptable.test(request.headers.accept ?? '*/*')
      : typeof format === 'string' && jsonFormat.test(format)
  if (!isJson) throw new NotAcceptable('format-not-acceptable')
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const writtenRequest = (request: FastifyRequest): WrittenRequest => {
  const ifMatch = header(request, 'if-match')
  const ifNoneExist = header(request, 'if-none-exist')
  return {
    method: request.method,
    url: request.url.replace(/^\/fhir\/?/, ''),
    ...bodyOf(request),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  }
}

/** @throws UnsupportedFormat for a body that is neither JSON nor, on a search, a form */
const bodyOf = (request: FastifyRequest): Pick<WrittenRequest, 'body' | 'form'> => {
  const body = request.body as Buffer | undefined
  if (body === undefined || body === null || body.length === 0) return {}
  if (!/^(?:identity)?$/i.test(request.headers['content-encoding']?.trim() ?? ''))
    throw new UnsupportedFormat('encoding-unsupported')
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (mediaType === formType && /\/_search\/?(?:\?|$)/.test(request.url))
    return { form: parametersOf(body.toString('utf8')) }
  if (!jsonTypes.has(mediaType)) throw new UnsupportedFormat('format-unsupported')
  return { body: parseJson(body) }
}
