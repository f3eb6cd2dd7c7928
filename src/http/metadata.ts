import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { MethodNotAllowed } from '../fhir/errors.ts'
import { capabilities } from '../interactions/capabilities.ts'
import { hasTag } from '../interactions/found.ts'
import type { Context } from '../interactions/interaction.ts'
import { rendered, renditionOf } from './format.ts'
import { contentTypes } from './format-names.ts'
import { privateHeaders } from './response.ts'

const otherMethods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** The statement made from one state of the definitions, and its ETag. */
const statementOf = (context: Context) => {
  const bytes = capabilities(context)
  const tag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`
  return { definitions: context.definitions, bytes, tag }
}

/**
 * FHIR capabilities: what this server does, for everyone, without a token. The answer is the same until
 * an operator adds or removes a search parameter; its ETag changes when it does.
 * @see https://hl7.org/fhir/R4/http.html#capabilities
 */
export const metadataRoute = (server: FastifyInstance, context: Context): void => {
  let statement = statementOf(context)
  server.get('/metadata', async (request, reply) => {
    const rendition = renditionOf(request)
    // Without a database it is what was heard last.
    await context.renewDefinitions().catch(() => undefined)
    if (statement.definitions !== context.definitions) statement = statementOf(context)
    const { bytes, tag } = statement
    reply.headers({ ...privateHeaders, 'cache-control': 'no-cache', etag: `W/${tag}` })
    const known = request.headers['if-none-match']
    if (known !== undefined && hasTag(known, tag)) return reply.code(304).send()
    return reply
      .type(contentTypes[rendition.format])
      .send(rendered(bytes, rendition, context.definitions))
  })
  server.route({
    method: [...otherMethods],
    url: '/metadata',
    handler: () => {
      throw new MethodNotAllowed('GET, HEAD')
    },
  })
}
