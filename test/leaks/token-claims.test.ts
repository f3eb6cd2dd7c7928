/** Leaks by tokens with a good signature and wrong claims, CONSENT.md 4. */
import t from 'tap'
import { seenOf } from '../server.ts'
import { aForge, now, target } from './forged-token.ts'

const { sign, claims, iua, read, refuses, baseUrl } = await aForge(t)

t.test('L77 a token for anywhere else, or for more than here, is refused', async t => {
  const here = `${baseUrl}/fhir`
  const elsewhere = 'https://elsewhere.example/fhir'
  const audiences = [elsewhere, [elsewhere], [here, elsewhere], [elsewhere, here], [here, here]]
  for (const aud of [...audiences, `${here}/`, baseUrl, 'http://HUIZHEN.test/fhir', [], '', null])
    await refuses(t, await sign(claims({ aud })), JSON.stringify(aud))
  t.equal((await read(await sign(claims({ aud: [here] })))).status, 200, 'a list of this one')
})

t.test('L77 a token by an issuer nobody registered is refused', async t => {
  const issuer = `${baseUrl}/auth`
  const issuers = ['https://elsewhere.example', `${issuer}/`, issuer.toUpperCase(), baseUrl, '']
  for (const iss of [...issuers, [issuer], { a: 1 }, null, undefined, '\0'])
    await refuses(t, await sign(claims({ iss })), JSON.stringify(iss) ?? 'none')
})

t.test('L77 a client speaks for its own hospital only', async t => {
  for (const organization of ['tinglin', 'zhujing', 'nobody', '']) {
    const subject_organization_id = `${baseUrl}/fhir/Organization/${organization}`
    const extensions = iua({ subject_organization_id })
    await refuses(t, await sign(claims({ extensions })), organization)
  }
})

t.test('L78 what has expired says so, and reads nothing', async t => {
  const old = [{ exp: now() - 60 }, { exp: 1 }, { exp: 0 }]
  for (const changes of [...old, { iat: now() - 86_400, exp: now() + 300 }, { iat: 1 }]) {
    const answer = await read(await sign(claims(changes)))
    t.equal(answer.status, 401, JSON.stringify(changes))
    t.equal(answer.json.issue[0].details.coding[0].code, 'token-expired')
    t.notMatch(answer.text, target)
  }
})

t.test('L78 what is not yet good, or says no time, is refused', async t => {
  const later = now() + 3600
  const wrong: Record<string, unknown>[] = [
    ...[{ nbf: later }, { iat: later, exp: later + 300 }],
    ...[{ exp: undefined }, { iat: undefined }, { exp: null }, { exp: 'soon' }, { exp: {} }],
    ...[{ iat: '2020-01-01' }, { nbf: 'later' }],
  ]
  for (const changes of wrong)
    await refuses(t, await sign(claims(changes)), JSON.stringify(changes))
})

t.test('L85 a person_id that is not the patient reads nothing of either', async t => {
  const named = (person_id: unknown, patient?: unknown) =>
    sign(claims({ patient, extensions: iua({ person_id }) }))
  await refuses(t, await named('tinglin-other', target), 'another patient in context')
  await refuses(t, await named(target, 'tinglin-other'), 'the other way round')
  await refuses(t, await named(target), 'no patient in context')
  for (const form of [`Patient/${target}`, [target], { a: target }, '', null, 5])
    await refuses(t, await named(form, target), JSON.stringify(form))
  t.equal((await read(await named(target, target))).status, 200, 'the same one')
  const other = await read(await named('tinglin-other', 'tinglin-other'))
  const absent = await read(await sign(claims({ patient: 'tinglin-none' })))
  t.equal(other.status, 404, 'a context of another one')
  t.same(seenOf(other), seenOf(absent))
})
