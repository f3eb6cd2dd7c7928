/** What the authorization server leaves behind in the process. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

// In a process of its own: the test runner follows promises itself.
const script = `
import { executionAsyncId } from 'node:async_hooks'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { listen } from ${JSON.stringify(new URL('../../src/auth/listener.js', import.meta.url).href)}
const served = listen(new Provider('http://127.0.0.1/auth'), async () => {})
const server = createServer(served).listen(0, '127.0.0.1')
await new Promise(resolve => server.once('listening', resolve))
const ask = async () => (await fetch('http://127.0.0.1:' + server.address().port + '/auth/jwks')).status
const statuses = await Promise.all([ask(), ask(), ask()])
server.close()
const ids = await new Promise(resolve => setImmediate(() =>
  Promise.resolve().then(() => {
    const first = executionAsyncId()
    return Promise.resolve().then(() => [first, executionAsyncId()])
  }).then(resolve)))
console.log(JSON.stringify({ statuses, isFollowed: ids[0] !== ids[1] }))
process.exit(0)
`

t.test('once a request to it has ended, Node follows promises no more', async t => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    { cwd: process.cwd(), env: { PATH: process.env['PATH'] } },
  )
  const { statuses, isFollowed } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
  t.strictSame(statuses, [200, 200, 200])
  t.equal(isFollowed, false)
})
