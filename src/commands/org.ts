import { isResourceType } from '../fhir/resource-types.ts'
import type { NewOrganization } from '../registry/organizations.ts'
import type { Registry } from '../registry/registry.ts'
import {
  choose,
  flags,
  lists,
  inColumns,
  readArguments,
  texts,
  WrongArguments,
  type Command,
} from './command.ts'
import { policy, policyHelp } from './org-policy.ts'
import { webhook, webhookHelp } from './org-webhook.ts'
import { switches, switchHelp } from './switch.ts'
import { organizationValidation as validation, validationHelp } from './validation.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen org`: the hospitals that take part. */
export const org: Command = {
  name: 'org',
  summary: 'add, list and switch off organizations',
  help: `huizhen org add <id> --name <name> [--references open|enforced] [--resolve-identifiers]
                     [--delete-by-criteria <n>] [--require-if-match]
                     [--profile <type>=<canonical>]...
huizhen org list
huizhen org policy <id> [options]
huizhen org validation <id> [strict|lenient|report-only]
huizhen org webhook <id> [--url <https url> | --off]
huizhen org off|on <id>

An organization is a tenant. Its id (2 to 20 lower-case letters and digits) is the id of its
Organization resource, and "<id>-" the prefix of the resource ids it may choose. It cannot change.

  --name <name>           how people know it
  --references <policy>   enforced (default): what it writes may refer only to what is there and
                          visible to it; open: to anything
  --resolve-identifiers   a reference to a Patient by identifier alone becomes one to its own Patient
                          with that identifier, and is refused when there is none
  --delete-by-criteria <n>  how many resources one conditional delete may remove: 1 (default) to 1000
  --require-if-match      what changes a stored resource must name its version by If-Match, or is
                          refused with 428
  --profile <type>=<canonical>  what it writes of a type must meet the profile, claimed or not; may be
                          repeated

A policy says how an organization opens its records to others. It holds from the next request on;
without options it is shown.

${policyHelp}

How strictly what it writes is taken, unless one of its clients has a mode of its own:

${validationHelp}

A webhook is told when somebody breaks the glass of one of the organization's patients. It gets the ids
of the notice and of its review, signed; without options it is shown.

${webhookHelp}

${switchHelp}
`,
  async run(args, output) {
    const [run, rest] = choose(
      { add, list, policy, validation, webhook, ...switches('organization', onOff) },
      args,
    )
    output.out(await run(rest))
    return 0
  },
}

const onOff = ({ organizations }: Registry) => organizations.setActive

const add = async (args: readonly string[]): Promise<string> => {
  const options = {
    ...texts('name', 'references', 'delete-by-criteria'),
    ...flags('resolve-identifiers', 'require-if-match'),
    ...lists('profile'),
  }
  const {
    words,
    required,
    text,
    flag,
    list: listed,
  } = readArguments(args, options, ['the id of the organization'])
  const referencePolicy = text('references') ?? 'enforced'
  if (referencePolicy !== 'open' && referencePolicy !== 'enforced')
    throw new WrongArguments(`--references is open or enforced, not "${referencePolicy}"`)
  const asked: NewOrganization = {
    ...{ id: words[0] ?? '', name: required('name'), referencePolicy },
    resolvesIdentifiers: flag('resolve-identifiers'),
    conditionalDeleteMax: deletedMax(text('delete-by-criteria')),
    requiresIfMatch: flag('require-if-match'),
    profiles: profilesOf(listed('profile')),
  }
  return withRegistry(async ({ registry }) => {
    const { id, number } = await registry.organizations.create(asked)
    return `Added the organization ${id} (number ${number}).\n`
  })
}

/** @throws WrongArguments */
const profilesOf = (given: readonly string[]): Record<string, readonly string[]> => {
  const profiles: Record<string, readonly string[]> = {}
  for (const text of given) {
    const [, type = '', canonical = ''] = /^([A-Za-z]{1,64})=(\S{1,1000})$/.exec(text) ?? []
    if (!isResourceType(type))
      throw new WrongArguments(
        `--profile is a resource type, "=" and a canonical, such as Patient=http://hospital.example/profile, not "${text}"`,
      )
    profiles[type] = [...(profiles[type] ?? []), canonical]
  }
  return profiles
}

/** @throws WrongArguments */
const deletedMax = (text = '1'): number => {
  const number = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > 1000)
    throw new WrongArguments(`--delete-by-criteria is 1 to 1000, not "${text}"`)
  return number
}

const list = async (args: readonly string[]): Promise<string> => {
  readArguments(args, {})
  return withRegistry(async ({ registry }) => {
    const rows = (await registry.organizations.list()).map(({ id, number, name, active }) => [
      ...[id, String(number), active ? 'active' : 'off', name],
    ])
    return inColumns([['ID', 'NUMBER', 'STATE', 'NAME'], ...rows])
  })
}
