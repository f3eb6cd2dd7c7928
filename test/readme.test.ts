/** The README says what is so: its table of variables, and its requests with their answers. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { variables } from '../src/config.ts'
import { aListeningServer } from './story/listening.ts'
import type { Caller } from './server.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

t.test('every environment variable is listed with its default, and no other', async t => {
  const listed = [...readme.matchAll(/^\| `([A-Z_]+)` *\| (.*?) *\|/gm)].map(
    ([, name, preset]) => ({
      name,
      default: preset?.replaceAll('`', ''),
    }),
  )
  t.strictSame(
    listed,
    variables.map(({ name, default: preset }) => ({ name, default: preset })),
  )
})

/** A shell block of the README and the block that shows what it prints. */
const examples = [
  ...readme.matchAll(/```sh\n(TOKEN=[^\n]*)\n(curl [^\n]*)\n```\n\n```\w+\n([^\n]*)\n```/g),
].map(([, token = '', command = '', shown = '']) => ({ token, command, shown }))

t.test('the requests print what the README shows', async t => {
  t.ok(examples.length >= 4, 'the test sees the examples')
  const { baseUrl, tokenFor } = await aListeningServer(t)
  for (const { token, command, shown } of examples) {
    const [, client, user] = /token (\S+?)(?: --user (\S+?))?\)/.exec(token) ?? []
    const caller = { client, ...(user === undefined ? {} : { user }) } as Caller
    const here = (text: string): string => text.replaceAll('http://127.0.0.1:8080', baseUrl)
    const { stdout } = await promisify(execFile)('bash', ['-c', here(command)], {
      env: { ...process.env, TOKEN: await tokenFor(caller) },
    })
    t.equal(stdout.trim(), here(shown), command)
  }
})
