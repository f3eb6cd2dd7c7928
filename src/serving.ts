import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { TokenVerifier } from './access/token.ts'
import type { AuthorizationServer } from './auth/authorization-server.ts'
import { smartConfiguration } from './auth/smart-configuration.ts'
import type { Config } from './config.ts'
import { limits } from './fhir/limits.ts'
import { readinessOf, readingsOf } from './health.ts'
import { createMetrics } from './http/metrics.ts'
import type { Welcome } from './http/people.ts'
import { createServer } from './http/server.ts'
import { createShares } from './http/share.ts'
import type { Context } from './interactions/interaction.ts'

/** What is served over HTTP. */
export interface Served {
  readonly context: Context
  readonly verifier: TokenVerifier
  readonly authorization: AuthorizationServer
  /** Whether a registered app has its pages at an origin. */
  readonly isAppOrigin: (origin: string) => Promise<boolean>
  /** Whom the sandbox lets in; nobody outside of it. */
  readonly sandbox: Omit<Welcome, 'baseUrl'>
  readonly logger: Logger
}

/** The HTTP server of a process, not yet listening. */
export const openServer = (
  { baseUrl, dataDir, bodyBytesMax, sandbox: isSandbox }: Config,
  { context, verifier, authorization, isAppOrigin, sandbox, logger }: Served,
): FastifyInstance => {
  const shares = createShares(limits.requestsPerOrganizationMax)
  const watched = { context, shares, dataDir }
  return createServer({
    ...{ context, verifier, shares, bodyBytesMax, logger, isAppOrigin },
    metrics: createMetrics(readingsOf(watched)),
    readiness: readinessOf(watched),
    authorizationServer: authorization.listener,
    desk: authorization.desk,
    smartConfiguration: () => smartConfiguration(baseUrl, isSandbox),
    welcome: { baseUrl, ...sandbox },
    explains: isSandbox,
  })
}
