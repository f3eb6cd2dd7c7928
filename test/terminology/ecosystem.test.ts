/**
 * The tests of the terminology ecosystem (tx-ecosystem) against the operations over HTTP. Codes,
 * places, severities, members and totals are compared; texts are not, as ours are our own.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { data } from '../data.ts'
import { aServer, tinglin } from '../server.ts'
import { differences } from './comparison.ts'
import { explained } from './explained.ts'
import { r4Request, r4Resource, r5Expansion, wordless } from './r4-form.ts'

interface Case {
  readonly name: string
  readonly operation: string
  readonly request: string
  readonly response: string
  readonly 'http-code'?: string
  readonly 'Accept-Language'?: string
}
interface Suite {
  readonly name: string
  readonly setup: readonly string[]
  readonly tests: readonly Case[]
}

type Members = Record<string, unknown>

const folder = data(t, '04-terminology-tx-tests/tests')

const addresses: Readonly<Record<string, string>> = {
  expand: 'ValueSet/$expand',
  'validate-code': 'ValueSet/$validate-code',
  'cs-validate-code': 'CodeSystem/$validate-code',
  lookup: 'CodeSystem/$lookup',
  translate: 'ConceptMap/$translate',
}

/** A filter without value is refused as soon as it is sent: it goes with the tests about it alone. */
const notR4: ReadonlySet<string> = new Set(['errors/valueset-broken-filter.json'])

if (folder !== undefined) {
  const load = (file: string) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8').replace(/^\ufeff/, '')) as Members
  const { suites } = load('test-cases.json') as unknown as { readonly suites: readonly Suite[] }
  const { ask } = await aServer(t)

  const answerOf = async (one: Case, supplied: readonly Members[]) => {
    const request = r4Request(load(one.request))
    const list = request['parameter'] as Members[]
    const sent = supplied.map(resource => ({ name: 'tx-resource', resource }))
    const language = one['Accept-Language']
    return ask('POST', `/fhir/${addresses[one.operation]}`, {
      as: tinglin,
      body: { ...request, parameter: [...list, ...sent] },
      ...(language === undefined ? {} : { headers: { 'accept-language': language } }),
    })
  }

  const differencesOf = async (one: Case, supplied: readonly Members[]) => {
    const { status, json } = await answerOf(one, supplied)
    const isRefusal = one['http-code']?.startsWith('4') === true
    if (isRefusal !== status >= 400) return [`status ${status}`]
    // A refusal is told in the words of this exchange; that it is one is what counts.
    if (isRefusal) return json.resourceType === 'OperationOutcome' ? [] : ['no outcome']
    return differences(wordless(load(one.response)), wordless(r5Expansion(json)))
  }

  let passed = 0
  for (const suite of suites)
    await t.test(suite.name, async t => {
      for (const one of suite.tests) {
        const setup = suite.setup
          .filter(file => !notR4.has(file) || one.name.startsWith('broken-filter'))
          .map(file => r4Resource(load(file)) as Members)
        const found = await differencesOf(one, setup)
        const reason = explained[one.name]
        if (found.length === 0) passed++
        if (reason === undefined) t.strictSame(found, [], one.name)
        else t.not(found.length, 0, `${one.name} differs: ${reason}`)
      }
    })
  t.comment(`${passed} of ${suites.flatMap(({ tests }) => tests).length} as expected`)
}
