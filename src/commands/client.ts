import type { Registry } from '../registry/registry.ts'
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  refreshTokenGrant,
  sandboxPersonGrant,
} from '../registry/grant-names.ts'
import { choose, flags, inColumns, lists, readArguments, texts, WrongArguments } from './command.ts'
import type { Command } from './command.ts'
import { readKeyFile } from './key-file.ts'
import { readCeiling, readPurposes } from './scope-options.ts'
import { switches, switchHelp } from './switch.ts'
import { clientValidation as validation, validationHelp } from './validation.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen client`: the software that may ask for tokens. */
export const client: Command = {
  name: 'client',
  summary: 'add, list and switch off clients',
  help: `huizhen client add <id> --org <organization> --scope <scope>... [options]
huizhen client list
huizhen client validation <id> [strict|lenient|report-only|inherit]
huizhen client off|on <id>

Without --jwks or --public the client gets a secret, which is shown once and kept only as a hash.

  --org <organization>   in whose name it asks
  --scope <scope>        the most it may be granted, such as system/*.cruds; repeat or use commas
  --name <name>          how people know it (default: its id)
  --kind <kind>          system (default) or people
  --purpose <code>       a purpose of use it may name (default: TREAT); repeat or use commas
  --jwks <file>          its public keys; it then signs assertions instead of sending a secret
  --redirect-uri <uri>   of a client for people: where a browser is sent back to with a code; repeat
  --public               it cannot keep a secret, as an app on a phone or in a browser; it needs
                         --kind people and a --redirect-uri
  --source-version       what its source says is older than what is stored changes nothing
  --stub-patients        a patient it names by an unknown identifier is made, tagged incomplete;
                         where its organization resolves identifiers
  --operator             acts for the exchange itself: adds search parameters, has records indexed anew

How strictly what it writes is taken; inherit (default): as its organization.

${validationHelp}

${switchHelp}
`,
  async run(args, output) {
    const [run, rest] = choose({ add, list, validation, ...switches('client', onOff) }, args)
    output.out(await run(rest))
    return 0
  },
}

const contexts = { system: 'system', people: 'user' } as const

/** Without a secret anybody could take a sandbox token for anybody. */
const grantsOf = (kind: 'system' | 'people', isPublic: boolean): readonly string[] =>
  kind === 'system'
    ? [clientCredentialsGrant]
    : [authorizationCodeGrant, refreshTokenGrant, ...(isPublic ? [] : [sandboxPersonGrant])]

const onOff = ({ clients }: Registry) => clients.setActive

const add = async (args: readonly string[]): Promise<string> => {
  const options = {
    ...texts('org', 'name', 'kind', 'jwks'),
    ...lists('scope', 'purpose', 'redirect-uri'),
    ...flags('public', 'source-version', 'stub-patients', 'operator'),
  }
  const given = readArguments(args, options, ['the id of the client'])
  const kind = given.text('kind') ?? 'system'
  if (kind !== 'system' && kind !== 'people') {
    throw new WrongArguments(`--kind is system or people, not "${kind}"`)
  }
  const id = given.words[0] ?? ''
  const asked = {
    id,
    kind,
    organization: given.required('org'),
    name: given.text('name') ?? id,
    scopes: readCeiling(given.list('scope'), [contexts[kind]]),
    purposes: readPurposes(given.list('purpose'), kind),
    grantTypes: grantsOf(kind, given.flag('public')),
    isPublic: given.flag('public'),
    redirectUris: given.list('redirect-uri'),
    jwks: await readKeyFile(given.text('jwks')),
    isVersionedBySource: given.flag('source-version'),
    makesStubPatients: given.flag('stub-patients'),
    isOperator: given.flag('operator'),
  } as const
  return withRegistry(async ({ registry }) => {
    const { secret } = await registry.clients.create(asked)
    const added = `Added the client ${id} of ${asked.organization}.\n`
    if (secret === undefined) return added
    return `${added}Its secret, shown only now: ${secret}\n`
  })
}

const list = async (args: readonly string[]): Promise<string> => {
  readArguments(args, {})
  return withRegistry(async ({ registry }) => {
    const rows: string[][] = []
    for (const found of await registry.clients.list()) {
      const owner = await registry.organizations.byNumber(found.organization)
      const { id, active, kind, authMethod, scopes, purposes } = found
      rows.push([id, owner?.id ?? '', active ? 'active' : 'off', kind, authMethod])
      rows.at(-1)?.push(scopes.join(' '), purposes.join(' '))
    }
    const head = ['ID', 'ORGANIZATION', 'STATE', 'KIND', 'PROVES ITSELF BY', 'SCOPES', 'PURPOSES']
    return inColumns([head, ...rows])
  })
}
