import type { Registry } from '../registry/registry.ts'
import { hashPassword, newPassword } from '../registry/password.ts'
import { newSecondFactor, secondFactorUri } from '../registry/second-factor.ts'
import {
  choose,
  CommandFailed,
  flags,
  inColumns,
  readArguments,
  texts,
  type Command,
} from './command.ts'
import { switches, switchHelp } from './switch.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen person`: the practitioners who may sign in. */
export const person: Command = {
  name: 'person',
  summary: 'add, list and switch off practitioners who may sign in',
  help: `huizhen person add <id> --org <organization> --name <name> [--role <code>]
huizhen person list
huizhen person password <id>
huizhen person second-factor <id> [--remove]
huizhen person off|on <id>

The id is that of the Practitioner resource, and starts with the organization's id and a hyphen.

  --org <organization>   where the person works
  --name <name>          the person's name
  --role <code>          what the person does there, such as specialist; a privacy-officer may read
                         the audit trail of the organization, an integration-engineer what its
                         clients sent and was refused

password gives the person a new password, and second-factor a new key for an authenticator app; each
is shown once. The first code of the app, given at a sign-in, confirms the key. Outside the sandbox
nobody signs in without both. Whoever lost either gets a new one by the same command.

  --remove               take the second factor away

${switchHelp}
`,
  async run(args, output) {
    const [run, rest] = choose(
      { add, list, password, 'second-factor': secondFactor, ...switches('person', onOff) },
      args,
    )
    output.out(await run(rest))
    return 0
  },
}

const onOff = ({ people }: Registry) => people.setActive

const add = async (args: readonly string[]): Promise<string> => {
  const given = readArguments(args, texts('org', 'name', 'role'), ['the id of the person'])
  const asked = {
    id: given.words[0] ?? '',
    organization: given.required('org'),
    name: given.required('name'),
    role: given.text('role'),
  }
  return withRegistry(async ({ registry }) => {
    const { id } = await registry.people.create(asked)
    return `Added the person ${id} of ${asked.organization}.\n`
  })
}

const password = async (args: readonly string[]): Promise<string> => {
  const [id = ''] = readArguments(args, {}, ['the id of the person']).words
  return withRegistry(async ({ registry }) => {
    await requirePerson(id, registry)
    const word = newPassword()
    await registry.credentials.setPassword(id, await hashPassword(word))
    return `The password of ${id}, shown only now: ${word}\n`
  })
}

const secondFactor = async (args: readonly string[]): Promise<string> => {
  const given = readArguments(args, flags('remove'), ['the id of the person'])
  const [id = ''] = given.words
  return withRegistry(async ({ registry }) => {
    await requirePerson(id, registry)
    const secret = given.flag('remove') ? null : newSecondFactor()
    await registry.credentials.setSecondFactor(id, secret)
    if (secret === null) return `The person ${id} has no second factor any more.\n`
    return `Put this into an authenticator app, best as a QR code; it is shown only now:\n${secondFactorUri(secret, id)}\n`
  })
}

const requirePerson = async (id: string, { people }: Registry): Promise<void> => {
  const isText = /^[A-Za-z0-9.-]{1,64}$/.test(id)
  if (!isText || (await people.byId(id)) === undefined)
    throw new CommandFailed(`there is no person "${id}"`)
}

const list = async (args: readonly string[]): Promise<string> => {
  readArguments(args, {})
  return withRegistry(async ({ registry }) => {
    const rows: string[][] = []
    for (const { id, organization, name, role, active } of await registry.people.list()) {
      const employer = await registry.organizations.byNumber(organization)
      rows.push([id, employer?.id ?? '', active ? 'active' : 'off', role ?? '-', name])
    }
    return inColumns([['ID', 'ORGANIZATION', 'STATE', 'ROLE', 'NAME'], ...rows])
  })
}
