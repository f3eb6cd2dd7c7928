import { readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { readArguments, type Command } from './command.ts'

/** `huizhen migrate`: brings the database to what this version needs. */
export const migrate: Command = {
  name: 'migrate',
  summary: 'bring the database to this version',
  help: `huizhen migrate

Applies the migrations that are missing, as the server also does when it starts. Migrations only go
forward; a database that is newer than this program is left alone.
`,
  async run(args, output) {
    readArguments(args, {})
    const { databaseUrl, dataDir } = readConfig()
    const { stop } = await openDatabase({ databaseUrl, dataDir, poolConnectionsMax: 1 })
    await stop()
    output.out('The database is at this version.\n')
    return 0
  },
}
