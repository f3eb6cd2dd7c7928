import type { FastifyInstance } from 'fastify'
import { languageIn } from './docs/pages.ts'
import { sendPage } from './page.ts'
import { landingPage } from './pages.ts'
import { postmanCollection, postmanEnvironment } from './postman.ts'

/** Whom a page of the sandbox shows a password of. */
interface SandboxPassword {
  readonly id: string
  readonly name: string
  readonly password: string
}

/** What the pages and the Postman files tell a newcomer. */
export interface Welcome {
  readonly baseUrl: string
  /** Sandbox clients with their secrets; empty outside the sandbox. */
  readonly sandboxClients: readonly { readonly id: string; readonly secret: string }[]
  /** Sandbox people with their passwords. */
  readonly sandboxPeople?: readonly SandboxPassword[]
}

/** Pages and files for people; nothing here needs a token or shows clinical data. */
export const peopleRoutes =
  (welcome: Welcome) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/', (request, reply) => sendPage(reply, landingPage(welcome, languageIn(request))))
    server.get('/postman/collection.json', (_request, reply) =>
      reply.type('application/json').send(postmanCollection()),
    )
    server.get('/postman/environment.json', (_request, reply) =>
      reply.type('application/json').send(postmanEnvironment(welcome)),
    )
  }
