import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readConfig } from '../config.ts'
import { postmanCollection, postmanEnvironment } from '../http/postman.ts'
import { readCredentials } from '../sandbox/credentials.ts'
import { readArguments, texts, type Command } from './command.ts'

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

  --out <folder>     where to write them (default: postman)
  --base-url <url>   where the server is (default: HUIZHEN_BASE_URL)
`,
  async run(args, output) {
    const given = readArguments(args, texts('out', 'base-url'))
    const config = readConfig()
    const baseUrl = (given.text('base-url') ?? config.baseUrl).replace(/\/+$/, '')
    const credentials = config.sandbox ? await readCredentials(config.dataDir) : {}
    const sandboxClients = Object.entries(credentials).map(([id, secret]) => ({ id, secret }))
    const folder = resolve(given.text('out') ?? 'postman')
    await mkdir(folder, { recursive: true })
    const files = {
      'collection.json': postmanCollection(),
      'environment.json': postmanEnvironment({ baseUrl, sandboxClients }),
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
