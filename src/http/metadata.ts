import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { MethodNotAllowed } from '../fhir/errors.ts'
import { capabilityStatement } from '../interactions/capabilities.ts'
import { hasTag } from '../interactions/found.ts'
import type { Context } from '../interactions/interaction.ts'
import { rendered, renditionOf } from './format.ts'
import { contentTypes } from './format-names.ts'
import { privateHeaders } from './response.ts'

const otherMethods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * FHIR capabilities: what this server does, for everyone, without a token. The answer is the same as
 * long as the process runs; its ETag changes when it does.
 * @see https://hl7.org/fhir/R4/http.html#capabilities
 */
export const metadataRoute = (server: FastifyInstance, context: Context): void => {
  const capabilities = Buffer.from(JSON.stringify(capabilityStatement(context)))
  const tag = `"${createHash('sha256').update(capabilities).digest('hex').slice(0, 16)}"`
  const headers = { ...privateHeaders, 'cache-control': 'no-cache', etag: `W/${tag}` }
  server.get('/metadata', (request, reply) => {
    const rendition = renditionOf(request)
    reply.headers(headers)
    const known = request.headers['if-none-match']
    if (known !== undefined && hasTag(known, tag)) return reply.code(304).send()
    return reply
      .type(contentTypes[rendition.format])
      .send(rendered(capabilities, rendition, context.definitions))
  })
  server.route({
    method: [...otherMethods],
    url: '/metadata',
    handler: () => {
      throw new MethodNotAllowed('GET, HEAD')
    },
  })
}
