import { readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { grantServing, ServingRoleRefused } from '../db/serving-role.ts'
import { CommandFailed, readArguments, texts, type Command } from './command.ts'

/** `huizhen migrate`: brings the database to what this version needs. */
export const migrate: Command = {
  name: 'migrate',
  summary: 'bring the database to this version',
  help: `huizhen migrate [--serving ROLE]

Applies the migrations that are missing, as the server also does when it starts. Migrations only go
forward; a database that is newer than this program is left alone.

  --serving ROLE  gives a role of PostgreSQL what a server needs and no more: rows of all tables, adding
                  to the audit trail, and neither changing that trail nor the schema. Serve with a
                  DATABASE_URL of that role; migrate, and prune the trail, with one of the owner
`,
  async run(args, output) {
    const role = readArguments(args, texts('serving')).text('serving')
    const { databaseUrl, dataDir } = readConfig()
    if (role !== undefined && databaseUrl === undefined)
      throw new CommandFailed('--serving is for a PostgreSQL of your own: set DATABASE_URL.')
    const { stop } = await openDatabase({ databaseUrl, dataDir, poolConnectionsMax: 1 })
    await stop()
    output.out('The database is at this version.\n')
    if (role === undefined) return 0
    await grantTo(role, databaseUrl!)
    output.out(`The role ${role} can serve it.\n`)
    return 0
  },
}

const grantTo = async (role: string, url: string): Promise<void> => {
  try {
    await grantServing({ url }, role)
  } catch (error) {
    throw error instanceof ServingRoleRefused ? new CommandFailed(error.message) : error
  }
}
