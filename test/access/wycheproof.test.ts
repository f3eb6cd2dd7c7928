/** Project Wycheproof's JWS vectors: forged signatures that careless verifiers accept. */
import { readFile } from 'node:fs/promises'
import { compactVerify, createLocalJWKSet, type JWK } from 'jose'
import t from 'tap'
import { issuerAlgorithms } from '../../src/registry/issuers.ts'
import { data } from '../data.ts'
import { aScene } from './token-issuer.ts'

interface Vectors {
  readonly testGroups: readonly {
    readonly type: string
    readonly public?: JWK
    readonly private?: JWK
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly jws: string | object
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

/** Some vectors are in JSON serialization, which a header cannot carry. */
const textOf = (jws: string | object): string =>
  typeof jws === 'string' ? jws : JSON.stringify(jws)

const path = '11-jose-jsonpatch/wycheproof/testvectors_v1/json_web_signature_test.json'

t.test('no forged signature is accepted with the algorithms we allow', async t => {
  const file = data(t, path)
  if (file === undefined) return
  const { testGroups } = JSON.parse(await readFile(file, 'utf8')) as Vectors
  const counts = { valid: 0, invalid: 0 }
  for (const { tests, ...group } of testGroups) {
    // Groups of symmetric keys stand for a server that published one by mistake.
    const keys = createLocalJWKSet({ keys: [group.public ?? group.private ?? {}] as JWK[] })
    for (const { jws, result, tcId, comment } of tests) {
      const accepted = await compactVerify(textOf(jws), keys, { algorithms: [...issuerAlgorithms] })
        .then(() => true)
        .catch(() => false)
      if (result === 'invalid') t.notOk(accepted, `${tcId} ${comment}`)
      if (accepted) counts.valid++
      else counts.invalid++
    }
  }
  t.ok(counts.valid >= 10, `${counts.valid} genuine signatures accepted`)
  t.ok(counts.invalid > 300, `${counts.invalid} refused`)
})

t.test('no vector gets through a verifier, or makes it fail', async t => {
  const file = data(t, path)
  if (file === undefined) return
  const { testGroups } = JSON.parse(await readFile(file, 'utf8')) as Vectors
  const { verifier } = await aScene(t)
  for (const { tests } of testGroups) {
    for (const { jws } of tests)
      await t.rejects(verifier.verify(`Bearer ${textOf(jws)}`), { code: 'token-invalid' })
  }
})
