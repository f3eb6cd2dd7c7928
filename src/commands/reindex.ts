import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app.ts'
import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { isResourceType, resourceTypeNumber, resourceTypes } from '../fhir/resource-types.ts'
import {
  readJob,
  requestReindex,
  type ReindexJob,
  type ReindexRequest,
} from '../store/reindex-jobs.ts'
import { readRegistered } from '../store/search-parameters.ts'
import {
  CommandFailed,
  lists,
  readArguments,
  texts,
  WrongArguments,
  type Command,
} from './command.ts'
import { createProgressBar } from './progress-bar.ts'
import { requireCluster } from './with-registry.ts'

/** Milliseconds between two looks at how far the job is. */
const lookMilliseconds = 200

/** `huizhen reindex`: makes the search values of what is stored anew. */
export const reindex: Command = {
  name: 'reindex',
  summary: 'index what is stored anew, after an upgrade or for a new search parameter',
  help: `huizhen reindex [--type <type>...] [--parameter <id>]

Goes through what is stored and makes its search values, and what consents ask of it, anew, as a write
would now. Reads and writes go on meanwhile; neither versions nor times of update change. Stopped or
killed, it is gone on with by any server of this database, or by the same command.

  --type <type>      only resources of this type; repeat or use commas
  --parameter <id>   only what the active SearchParameter of this id adds; it is ready afterwards
`,
  async run(args, output) {
    const given = readArguments(args, { ...lists('type'), ...texts('parameter') })
    const config = { ...readConfig(), sandbox: false, logLevel: 'silent' as const }
    requireCluster(config)
    const types = given.list('type')
    const unknown = types.find(type => !isResourceType(type))
    if (unknown !== undefined) throw new WrongArguments(`"${unknown}" is no resource type of R4`)
    const app = await createApp(config)
    try {
      const asked = await requestFor(app, types, given.text('parameter'))
      const began = await app.context.database.transaction(t => requestReindex(t, asked))
      app.context.wakeReindexer()
      const bar = createProgressBar(Number(began.expected), output)
      const job = await ended(app, began, seen => bar.show(seen))
      bar.end()
      output.out(`Looked at ${job.seen}, stored ${job.written} anew.\n`)
      for (const address of job.refused) output.err(`${address} could not be indexed\n`)
      return job.state === 'done' ? 0 : 1
    } finally {
      await app.close()
    }
  },
}

/** @throws CommandFailed when there is no such parameter */
const requestFor = async (
  { context }: App,
  types: readonly string[],
  parameter: string | undefined,
): Promise<ReindexRequest> => {
  const numbersOf = (names: readonly string[]): readonly number[] =>
    names.map(name => resourceTypeNumber(name)!).sort((a, b) => a - b)
  const by = 'huizhen reindex'
  if (parameter === undefined)
    return { types: numbersOf(types.length === 0 ? resourceTypes : [...new Set(types)]), by }
  const known = await readRegistered(context.database)
  const found = known.find(({ id }) => id === parameter)
  if (found === undefined)
    throw new CommandFailed(`there is no active SearchParameter "${parameter}"`)
  return { types: numbersOf(found.base), generation: found.generation, by }
}

const ended = async (
  { context }: App,
  { number }: ReindexJob,
  show: (seen: number) => void,
): Promise<ReindexJob> => {
  for (;;) {
    const job = await readJob(context.database, number)
    if (job === undefined) throw new CommandFailed('the job is gone')
    show(Number(job.seen))
    if (job.state === 'done' || job.state === 'failed') return job
    context.wakeReindexer()
    await sleep(lookMilliseconds)
  }
}
