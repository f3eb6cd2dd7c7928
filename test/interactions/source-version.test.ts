/** Versions by the time and status of their source, for clients registered for it. */
import t from 'tap'
import { sourceTimeOf } from '../../src/interactions/source-version.ts'
import { aServer, tinglin, zhujing } from '../server.ts'

const { app, ask } = await aServer(t)
await app.context.database.query({
  name: '',
  text: `update client set source_version = true where id = 'tinglin-ehr'`,
  values: [],
})

const at = (hour: number) => `2026-03-01T${String(hour).padStart(2, '0')}:00:00+08:00`
const result = (id: string, status: string, more: object) => ({
  resourceType: 'Observation',
  id: `tinglin-${id}`,
  status,
  code: { text: '血钾' },
  identifier: [{ system: 'urn:lis', value: id }],
  ...more,
})
const put = (body: { id: string }, headers = {}, as = tinglin) =>
  ask('PUT', `/fhir/Observation/${body.id}`, { as, body, headers })
const code = (json: { issue: { details: { coding: { code: string }[] } }[] }) =>
  json.issue[0]!.details.coding[0]!.code

t.test(
  'an older version than the stored one changes nothing and is answered with 200, the current version and a note',
  async t => {
    t.equal((await put(result('s1', 'final', { issued: at(10) }))).status, 201)
    const { status, headers, json } = await put(result('s1', 'final', { issued: at(9) }))
    t.equal(status, 200)
    t.equal(headers.etag, 'W/"1"')
    t.equal(json.issued, at(10))
    const told = await put(result('s1', 'final', { issued: at(9) }), {
      prefer: 'return=OperationOutcome',
    })
    t.equal(told.status, 200)
    t.match(told.json.issue[0], { severity: 'information', code: 'informational' })
    t.equal(code(told.json), 'stale-ignored')
    t.match(told.json.issue[0].diagnostics, /newer or more final/)
  },
)

t.test('a newer one makes the next version', async t => {
  const { status, json } = await put(result('s1', 'final', { issued: at(11) }))
  t.equal(status, 200)
  t.equal(json.meta.versionId, '2')
})

t.test('of one time, a higher status is taken and a lower one is not', async t => {
  const rank = async (status: string) =>
    (await put(result('s2', status, { issued: at(8) }))).json.status as string
  t.equal(await rank('registered'), 'registered')
  t.equal(await rank('preliminary'), 'preliminary')
  t.equal(await rank('registered'), 'preliminary')
  t.equal(await rank('final'), 'final')
  t.equal(await rank('preliminary'), 'final')
  t.equal(await rank('amended'), 'amended')
  t.equal(await rank('final'), 'amended')
})

t.test('final never falls back to preliminary, whatever the time says', async t => {
  await put(result('s3', 'final', { issued: at(8) }))
  const later = await put(result('s3', 'preliminary', { issued: at(20) }))
  t.equal(later.status, 200)
  t.equal(later.json.status, 'final')
  const timeless = await put(result('s3', 'registered', {}))
  t.equal(timeless.json.status, 'final')
})

t.test('entered-in-error is taken even when it is older, and what is older stays out', async t => {
  await put(result('s4', 'final', { issued: at(8) }))
  const wrong = await put(result('s4', 'entered-in-error', { issued: at(7) }))
  t.equal(wrong.json.status, 'entered-in-error')
  const same = await put(result('s4', 'final', { issued: at(7) }))
  t.equal(same.json.status, 'entered-in-error')
})

t.test('the extension on meta comes before meta.source, and that before issued', async t => {
  const extension = [{ url: 'urn:huizhen:source-updated', valueInstant: at(3) }]
  const source = `urn:his:tinglin#updated=${at(2)}`
  const time = (meta: object) =>
    sourceTimeOf({ resourceType: 'Observation', meta, issued: at(1) } as never)
  t.equal(time({ extension, source }), Date.parse(at(3)))
  t.equal(time({ source }), Date.parse(at(2)))
  t.equal(time({ source: `urn:x#updated=${encodeURIComponent(at(2))}` }), Date.parse(at(2)))
  t.equal(time({ source: 'urn:x' }), Date.parse(at(1)))
  t.equal(time({ source: 'urn:x#updated=yesterday' }), Date.parse(at(1)))
  const meta = { extension }
  await put(result('s5', 'final', { meta }))
  const older = await put(
    result('s5', 'final', {
      meta: { extension: [{ url: 'urn:huizhen:source-updated', valueInstant: at(2) }] },
      issued: at(9),
    }),
  )
  t.equal(older.status, 200)
  t.notOk(older.json.issued)
})

t.test('conditional updates and transactions keep to it, too', async t => {
  await put(result('s6', 'final', { issued: at(10) }))
  const late = { issued: at(9), note: [{ text: 'late' }] }
  const body = { ...result('s6', 'final', late), id: undefined }
  const conditional = await ask('PUT', '/fhir/Observation?identifier=urn:lis|s6', {
    as: tinglin,
    body,
  })
  t.equal(conditional.status, 200)
  t.equal(conditional.json.issued, at(10))
  const bundle = await ask('POST', '/fhir', {
    as: tinglin,
    headers: { prefer: 'return=OperationOutcome' },
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: result('s6', 'preliminary', { issued: at(9) }),
          request: { method: 'PUT', url: 'Observation/tinglin-s6' },
        },
        {
          resource: result('s7', 'preliminary', { issued: at(9) }),
          request: { method: 'PUT', url: 'Observation/tinglin-s7' },
        },
      ],
    },
  })
  t.equal(bundle.status, 200)
  t.match(bundle.json.entry[0].response, { status: '200 OK', etag: 'W/"1"' })
  t.equal(code(bundle.json.entry[0].response.outcome), 'stale-ignored')
  t.equal(bundle.json.entry[1].response.status, '201 Created')
})

t.test(
  'a source more than a day ahead is refused with 422: it would keep out all that follow',
  async t => {
    const ahead = new Date(app.context.now().getTime() + 25 * 3_600_000).toISOString()
    const { status, json } = await put(result('s8', 'final', { issued: ahead }))
    t.equal(status, 422)
    t.equal(code(json), 'source-time-ahead')
    const soon = new Date(app.context.now().getTime() + 3_600_000).toISOString()
    t.equal((await put(result('s8', 'final', { issued: soon }))).status, 201)
    const other = { ...result('s8', 'final', { issued: ahead }), id: 'zhujing-s8' }
    t.equal((await put(other, {}, zhujing)).status, 201)
  },
)

t.test('a client that is not registered for it may write older versions', async t => {
  const body = { ...result('s1', 'final', { issued: at(10) }), id: 'zhujing-s1' }
  await put(body, {}, zhujing)
  const older = await put({ ...body, issued: at(9) } as typeof body, {}, zhujing)
  t.equal(older.json.meta.versionId, '2')
})
