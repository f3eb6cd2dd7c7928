/**
 * The floor: what Fastify, pg and PostgreSQL cost by themselves. Per request one named prepared
 * statement, whose bytes are sent (or stored) as they are. No token, no check, no parsing.
 * A process of its own; the benchmark sends nothing but `DATABASE_URL` and is told the port.
 */
import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'
import { poolConnections } from './setting.ts'

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: poolConnections,
  idleTimeoutMillis: 0,
})
const server = Fastify({ bodyLimit: 64 * 1024 * 1024 })
const fhirJson = 'application/fhir+json; charset=utf-8'
type Keyed = { Params: { key: string } }

server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
server.removeContentTypeParser(['application/json', 'text/plain'])

server.get<Keyed>('/record/:key', async (request, reply) => {
  const { rows } = await pool.query<{ content: string }>({
    name: 'record',
    text: 'select content from floor.record where key = $1',
    values: [request.params.key],
  })
  return reply.type(fhirJson).send(rows[0]!.content)
})

server.get<Keyed>('/page/:key', async (request, reply) => {
  const { rows } = await pool.query<{ content: string }>({
    name: 'page',
    text: 'select content from floor.page where key = $1 order by ordinal',
    values: [request.params.key],
  })
  return reply.type(fhirJson).send(rows.map(({ content }) => content).join(','))
})

server.post('/record', async (request, reply) => {
  const body = request.body as Buffer
  await pool.query({
    name: 'create',
    text: 'insert into floor.created (key, content) values ($1, $2)',
    values: [randomBytes(8).readBigInt64BE(), body],
  })
  return reply.code(201).type(fhirJson).send(body)
})

await server.listen({ host: '127.0.0.1', port: 0 })
const address = server.server.address()
if (typeof address === 'object') process.send?.({ port: address?.port })
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
process.once('disconnect', () => process.exit(0))
