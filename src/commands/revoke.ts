import { readArguments, texts, WrongArguments, type Command } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** Longer than any access token lives that is taken here. */
const keptSeconds = 3_900

/** `huizhen revoke`: takes an access token back before its time. */
export const revoke: Command = {
  name: 'revoke',
  summary: 'take an access token back, by its id',
  help: `huizhen revoke <jti> [--issuer <url>]

The token with this id (its claim jti, as the audit trail names it) is worth nothing from the next
request on. The id of a grant (the claim grant_id) takes back all tokens made under it, and nothing
of it can be renewed.

  --issuer <url>   who issued it (default: this server)
`,
  async run(args, output) {
    const given = readArguments(args, texts('issuer'), ['the id of the token'])
    const [id = ''] = given.words
    if (!/^[\x21-\x7e]{1,200}$/.test(id)) throw new WrongArguments('that is no id of a token')
    await withRegistry(({ registry, config }) => {
      const issuer = given.text('issuer') ?? `${config.baseUrl}/auth`
      return registry.revocations.revoke({ issuer, id, expiresInSeconds: keptSeconds })
    })
    output.out(`Tokens with the id ${id} are worth nothing any more.\n`)
    return 0
  },
}
