/** SMART scopes, v1 and v2. @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html */
import fc from 'fast-check'
import t from 'tap'
import {
  covers,
  formatScope,
  grantScopes,
  parseScope,
  parseScopes,
  scopesMax,
  within,
  type Scope,
  type ScopeLetter,
} from '../../src/access/scopes.ts'

t.test('a scope is read in the writing of v1 and of v2', async t => {
  const scope = (context: string, resourceType: string, letters: string) => ({
    ...{ context, resourceType, letters },
  })
  t.same(parseScope('system/*.read'), scope('system', '*', 'rs'))
  t.same(parseScope('user/Observation.write'), scope('user', 'Observation', 'cud'))
  t.same(parseScope('system/*.*'), scope('system', '*', 'cruds'))
  t.same(parseScope('patient/Patient.rs'), scope('patient', 'Patient', 'rs'))
  t.same(parseScope('system/*.cruds'), scope('system', '*', 'cruds'))
  t.same(parseScope('user/DiagnosticReport.c'), scope('user', 'DiagnosticReport', 'c'))
})

t.test('a constraint is part of a scope, and holds for reading only', async t => {
  const scope = { context: 'user', resourceType: 'Observation', constraint: 'category=laboratory' }
  t.same(parseScope('user/Observation.rs?category=laboratory'), { ...scope, letters: 'rs' })
  t.same(parseScope('user/Observation.cruds?category=laboratory'), { ...scope, letters: 'rs' })
  for (const text of ['user/Observation.cud?category=laboratory', 'user/*.rs?category=laboratory'])
    t.equal(parseScope(text), undefined, text)
  for (const text of ['user/Observation.read?category=laboratory', 'user/Observation.rs?'])
    t.equal(parseScope(text), undefined, text)
})

t.test('a constraint of the ceiling holds beside that of the request', async t => {
  const ceiling = ['user/Observation.rs?category=laboratory', 'user/Condition.rs']
  t.same(grantScopes('user/Observation.rs', ceiling), ['user/Observation.rs?category=laboratory'])
  t.same(grantScopes('user/Observation.rs?status=final', ceiling), [
    'user/Observation.rs?category=laboratory&status=final',
  ])
  t.same(grantScopes('user/Observation.rs?category=laboratory', ceiling), [ceiling[0]])
  t.same(grantScopes('user/Condition.r?code=1', ceiling), ['user/Condition.r?code=1'])
  t.same(grantScopes('patient/Condition.cruds', ceiling), ['patient/Condition.rs'])
  t.same(grantScopes('user/Condition.rs', ['patient/Condition.rs']), [])
})

t.test('what is malformed or unknown grants nothing', async t => {
  const wrong = ['system/*.dus', 'system/*.sr', 'system/*.rr', 'system/*.', 'system/*', 'system/.r']
  wrong.push(
    'system/Foo.rs',
    'system/observation.rs',
    'System/*.rs',
    'admin/*.rs',
    '',
    ' ',
    '*/*.*',
  )
  wrong.push('system/*.rs ', ' system/*.rs', 'openid')
  wrong.push('system/*.readwrite', 'system/*.Read', 'system//*.rs', 'system/*.rs/x', 'fhirUser')
  wrong.push('system/__proto__.rs', 'system/toString.rs', 'system/*.rs\n', 'system/*.cruds\0')
  for (const text of wrong) t.equal(parseScope(text), undefined, JSON.stringify(text))
})

t.test('a long list grants nothing instead of a part of itself', async t => {
  const text = (count: number) => Array.from({ length: count }, () => 'system/*.rs').join(' ')
  t.equal(parseScopes(text(scopesMax)).length, scopesMax)
  t.same(parseScopes(text(scopesMax + 1)), [])
  t.same(grantScopes(text(scopesMax + 1), ['system/*.cruds']), [])
})

t.test('scopes cover exactly their type and letters', async t => {
  const scopes = parseScopes('user/Observation.rs user/DiagnosticReport.c')
  t.ok(covers(scopes, 'Observation', 'r'))
  t.ok(covers(scopes, 'Observation', 's'))
  t.ok(covers(scopes, 'DiagnosticReport', 'c'))
  t.notOk(covers(scopes, 'Observation', 'c'))
  t.notOk(covers(scopes, 'DiagnosticReport', 'r'))
  t.notOk(covers(scopes, 'Patient', 'r'))
  t.ok(covers(parseScopes('system/*.d'), 'Patient', 'd'))
  t.notOk(covers([], 'Patient', 'r'))
})

const types = ['*', 'Patient', 'Observation', 'Consent']
const letters: readonly ScopeLetter[] = ['c', 'r', 'u', 'd', 's']
const aScope = fc
  .record({
    context: fc.constantFrom('system' as const, 'user' as const),
    resourceType: fc.constantFrom(...types),
    letters: fc.subarray([...letters], { minLength: 1 }).map(some => some.join('')),
  })
  .map((scope): Scope => scope)
const someScopes = fc.array(aScope, { maxLength: 6 })

/** Whether scopes of one context cover an interaction, by the plainest reading of the rule. */
const allows = (scopes: readonly Scope[], context: string, type: string, letter: string): boolean =>
  scopes.some(
    scope =>
      scope.context === context &&
      ['*', type].includes(scope.resourceType) &&
      scope.letters.includes(letter),
  )

t.test('what is granted is what was asked for and allowed, no more and no less', async t => {
  const property = fc.property(someScopes, someScopes, (asked, ceiling) => {
    const granted = parseScopes(
      grantScopes(asked.map(formatScope).join(' '), ceiling.map(formatScope)).join(' '),
    )
    const cut = within(asked, ceiling)
    for (const context of ['system', 'user']) {
      for (const type of ['Patient', 'Observation', 'Consent', 'Encounter']) {
        for (const letter of letters) {
          const expected =
            allows(asked, context, type, letter) && allows(ceiling, context, type, letter)
          if (allows(granted, context, type, letter) !== expected) return false
          if (allows(cut, context, type, letter) !== expected) return false
        }
      }
    }
    return true
  })
  fc.assert(property, { numRuns: 2000 })
  t.pass('2000 random requests and ceilings')
})

t.test('a scope that is read and written again is the same', async t => {
  fc.assert(fc.property(aScope, scope => t.same(parseScope(formatScope(scope)), scope)))
})
