/** Leaks by the purpose of a token, CONSENT.md 4: it is one, it is the token's, and BTG alone opens nothing. */
import t from 'tap'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'
import { tinglin, zhang, type Caller } from '../server.ts'
import { sameAsAbsent } from './absence.ts'
import { aForge, target } from './forged-token.ts'

const { app, ask, sign, claims, iua, read, refuses } = await aForge(t)
const system = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const purposes = (...codings: readonly unknown[]) =>
  claims({ extensions: iua({ purpose_of_use: codings }) })
const coding = (code: unknown, of: unknown = system) => ({ system: of, code })

t.test('L84 a token has one purpose, and it is one of v3-ActReason', async t => {
  t.equal((await read(await sign(purposes(coding('TREAT'))))).status, 200)
  const wrong: (readonly unknown[])[] = [
    ...[[], [coding('TREAT'), coding('TREAT')], [coding('HRESCH'), coding('TREAT')]],
    ...[[coding('TREAT', 'urn:x')], [coding('TREAT', null)], [{ code: 'TREAT' }]],
    ...[[coding('treat')], [coding(['TREAT'])], [coding('NOPE')], ['TREAT'], [null]],
  ]
  for (const codings of wrong)
    await refuses(t, await sign(purposes(...codings)), JSON.stringify(codings))
  for (const value of [coding('TREAT'), 'TREAT', undefined, null, { 0: coding('TREAT') }])
    await refuses(
      t,
      await sign(claims({ extensions: iua({ purpose_of_use: value }) })),
      JSON.stringify(value) ?? 'none',
    )
})

t.test(
  'L84 what is for treatment is not there for another purpose, whatever else is said',
  async t => {
    const patient = 'Patient/tinglin-l84'
    const papers = [
      { resourceType: 'Patient', id: 'tinglin-l84' },
      consentOf('tinglin-l84-c', patient),
      consultationOf('tinglin-l84-s', patient),
    ]
    const { status } = await ask('POST', '/fhir', { as: tinglin, body: transactionOf(...papers) })
    t.equal(status, 200)
    t.equal((await ask('GET', `/fhir/${patient}`, { as: zhang })).status, 200)
    const pair = ['tinglin-l84', 'tinglin-l00'] as const
    const swaps: Record<string, string>[] = [
      {},
      { 'x-consent-scope': 'actor/x purp/v3/TREAT' },
      { category: `TREAT; scheme="${system}"; label="x"` },
      { category: `BTG; scheme="${system}"` },
      { purpose: 'TREAT', 'x-purpose-of-use': 'TREAT' },
    ]
    for (const purpose of ['HRESCH', 'HPAYMT', 'HMARKT', 'PATRQT'])
      for (const headers of swaps) {
        const as: Caller = { ...zhang, purpose }
        const answer = await sameAsAbsent(t, pair, id =>
          ask('GET', `/fhir/Patient/${id}`, { as, headers }),
        )
        t.equal(answer.status, 404, `${purpose} ${JSON.stringify(headers)}`)
      }
    const asked = await ask('GET', `/fhir/Patient?_id=tinglin-l84&purpose=TREAT`, {
      ...{ as: { ...zhang, purpose: 'HRESCH' }, headers: { prefer: 'handling=lenient' } },
    })
    t.equal(asked.json.total, 0, 'nor by a parameter')
  },
)

t.test('L84 BTG is for a person with a second factor, about one patient', async t => {
  const glass = (changes: Record<string, unknown>) =>
    sign({ ...purposes(coding('BTG')), acr: 'mfa', patient: target, ...changes })
  await refuses(t, await glass({ acr: undefined }), 'no second factor')
  for (const amr of [['pwd'], [], 'otp', [['otp']], { 0: 'otp' }])
    await refuses(t, await glass({ acr: 'pwd', amr }), `amr ${JSON.stringify(amr)}`)
  await refuses(t, await glass({ patient: undefined }), 'no patient')
  const machine = { client_id: 'no6-system', sub: 'no6-system', fhirUser: undefined }
  await refuses(t, await glass({ ...machine, scope: 'system/*.rs' }), 'a system')
  t.equal((await read(await glass({}))).status, 404, 'and it opens nothing yet')
})

t.test(
  'L84 a broken glass opens one patient, and what it opened is gone when it is over',
  async t => {
    const body = (id: string) => ({ resourceType: 'Patient', id })
    const papers = [body('tinglin-l84a'), body('tinglin-l84b')]
    await ask('POST', '/fhir', { as: tinglin, body: transactionOf(...papers) })
    const strong: Caller = { ...zhang, amr: ['otp'] }
    const glass = (patient: string): Caller => ({ ...strong, purpose: 'BTG', patient })
    const asked = (as: Caller, id: string) =>
      sameAsAbsent(t, [id, 'tinglin-l00x'], to => ask('GET', `/fhir/Patient/${to}`, { as }))
    t.equal((await asked(glass('tinglin-l84a'), 'tinglin-l84a')).status, 404, 'without a grant')
    const parameter = [
      { name: 'reason', valueString: 'an emergency in the test' },
      { name: 'minutes', valueInteger: 5 },
      { name: 'purpose', valueCoding: coding('BTG') },
    ]
    const opened = await ask('POST', '/fhir/Patient/tinglin-l84a/$break-glass', {
      ...{ as: strong, body: { resourceType: 'Parameters', parameter } },
    })
    t.equal(opened.status, 200)
    const open = await ask('GET', '/fhir/Patient/tinglin-l84a', { as: glass('tinglin-l84a') })
    t.equal(open.status, 200)
    t.equal(
      (await asked(glass('tinglin-l84a'), 'tinglin-l84b')).status,
      404,
      'of the other patient',
    )
    t.equal((await asked(glass('tinglin-l84b'), 'tinglin-l84b')).status, 404, 'nor by its token')
    t.equal((await asked(strong, 'tinglin-l84a')).status, 404, 'nor for treatment')
    const { database } = app.context
    await database.query({ name: '', text: 'update break_glass set valid_to = now()', values: [] })
    t.equal((await asked(glass('tinglin-l84a'), 'tinglin-l84a')).status, 404, 'over')
  },
)
