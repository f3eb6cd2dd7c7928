import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { createImportSteps } from './interactions/import-step.ts'
import type { Context } from './interactions/interaction.ts'
import { createReindexer } from './jobs/reindexer.ts'
import { createWebhookSender } from './jobs/webhooks.ts'
import { createWorker } from './jobs/worker.ts'
import type { Registry } from './registry/registry.ts'
import { hasOpenImports } from './store/import-jobs.ts'
import { hasOpenJobs } from './store/reindex-jobs.ts'

/** What work beside requests needs. */
export interface WorkParts extends Pick<Config, 'baseUrl' | 'timeZone' | 'sandbox'> {
  readonly database: Database
  readonly registry: Registry
  /** Asked for once there is a job. */
  readonly context: () => Context
  readonly onFault: (what: string, error: unknown) => void
}

/** What goes on beside requests: indexing anew what is stored, taking in files, telling hospitals. */
export interface Work extends Pick<Context, 'wakeReindexer' | 'wakeImporter' | 'wakeWebhooks'> {
  /** Goes on with what another process has left behind. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** The workers of a process. */
export const openWork = (parts: WorkParts): Work => {
  const { database, registry, context, onFault, baseUrl, timeZone } = parts
  const reindexer = createReindexer({
    ...{ database, baseUrl, timeZone },
    definitions: () => registry.definitions.current(),
    renewDefinitions: () => registry.refresh(),
    onFault: fault => onFault('reindexing', fault),
  })
  let steps: ReturnType<typeof createImportSteps> | undefined
  const importer = createWorker({
    hasWork: () => hasOpenImports(database),
    step: () => (steps ??= createImportSteps(context())).next(),
    onFault: fault => onFault('import', fault),
  })
  const webhooks = createWebhookSender({
    ...{ database, isSandbox: parts.sandbox },
    onFault: fault => onFault('sending of notices', fault),
  })
  return {
    wakeReindexer: () => reindexer.wake(),
    wakeImporter: () => importer.wake(),
    wakeWebhooks: () => webhooks.wake(),
    resume: async () => {
      if (await hasOpenJobs(database)) reindexer.wake()
      if (await hasOpenImports(database)) importer.wake()
    },
    stop: async () => {
      await reindexer.stop()
      await importer.stop()
      await webhooks.stop()
    },
  }
}
