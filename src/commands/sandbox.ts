import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { DatabaseInUse, emptyTables } from '../db/emptying.ts'
import { fillSandbox } from '../sandbox/fill.ts'
import { choose, CommandFailed, readArguments, type Command, type Output } from './command.ts'
import { createProgressBar } from './progress-bar.ts'
import { requireCluster, withRegistry } from './with-registry.ts'

/** `huizhen sandbox`: the demonstration records. */
export const sandbox: Command = {
  name: 'sandbox',
  summary: 'put the sandbox back to its beginning, or fill it with more',
  help: `huizhen sandbox reset
huizhen sandbox fill

reset removes all records, histories, refused payloads and the audit trail, and writes the demo records
anew. Organizations, clients, people and their secrets stay. Only where the sandbox is on, and while no
server is running.

fill adds patients: one for each worked example of the consent guide, with its consent and an active
consultation; one whose consent has expired, and one who has withdrawn it; and one with 5,000 resources.
Run again, it changes nothing.
`,
  async run(args, output) {
    const [run, rest] = choose({ reset, fill }, args)
    readArguments(rest, {})
    return run(output)
  },
}

/** @throws CommandFailed */
const requireSandbox = () => {
  const config = readConfig()
  if (!config.sandbox)
    throw new CommandFailed('this is no sandbox (HUIZHEN_SANDBOX); nothing was changed')
  requireCluster(config)
  return { ...config, logLevel: 'silent' as const }
}

const reset = async (output: Output): Promise<number> => {
  const config = requireSandbox()
  await withRegistry(({ database }) => emptyTables(database)).catch((error: unknown) => {
    throw error instanceof DatabaseInUse ? new CommandFailed(error.message) : error
  })
  const app = await createApp(config)
  await app.close()
  output.out('The sandbox is as it was at its beginning.\n')
  return 0
}

const fill = async (output: Output): Promise<number> => {
  const app = await createApp(requireSandbox())
  try {
    let bar: ReturnType<typeof createProgressBar> | undefined
    const count = await fillSandbox(app.context, (done, all) => {
      bar ??= createProgressBar(all, output)
      bar.show(done)
    })
    bar?.end()
    output.out(`The sandbox has ${count} more resources.\n`)
    return 0
  } finally {
    await app.close()
  }
}
