import { clientCredentialsGrant, sandboxPersonGrant } from '../registry/grant-names.ts'
import { readConfig } from '../config.ts'
import { readCredentials } from '../sandbox/credentials.ts'
import { CommandFailed, readArguments, texts, type Command } from './command.ts'

const answerMillisecondsMax = 10_000

/** `huizhen token`: an access token of the sandbox, for trying things out. */
export const token: Command = {
  name: 'token',
  summary: 'print an access token of a sandbox client',
  help: `huizhen token <client> [options]

Asks the running server's token endpoint, and prints the access token and nothing else. The secret
of the client is read from sandbox-credentials.json in HUIZHEN_DATA_DIR.

  --user <id>        the practitioner to act for, such as no6-zhang (clients for people need it)
  --scope <scopes>   what to ask for (default: all the client may have)
  --purpose <code>   the purpose of use (default: TREAT)
  --patient <id>     the patient in context (only with --user)
  --otp <code>       the code of the user's second factor, if there is one (huizhen person
                     second-factor); --purpose BTG needs it, and --patient
  --base-url <url>   where the server is (default: HUIZHEN_BASE_URL)
`,
  async run(args, output) {
    const options = texts('user', 'scope', 'purpose', 'patient', 'otp', 'base-url')
    const given = readArguments(args, options, ['the id of the client'])
    const config = readConfig()
    const id = given.words[0] ?? ''
    const credentials = await readCredentials(config.dataDir)
    const secret = Object.hasOwn(credentials, id) ? credentials[id] : undefined
    if (secret === undefined) throw new CommandFailed(unknown(id, credentials, config.dataDir))

    const user = given.text('user')
    const form = new URLSearchParams({
      grant_type: user === undefined ? clientCredentialsGrant : sandboxPersonGrant,
    })
    for (const name of ['user', 'scope', 'purpose', 'patient', 'otp']) {
      const value = given.text(name)
      if (value !== undefined) form.set(name, value)
    }
    const baseUrl = (given.text('base-url') ?? config.baseUrl).replace(/\/+$/, '')
    const basic = Buffer.from(`${id}:${secret}`).toString('base64')
    output.out(`${await ask(`${baseUrl}/auth/token`, form, basic)}\n`)
    return 0
  },
}

const unknown = (
  id: string,
  credentials: Readonly<Record<string, string>>,
  dataDir: string,
): string => {
  const known = Object.keys(credentials)
  return known.length === 0
    ? `there are no sandbox credentials in ${dataDir}. Start the server with its sandbox once (npm start)`
    : `"${id}" is no sandbox client; there are ${known.join(', ')}`
}

const ask = async (endpoint: string, form: URLSearchParams, basic: string): Promise<string> => {
  let response: Response
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      body: form,
      headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
      signal: AbortSignal.timeout(answerMillisecondsMax),
    })
  } catch {
    throw new CommandFailed(
      `no server answers at ${endpoint}. Start it (npm start), or say --base-url`,
    )
  }
  const answer = await readAnswer(response)
  const accessToken = answer['access_token']
  if (response.ok && typeof accessToken === 'string') return accessToken
  const { error = `status ${response.status}`, error_description: description = '' } = answer
  throw new CommandFailed(`the server refused: ${String(error)} ${String(description)}`.trim())
}

const readAnswer = async (response: Response): Promise<Record<string, unknown>> => {
  try {
    const answer: unknown = await response.json()
    return typeof answer === 'object' && answer !== null ? { ...answer } : {}
  } catch {
    return {}
  }
}
