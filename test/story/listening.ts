import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { aServer, type Asked, type TestServer } from '../server.ts'

/** What came over the wire. */
export interface Received {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  readonly json: any
}

/** A whole application behind a listening socket. */
export interface ListeningServer extends TestServer {
  /** Asks over the socket; `path` is relative to the FHIR endpoint, or a whole link. */
  readonly send: (method: string, path: string, asked?: Asked) => Promise<Received>
}

/** An application on a database of its own that listens on a free port, its links leading there. */
export const aListeningServer = async (t: Test): Promise<ListeningServer> => {
  const port = await freePort()
  const server = await aServer(t, { HUIZHEN_BASE_URL: `http://127.0.0.1:${port}` })
  await server.server.listen({ host: '127.0.0.1', port })
  const send: ListeningServer['send'] = async (method, path, { as, body, headers } = {}) => {
    const answer = await fetch(path.startsWith('http') ? path : `${server.baseUrl}/fhir/${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${await server.tokenFor(as)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isBytes(body) ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = text !== '' && /json/.test(answer.headers.get('content-type') ?? '')
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
  }
  return { ...server, send }
}

const isBytes = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array

/** A port nobody listens on. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
