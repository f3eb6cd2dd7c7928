/** Statements of reads that are kept per caller: the same as if each were made anew. */
import t from 'tap'
import { grantOf } from '../../src/access/grant.ts'
import { knownGrantOf } from '../../src/access/known-grant.ts'
import type { Principal } from '../../src/access/principal.ts'
import { compileRead } from '../../src/search/compile-read.ts'
import { keyOf } from '../../src/search/hash.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'

const patient = keyOf('Patient', 'p')
const plain: Visibility = {
  organization: 3,
  actors: [keyOf('Organization', 'a'), keyOf('Practitioner', 'b')],
  purposes: ['BTG', 'ETREAT', 'TREAT'],
}
const met = { kind: 'match', code: '_id', test: { kind: 'key', keys: [7n] } } as const
const callers: Readonly<Record<string, Visibility>> = {
  'of a purpose that opens nothing': { ...plain, purposes: [] },
  'who may see others': plain,
  'with a patient': { ...plain, narrowing: { patient, criteria: new Map() } },
  'with constraints': { ...plain, narrowing: { criteria: new Map([['Observation', met]]) } },
  'who is the patient': {
    ...{ ...plain, narrowing: { patient, criteria: new Map() } },
    confined: { by: 'self', patient },
  },
  'who has broken the glass': {
    ...{ ...plain, narrowing: { patient, criteria: new Map() } },
    confined: { by: 'glass', patient },
  },
}

for (const [title, visibility] of Object.entries(callers))
  t.test(`reads of a caller ${title}`, async t => {
    for (const resourceType of ['Observation', 'Patient', 'Organization', 'Medication', 'Binary'])
      for (const id of ['p', 'q', 'p', 'another-one'])
        t.strictSame(
          compileRead(permit({ resourceType, id }, visibility)),
          compileRead(permit({ resourceType, id }, { ...visibility })),
          `${resourceType}/${id}`,
        )
  })

const principal: Principal = {
  ...{ issuer: 'i', tokenId: 't', clientId: 'c', subject: 's', purpose: 'TREAT', expiresAt: 1 },
  organization: { number: 3, id: 'a', name: 'A' },
  scopes: [{ context: 'system', resourceType: '*', letters: 'rs' }],
}
const constrained: Principal = {
  ...principal,
  scopes: [
    { context: 'system', resourceType: 'Observation', letters: 'rs', constraint: 'date=ap2026' },
  ],
}

t.test('a grant is kept with its caller', async t => {
  const known = knownGrantOf(principal, () => met)
  t.strictSame(known, grantOf(principal))
  t.equal(
    knownGrantOf(principal, () => met),
    known,
  )
})

t.test('what constraints mean is asked each time', async t => {
  const first = knownGrantOf(constrained, () => met)
  const second = knownGrantOf(constrained, () => undefined)
  t.equal(first.constraints.size, 1)
  t.strictSame([second.constraints.size, second.principal.scopes], [0, []])
})
