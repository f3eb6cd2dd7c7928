import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { welcomeText } from './sandbox/welcome.ts'

/** The process: configuration, application, listen, and an orderly end on SIGTERM or Ctrl-C. */
const config = readConfig()
const app = await createApp(config)

let closing: Promise<void> | undefined
const close = (): void => {
  closing ??= app.close().then(() => process.exit(0))
}
process.once('SIGTERM', close)
process.once('SIGINT', close)

await app.server.listen({ host: config.host, port: config.port })
process.stdout.write(welcomeText(config, app.sandboxClients))
