import type { Registry } from '../registry/registry.ts'
import { choose, inColumns, readArguments, texts, type Command } from './command.ts'
import { switches, switchHelp } from './switch.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen person`: the practitioners who may sign in. */
export const person: Command = {
  name: 'person',
  summary: 'add, list and switch off practitioners who may sign in',
  help: `huizhen person add <id> --org <organization> --name <name> [--role <code>]
huizhen person list
huizhen person off|on <id>

The id is that of the Practitioner resource, and starts with the organization's id and a hyphen.

  --org <organization>   where the person works
  --name <name>          the person's name
  --role <code>          what the person does there, such as specialist; a privacy-officer may read
                         the audit trail of the organization

${switchHelp}
`,
  async run(args, output) {
    const [run, rest] = choose({ add, list, ...switches('person', onOff) }, args)
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
