import { grantOf } from '../access/grant.ts'
import type { Principal } from '../access/principal.ts'
import { parseScopes } from '../access/scopes.ts'
import { createApp, type App } from '../app.ts'
import { readConfig } from '../config.ts'
import { FhirError } from '../fhir/errors.ts'
import { textOf } from '../fhir/outcome.ts'
import { perform } from '../interactions/perform.ts'
import { requestOf } from '../interactions/routes.ts'
import { createRegistry } from '../registry/registry.ts'
import { CommandFailed, readArguments, texts, WrongArguments, type Command } from './command.ts'
import { requireCluster } from './with-registry.ts'

/** `huizhen explain`: how the database answers a search. */
export const explain: Command = {
  name: 'explain',
  summary: 'show the statement, the plan and the times of a search',
  help: `huizhen explain <search> --client <client> [--user <person>] [--purpose <code>]

Runs a search such as 'Observation?patient=x&category=laboratory' as a client, or as a person who uses
it, and prints the SQL statement, PostgreSQL's plan with the time of each step, and how long it took.
What is found is not shown. Like every request it is recorded in the audit trail.

  --client <client>   as whom: a registered client
  --user <person>     the person who uses the client
  --purpose <code>    the purpose of use (default: TREAT)
`,
  async run(args, output) {
    const given = readArguments(args, texts('client', 'user', 'purpose'), ['the search'])
    const [search = ''] = given.words
    const config = { ...readConfig(), sandbox: false, logLevel: 'silent' as const }
    requireCluster(config)
    const request = requestOf({ method: 'GET', url: search })
    if (request.interaction !== 'search-type' && request.interaction !== 'search-system')
      throw new WrongArguments(`"${search}" is not a search`)
    const app = await createApp(config)
    try {
      const principal = await principalOf(app, {
        ...{ client: given.required('client'), user: given.text('user') },
        purpose: given.text('purpose') ?? 'TREAT',
      })
      const { context } = app
      const result = await perform(request, {
        ...{ context, grant: grantOf(principal), requestId: context.newId() },
        ...{ queryable: context.database, isLenient: false, isExplained: true },
        ...{ returnPreference: undefined, language: 'en' },
      })
      output.out('json' in result ? textFrom(result.json) : '')
      return 0
    } catch (error) {
      if (!(error instanceof FhirError)) throw error
      const texts = error.issues.map(({ code, parameters }) => textOf(code, parameters ?? {}, 'en'))
      throw new CommandFailed(texts.join('\n'))
    } finally {
      await app.close()
    }
  },
}

interface Named {
  readonly client: string
  readonly user: string | undefined
  readonly purpose: string
}

/** Who a token of that client would speak for. @throws CommandFailed when one of them is not there */
const principalOf = async (
  { context }: App,
  { client: id, user, purpose }: Named,
): Promise<Principal> => {
  const registry = createRegistry(context.database)
  const client = await registry.clients.byId(id)
  if (client === undefined) throw new CommandFailed(`there is no client "${id}"`)
  const organization = await registry.organizations.byNumber(client.organization)
  const person = user === undefined ? undefined : await registry.people.byId(user)
  if (user !== undefined && person?.organization !== client.organization)
    throw new CommandFailed(`there is no person "${user}" in the client's organization`)
  return {
    ...{ issuer: context.baseUrl, tokenId: context.newId(), clientId: id, subject: user ?? id },
    ...{ organization: organization!, purpose, scopes: parseScopes(client.scopes.join(' ')) },
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...(user === undefined ? {} : { practitioner: user }),
  }
}

interface Part {
  readonly name: string
  readonly valueString?: string
  readonly valueDecimal?: number
}

const textFrom = (json: Buffer): string => {
  const { parameter } = JSON.parse(json.toString()) as { readonly parameter: readonly Part[] }
  return parameter
    .map(({ name, valueString, valueDecimal }) => `${name}:\n${valueString ?? valueDecimal}\n\n`)
    .join('')
}
