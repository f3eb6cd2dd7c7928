import type { Registry } from '../registry/registry.ts'
import { issuerAlgorithms } from '../registry/issuers.ts'
import { choose, inColumns, lists, readArguments, texts, WrongArguments } from './command.ts'
import type { Command } from './command.ts'
import { readKeyFile } from './key-file.ts'
import { readCeiling } from './scope-options.ts'
import { switches, switchHelp } from './switch.ts'
import { withRegistry } from './with-registry.ts'

const ageSecondsDefault = 900

/** `huizhen issuer`: hospitals' own authorization servers whose access tokens are accepted. */
export const issuer: Command = {
  name: 'issuer',
  summary: 'add, list and switch off external authorization servers',
  help: `huizhen issuer add <url> (--jwks-uri <url> | --jwks <file>) --org <organization>...
                   --client <id>... --scope <scope>... [options]
huizhen issuer list
huizhen issuer off|on <url>

Its access tokens are then taken as they are: JWTs of type at+jwt for this server's FHIR address.

  --jwks-uri <url>       where its public keys are
  --jwks <file>          its public keys
  --org <organization>   an organization it may speak for; repeat or use commas
  --client <id>          a client of it whose tokens are taken; repeat or use commas
  --scope <scope>        the most its tokens may be granted; repeat or use commas
  --algorithm <name>     a signature algorithm (default: ES256, ES384): ${issuerAlgorithms.join(', ')}
  --age <seconds>        greatest age of a token, 60 to 3600 (default: ${ageSecondsDefault})

${switchHelp}
`,
  async run(args, output) {
    const [run, rest] = choose({ add, list, ...switches('issuer', onOff) }, args)
    output.out(await run(rest))
    return 0
  },
}

const onOff = ({ issuers }: Registry) => issuers.setActive

const add = async (args: readonly string[]): Promise<string> => {
  const options = {
    ...texts('jwks-uri', 'jwks', 'age'),
    ...lists('org', 'client', 'scope', 'algorithm'),
  }
  const given = readArguments(args, options, ['the url of the issuer'])
  const age = given.text('age') ?? String(ageSecondsDefault)
  if (!/^\d{1,5}$/.test(age)) throw new WrongArguments(`--age is a number of seconds, not "${age}"`)
  for (const name of ['org', 'client']) {
    if (given.list(name).length === 0) throw new WrongArguments(`--${name} is missing`)
  }
  const algorithms = given.list('algorithm')
  const asked = {
    url: given.words[0] ?? '',
    jwksUri: given.text('jwks-uri'),
    jwks: await readKeyFile(given.text('jwks')),
    organizations: given.list('org'),
    clients: given.list('client'),
    scopes: readCeiling(given.list('scope'), ['system', 'user']),
    algorithms: algorithms.length === 0 ? ['ES256', 'ES384'] : algorithms,
    tokenAgeSecondsMax: Number(age),
  }
  return withRegistry(async ({ registry }) => {
    const { url } = await registry.issuers.create(asked)
    return `Added the issuer ${url}.\n`
  })
}

const list = async (args: readonly string[]): Promise<string> => {
  readArguments(args, {})
  return withRegistry(async ({ registry }) => {
    const rows: string[][] = []
    for (const found of await registry.issuers.list()) {
      const names: string[] = []
      for (const number of found.organizations) {
        names.push((await registry.organizations.byNumber(number))?.id ?? '')
      }
      const { url, active, algorithms, clients, scopes } = found
      rows.push([url, active ? 'active' : 'off', algorithms.join(' '), names.join(' ')])
      rows.at(-1)?.push(clients.join(' '), scopes.join(' '))
    }
    return inColumns([
      ['URL', 'STATE', 'ALGORITHMS', 'ORGANIZATIONS', 'CLIENTS', 'SCOPES'],
      ...rows,
    ])
  })
}
