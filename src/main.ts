import { createApp, type App } from './app.ts'
import { ConfigRefused, readConfig } from './config.ts'
import { welcomeText } from './sandbox/welcome.ts'

/** Milliseconds that requests under way get to end after a signal. */
const drainMillisecondsMax = 30_000

/**
 * The process: configuration, application, listen, and an orderly end on SIGTERM or Ctrl-C. A second
 * signal does not wait for requests.
 */
const serve = async (): Promise<void> => {
  const config = readConfig()
  const started: { app?: App } = {}
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    setTimeout(() => process.exit(1), drainMillisecondsMax).unref()
    // Before the application stands there is nothing to drain; it ends as soon as it does.
    if (started.app !== undefined) void started.app.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)

  const app = await createApp(config)
  started.app = app
  if (isEnding) return app.close().then(() => process.exit(0))
  try {
    await app.server.listen({ host: config.host, port: config.port })
  } catch (error) {
    await app.close()
    throw error
  }
  process.stdout.write(welcomeText(config, app.sandboxClients, app.sandboxPeople))
}

/** Says why there is no server, without a stack trace where the operator can mend it. */
const fail = (error: unknown): never => {
  const isTheirs =
    error instanceof ConfigRefused || (error as { code?: string }).code === 'EADDRINUSE'
  const { message, stack } = error as Error
  process.stderr.write(`huizhen: ${isTheirs ? message : (stack ?? message)}\n`)
  process.exit(1)
}

await serve().catch(fail)
