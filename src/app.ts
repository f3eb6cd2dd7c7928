import { randomBytes, randomUUID } from 'node:crypto'
import { pino, type Logger } from 'pino'
import type { FastifyInstance } from 'fastify'
import { assumedPrincipal } from './access/assumed-principal.ts'
import { createCursors } from './access/cursor.ts'
import { createTrailIds } from './access/trail-id.ts'
import { createTokenVerifier } from './access/token.ts'
import { createAuthorizationServer, type SignIn } from './auth/authorization-server.ts'
import { signingAlgorithm } from './auth/keys.ts'
import type { PatientFinder } from './auth/sign-in-visit.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { openDatabase } from './db/open.ts'
import { sharedSecret } from './db/secret.ts'
import { openProfiles } from './fhir/profile-packages.ts'
import { zoneOffsetOf } from './fhir/zone.ts'
import { openFeed } from './feed.ts'
import { faultOf } from './http/fault.ts'
import type { Context } from './interactions/interaction.ts'
import { createSignInRecords } from './interactions/sign-in-records.ts'
import { patientFinder } from './interactions/patient-choice.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import type { SandboxPerson } from './sandbox/passwords.ts'
import { seedSandbox } from './sandbox/seed.ts'
import { labelledBy } from './search/assigned-labels.ts'
import { adoptLabelSets } from './store/label-sets.ts'
import { createRefusalCounter, type RefusalCounter } from './store/audit-refusals.ts'
import { startAuditSealer } from './store/audit-seal.ts'
import { createAuditTrail, type AuditTrail } from './store/audit.ts'
import { openServer } from './serving.ts'
import { fillTexts } from './store/text-backlog.ts'
import { createWriteGroups } from './store/write-groups.ts'
import { openWork, type Work } from './work.ts'

/** A process ready to listen, and how to take it down without losing what it has acknowledged. */
export interface App {
  readonly server: FastifyInstance
  readonly context: Context
  readonly sandboxClients: readonly { readonly id: string; readonly secret: string }[]
  readonly sandboxPeople: readonly SandboxPerson[]
  /** Stops taking requests, lets the running ones end, writes the audit trail out, then stops the database. */
  close(): Promise<void>
}

const cursorSecretBytes = 32

const cursorSecret = ({ kysely }: Database): Promise<Buffer> =>
  sharedSecret(kysely, 'cursor', async () => randomBytes(cursorSecretBytes))

/**
 * A UUID of version 7. Its random part is cut out of one of version 4, which Node makes in stock.
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
const timeOrderedId = (): string => {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** The composition root: the only file that puts the rooms together. */
export const createApp = async (config: Config): Promise<App> => {
  const logger = pino({ level: config.logLevel, base: null, serializers: { err: faultOf } })
  const { baseUrl, timeZone } = config
  const { database, stop } = await openDatabase({
    ...config,
    onConnectionLoss: error => logger.warn({ err: error }, 'database connection lost'),
  })
  const registry = createRegistry(database)
  await registry.refresh()
  const audit = openAudit({ database, registry, logger })
  // The pages are served long after the context is there.
  const patients = patientFinder(() => context)
  const parts = { database, registry, logger, patients, onSignIn: audit.onSignIn }
  const { authorization, verifier } = await openAuthorization(config, parts)
  const work = openWork({
    ...{ database, registry, baseUrl, timeZone, sandbox: config.sandbox, context: () => context },
    onFault: (what, fault) => logger.error({ err: fault }, `${what} stopped, to be tried again`),
  })
  const feed = await openFeed(config, {
    ...{ database, registry, now: () => new Date(), newId: timeOrderedId },
    onFault: fault => logger.error({ err: fault }, 'refused payloads could not be kept'),
  })
  const context = await openContext(config, { database, registry, ...audit, work, feed })
  const texts = fillingTexts(context, logger)
  await adoptLabelSets(database, labelledBy())
  await work.resume()
  const sandbox = await seeded(config, context, registry)
  const isAppOrigin = (origin: string): Promise<boolean> => registry.clients.isAppOrigin(origin)
  const serving = { context, verifier, authorization, isAppOrigin, sandbox, logger }
  const server = openServer(config, serving)
  return {
    server,
    context,
    ...sandbox,
    close: async () => {
      await server.close()
      await texts.stop()
      await work.stop()
      await context.feed.drained()
      await audit.stop()
      await stop()
    },
  }
}

/** Whom the sandbox lets in; nobody outside of it. */
const seeded = async ({ sandbox, dataDir }: Config, context: Context, registry: Registry) => {
  if (!sandbox) return { sandboxClients: [], sandboxPeople: [] }
  const { clients, people } = await seedSandbox(context, registry, dataDir)
  return { sandboxClients: clients, sandboxPeople: people }
}

/** Goes on with the texts that an upgrade has left to be indexed, beside the requests. */
const fillingTexts = (context: Context, logger: Logger) => {
  const ending = new AbortController()
  const filling = fillTexts(context.database, context, ending.signal).then(
    count => count > 0 && logger.info({ count }, 'texts of stored resources indexed'),
    (error: unknown) => logger.error({ err: error }, 'indexing texts failed; a restart goes on'),
  )
  return {
    stop: async (): Promise<void> => {
      ending.abort()
      await filling
    },
  }
}

/** What every request shares. */
const openContext = async (
  { baseUrl, timeZone, bundleEntriesMax, profilesFolder, sandbox }: Config,
  {
    database,
    registry,
    auditTrail,
    refusals,
    work,
    feed,
  }: {
    readonly database: Database
    readonly registry: Registry
    readonly auditTrail: AuditTrail
    readonly refusals: RefusalCounter
    readonly work: Work
    readonly feed: Awaited<ReturnType<typeof openFeed>>
  },
): Promise<Context> => {
  const secret = await cursorSecret(database)
  const profiles = await openProfiles(registry.definitions.current(), profilesFolder)
  return {
    profiles,
    get definitions() {
      return registry.definitions.current()
    },
    renewDefinitions: () => registry.refresh(),
    wakeReindexer: work.wakeReindexer,
    wakeImporter: work.wakeImporter,
    wakeWebhooks: work.wakeWebhooks,
    database,
    auditTrail,
    refusals,
    writeGroups: createWriteGroups(database),
    cursors: createCursors(secret),
    trailIds: createTrailIds(secret),
    organizationById: id => registry.organizations.byId(id),
    ...feed,
    assumedPrincipal: assumed =>
      assumedPrincipal(assumed, {
        ...{ registry, baseUrl, tokenId: timeOrderedId(), seconds: Date.now() / 1000 },
      }),
    isSandbox: sandbox,
    baseUrl,
    timeZone,
    bundleEntriesMax,
    zoneOffset: zoneOffsetOf(timeZone),
    now: () => new Date(),
    newId: timeOrderedId,
  }
}

interface Parts {
  readonly database: Database
  readonly registry: Registry
  readonly logger: Logger
}

/** The audit trail, what fills it besides requests, and what seals it. */
const openAudit = ({ database, registry, logger }: Parts) => {
  const onFault = (error: unknown): void =>
    logger.error({ err: error }, 'the audit trail is not whole')
  const auditTrail = createAuditTrail(database, onFault)
  const now = (): Date => new Date()
  const refusals = createRefusalCounter(auditTrail, now, timeOrderedId)
  const recording = { auditTrail, refusals, registry, now, newId: timeOrderedId }
  const recordSignIn = createSignInRecords(recording)
  const sealer = startAuditSealer(database, onFault)
  return {
    auditTrail,
    refusals,
    onSignIn: (signIn: SignIn): void => void recordSignIn(signIn).catch(onFault),
    stop: async (): Promise<void> => {
      refusals.flush()
      await auditTrail.drained()
      await sealer.stop()
    },
  }
}

interface AuthorizationParts extends Parts {
  readonly patients: PatientFinder
  readonly onSignIn: (signIn: SignIn) => void
}

/** The authorization server, and the verifier that knows its keys without asking it. */
const openAuthorization = async (
  { baseUrl, sandbox }: Config,
  { database, registry, logger, patients, onSignIn }: AuthorizationParts,
) => {
  const now = (): number => Date.now() / 1000
  const authorization = await createAuthorizationServer({
    database,
    registry,
    baseUrl,
    sandbox,
    onSignIn,
    patients,
    onFault: fault => logger.error({ err: fault }, 'authorization server failed'),
    now,
  })
  const own = { ...authorization, algorithms: [signingAlgorithm] }
  return { authorization, verifier: createTokenVerifier({ registry, baseUrl, own, now }) }
}
