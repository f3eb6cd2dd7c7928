/** Project Wycheproof's vectors: forged signatures and ciphertexts that careless readers accept. */
import { readFile } from 'node:fs/promises'
import { compactDecrypt, compactVerify, createLocalJWKSet, importJWK, type JWK } from 'jose'
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
  const refused = new Set<string | undefined>()
  for (const { tests, ...group } of testGroups) {
    // Groups of symmetric keys stand for a server that published one by mistake.
    const keys = createLocalJWKSet({ keys: [group.public ?? group.private ?? {}] as JWK[] })
    for (const { jws, result, tcId, comment } of tests) {
      const accepted = await compactVerify(textOf(jws), keys, { algorithms: [...issuerAlgorithms] })
        .then(() => true)
        .catch(() => false)
      if (result === 'invalid') t.notOk(accepted, `${tcId} ${comment}`)
      else if (!accepted) refused.add((group.public ?? group.private)?.alg)
      if (accepted) counts.valid++
      else counts.invalid++
    }
  }
  // Genuine ones of these only: symmetric keys, no algorithm of ours, and a name that no standard has.
  t.strictSame([...refused].sort(), ['ES521', 'HS256', 'PS256', 'PS512', 'RS512'])
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

interface Encrypted {
  readonly testGroups: readonly {
    readonly private: JWK
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly jwe: string | object
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

const encryptedPath = '11-jose-jsonpatch/wycheproof/testvectors_v1/json_web_encryption_test.json'

t.test('nothing encrypted is a token here, whoever holds its key', async t => {
  const file = data(t, encryptedPath)
  if (file === undefined) return
  const { testGroups } = JSON.parse(await readFile(file, 'utf8')) as Encrypted
  const { verifier } = await aScene(t)
  for (const { tests } of testGroups)
    for (const { jwe, tcId } of tests)
      await t.rejects(
        verifier.verify(`Bearer ${textOf(jwe)}`),
        { code: 'token-invalid' },
        String(tcId),
      )
})

t.test('the library opens no forged ciphertext with the algorithm of its key', async t => {
  const file = data(t, encryptedPath)
  if (file === undefined) return
  const { testGroups } = JSON.parse(await readFile(file, 'utf8')) as Encrypted
  const refused = new Set<string | undefined>()
  const counts = { valid: 0, invalid: 0 }
  for (const { tests, private: key } of testGroups)
    for (const { jwe, result, tcId, comment } of tests) {
      const opened = await importJWK(key, key.alg)
        .then(secret =>
          compactDecrypt(textOf(jwe), secret, { keyManagementAlgorithms: [key.alg!] }),
        )
        .then(() => true)
        .catch(() => false)
      if (result === 'invalid') t.notOk(opened, `${tcId} ${comment}`)
      else if (!opened) refused.add(key.alg)
      counts[opened ? 'valid' : 'invalid']++
    }
  // Genuine ones of these only: RSA with the padding of PKCS #1 1.5, which the library has given up, and
  // a key that is named after what it encrypts directly.
  t.strictSame([...refused].sort(), ['A128GCM', 'RSA1_5'])
  t.ok(counts.valid > 50, `${counts.valid} genuine ones opened`)
  t.ok(counts.invalid > 70, `${counts.invalid} refused`)
})
