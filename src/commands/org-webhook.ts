import { readArguments, texts, flags, WrongArguments } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** What `huizhen org --help` says about webhooks. */
export const webhookHelp = `  --url <https url>       where to post notices; the secret they are signed with is shown once
  --off                   sends none any more`

/** `huizhen org webhook <id>`: sets, removes or shows where an organization is told. @throws WrongArguments */
export const webhook = async (args: readonly string[]): Promise<string> => {
  const { words, text, flag } = readArguments(args, { ...texts('url'), ...flags('off') }, [
    'the id of the organization',
  ])
  const [id = ''] = words
  const url = text('url')
  if (url !== undefined && flag('off'))
    throw new WrongArguments('--url and --off cannot be said together')
  return withRegistry(async ({ config, registry: { webhooks } }) => {
    if (url !== undefined) {
      const secret = await webhooks.set(id, url, config.sandbox)
      return `Notices for ${id} go to ${url}.\nSecret (hex, shown once): ${secret}\n`
    }
    if (flag('off')) await webhooks.remove(id)
    const held = await webhooks.of(id)
    if (held === undefined) return `Nobody is told for ${id}.\n`
    return `Notices for ${id} go to ${held.url}: ${held.waiting} waiting, ${held.failed} given up.\n`
  })
}
