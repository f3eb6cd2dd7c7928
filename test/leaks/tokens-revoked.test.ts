/** Leaks by tokens that were taken back, CONSENT.md 4: each through every door, on the next request. */
import t, { type Test } from 'tap'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, li, seenOf, tinglin, zhang, type Caller } from '../server.ts'

const server = await aServer(t)
const { ask, tokenFor, app, baseUrl } = server
/** As another process: it shares no memory with the server. */
const registry = createRegistry(app.context.database)
const patient = 'tinglin-liuyang'

interface Door {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}
const bundle = (type: string) => ({
  ...{ resourceType: 'Bundle', type },
  entry: [{ request: { method: 'GET', url: `Patient/${patient}` } }],
})
const doors: readonly Door[] = [
  { method: 'GET', path: `Patient/${patient}` },
  { method: 'HEAD', path: `Patient/${patient}` },
  { method: 'GET', path: `Patient/${patient}/_history/1` },
  { method: 'GET', path: `Patient/${patient}/_history` },
  { method: 'GET', path: 'Patient/_history' },
  { method: 'GET', path: '_history' },
  { method: 'GET', path: `Patient?_id=${patient}&_revinclude=Observation:patient` },
  { method: 'GET', path: `Patient/${patient}/Observation` },
  { method: 'GET', path: `Patient/${patient}/$everything` },
  { method: 'GET', path: `Observation/$lastn?patient=${patient}&category=laboratory` },
  { method: 'POST', path: '', body: bundle('batch') },
  { method: 'POST', path: '', body: bundle('transaction') },
  { method: 'POST', path: 'Basic', body: { resourceType: 'Basic', code: { text: 'x' } } },
  { method: 'PUT', path: 'Basic/no6-x', body: { resourceType: 'Basic', id: 'no6-x' } },
  { method: 'DELETE', path: 'Basic/no6-nothing' },
]
const through = ({ method, path, body }: Door, as: Caller) =>
  ask(method, `/fhir/${path}`, { as, ...(body === undefined ? {} : { body }) })

/** Every door is open before, shut at once after, with one and the same answer, and open again. */
const shutBy = async (
  t: Test,
  as: Caller,
  { take, give }: { readonly take: () => Promise<unknown>; readonly give?: () => Promise<unknown> },
): Promise<void> => {
  for (const door of doors) {
    const { status } = await through(door, as)
    t.ok(status !== 401 && status < 500, `${door.method} ${door.path} before: ${status}`)
  }
  await take()
  const refused = seenOf(await ask('GET', `/fhir/Patient/${patient}`, { headers: invalid }))
  t.equal(refused.status, 401)
  for (const door of doors) {
    const answer = seenOf(await through(door, as))
    t.equal(answer.status, 401, `${door.method} ${door.path}`)
    if (door.method !== 'HEAD') t.same(answer, refused, 'with nothing said of the reason')
  }
  if (give === undefined) return
  await give()
  t.equal((await through(doors[0]!, as)).status, 200)
}
const invalid = { authorization: 'Bearer a.b.c' }

t.test('L86 a revoked token is refused on the next request', async t => {
  const as: Caller = { ...zhang, scope: 'user/*.cruds user/Patient.rs' }
  const token = await tokenFor(as)
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  await shutBy(t, as, {
    take: () =>
      registry.revocations.revoke({ issuer: `${baseUrl}/auth`, id: jti, expiresInSeconds: 600 }),
  })
  t.equal((await through(doors[0]!, zhang)).status, 200, 'another one of the same person is good')
})

t.test('L86 a client that was switched off is refused on the next request', t =>
  shutBy(t, zhang, {
    take: () => registry.clients.setActive('no6-app', false),
    give: () => registry.clients.setActive('no6-app', true),
  }),
)

t.test('L86 a person who was switched off is refused on the next request', async t => {
  await shutBy(t, zhang, {
    take: () => registry.people.setActive('no6-zhang', false),
    give: () => registry.people.setActive('no6-zhang', true),
  })
  t.equal((await through(doors[0]!, li)).status, 200)
})

t.test('L86 an organization that was switched off is refused on the next request', t =>
  shutBy(t, zhang, {
    take: () => registry.organizations.setActive('no6', false),
    give: () => registry.organizations.setActive('no6', true),
  }),
)

t.test('L86 what was switched off does not change what others see of its records', async t => {
  const own = () => ask('GET', `/fhir/Patient/${patient}`, { as: tinglin })
  const before = seenOf(await own())
  await registry.organizations.setActive('no6', false)
  t.same(seenOf(await own()), before)
  await registry.organizations.setActive('no6', true)
})
