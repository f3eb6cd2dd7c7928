import { readArguments, type Command } from './command.ts'

/** `huizhen serve`: the server, until SIGTERM or Ctrl-C. */
export const serve: Command = {
  name: 'serve',
  summary: 'run the server',
  help: `huizhen serve

Opens the database (or starts the embedded one), migrates it and listens. The environment variables
of the README set where. Ends with SIGTERM or Ctrl-C, after the requests under way.
`,
  async run(args) {
    readArguments(args, {})
    await import('../main.ts')
    // The process now lives by what it listens to; main ends it.
    return new Promise(() => {})
  },
}
