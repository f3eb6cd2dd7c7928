import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readConfig } from '../config.ts'
import { postmanCollection, postmanEnvironment, type OwnHospital } from '../http/postman.ts'
import { readCredentials } from '../sandbox/credentials.ts'
import { CommandFailed, readArguments, texts, type Command } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** The environment file holds secrets: only the operator's own account may read it. */
const ownerOnly = 0o600

/** `huizhen postman`: the files that the server offers under `/postman`, without a server. */
export const postman: Command = {
  name: 'postman',
  summary: 'write a Postman collection and its environment',
  help: `huizhen postman [options]

Writes collection.json and environment.json, as the server offers them under /postman: the story of
a consultation, request by request, with tests. In the sandbox the environment holds the credentials;
elsewhere it has empty values to fill in. Import both, and run the collection from the top.

  --org <id>         the hospital it is for: its prefix, and one of its clients for systems
  --client <id>      which of its clients (default: the first)

  --out <folder>     where to write them (default: postman)
  --base-url <url>   where the server is (default: HUIZHEN_BASE_URL)
`,
  async run(args, output) {
    const given = readArguments(args, texts('out', 'base-url', 'org', 'client'))
    const config = readConfig()
    const baseUrl = (given.text('base-url') ?? config.baseUrl).replace(/\/+$/, '')
    const credentials = config.sandbox ? await readCredentials(config.dataDir) : {}
    const sandboxClients = Object.entries(credentials).map(([id, secret]) => ({ id, secret }))
    const organization = given.text('org')
    const own =
      organization === undefined ? undefined : await hospitalOf(organization, given.text('client'))
    const folder = resolve(given.text('out') ?? 'postman')
    await mkdir(folder, { recursive: true })
    const files = {
      'collection.json': postmanCollection(),
      'environment.json': postmanEnvironment({ baseUrl, sandboxClients }, own),
    }
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: ownerOnly })
      await chmod(path, ownerOnly)
      output.out(`${path}\n`)
    }
    return 0
  },
}

/** @throws CommandFailed when there is no such hospital, or none of its clients is for systems */
const hospitalOf = (id: string, wanted: string | undefined): Promise<OwnHospital> =>
  withRegistry(async ({ registry }) => {
    const organization = await registry.organizations.byId(id)
    if (organization === undefined) throw new CommandFailed(`there is no organization "${id}"`)
    const client = (await registry.clients.list()).find(
      one =>
        one.organization === organization.number &&
        one.kind === 'system' &&
        one.active &&
        (wanted === undefined || one.id === wanted),
    )
    if (client === undefined)
      throw new CommandFailed(
        `${id} has no active client for systems${wanted === undefined ? '' : ` "${wanted}"`}`,
      )
    return { organization: id, client: client.id }
  })
