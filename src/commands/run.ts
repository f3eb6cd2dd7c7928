import { ConfigRefused } from '../config.ts'
import { MigrationRefused } from '../db/migrate.ts'
import { Unavailable } from '../fhir/errors.ts'
import { RegistryRefusal, WrongForm } from '../registry/refusal.ts'
import { audit } from './audit.ts'
import { client } from './client.ts'
import { CommandFailed, inColumns, WrongArguments, type Command, type Output } from './command.ts'
import { doctor } from './doctor.ts'
import { explain as explainSearch } from './explain.ts'
import { importFiles } from './import.ts'
import { issuer } from './issuer.ts'
import { migrate } from './migrate.ts'
import { org } from './org.ts'
import { original } from './original.ts'
import { person } from './person.ts'
import { postman } from './postman.ts'
import { reindex } from './reindex.ts'
import { revoke } from './revoke.ts'
import { sandbox } from './sandbox.ts'
import { serve } from './serve.ts'
import { token } from './token.ts'

/** Every command, in the order the help lists them. */
export const commands: readonly Command[] = [
  serve,
  migrate,
  org,
  client,
  person,
  issuer,
  token,
  revoke,
  importFiles,
  reindex,
  explainSearch,
  original,
  audit,
  postman,
  sandbox,
  doctor,
]

/**
 * Runs one command line and gives the exit code: 0 done, 1 not possible, 2 not understood. Faults of
 * ours are thrown.
 */
export const runCommand = async (args: readonly string[], output: Output): Promise<number> => {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.out(overview())
    return 0
  }
  const command = commands.find(known => known.name === name)
  if (command === undefined) {
    output.err(`huizhen: "${name}" is no command\n\n${overview()}`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    output.out(command.help)
    return 0
  }
  try {
    return await command.run(rest, output)
  } catch (error) {
    return explain(error, command, output)
  }
}

const explain = (error: unknown, command: Command, output: Output): number => {
  if (error instanceof WrongArguments) {
    output.err(`huizhen ${command.name}: ${error.message}\n\n${command.help}`)
    return 2
  }
  if (error instanceof Unavailable) {
    output.err(`huizhen ${command.name}: the database does not answer. Is it running?\n`)
    return 1
  }
  const isForOperator = [CommandFailed, ConfigRefused, MigrationRefused, RegistryRefusal].some(
    known => error instanceof known,
  )
  if (!isForOperator || !(error instanceof Error)) throw error
  output.err(`huizhen ${command.name}: ${error.message}\n`)
  return error instanceof WrongForm ? 2 : 1
}

const overview = (): string =>
  `huizhen <command>\n\n${inColumns(commands.map(({ name, summary }) => [`  ${name}`, summary]))}
huizhen <command> --help explains a command.\n`
