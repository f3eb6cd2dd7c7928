/** The terminology operations. @see https://hl7.org/fhir/R4/terminology-service.html */
import t from 'tap'
import { aServer, tinglin, zhang } from '../server.ts'

/** Texts of the statements that search a type of terminology. */
const statements: string[] = []
const { ask, app } = await aServer(
  t,
  {},
  {
    onStatement: ({ text }) =>
      void (/^(?:with|select)\b.*\bresource\b/is.test(text) && statements.push(text)),
  },
)

type Parameter = { readonly name: string } & Readonly<Record<string, unknown>>

/** A parameter of an answer: its one value. */
const valueOf = (json: { readonly parameter: readonly Parameter[] }, name: string): unknown => {
  const found = json.parameter.find(one => one.name === name) ?? { name }
  return Object.entries(found).find(([member]) => member !== 'name')?.[1]
}

const local = 'urn:example:laboratory'
const codeSystem = {
  resourceType: 'CodeSystem',
  id: 'tinglin-laboratory',
  url: local,
  version: '1',
  status: 'active',
  content: 'complete',
  hierarchyMeaning: 'is-a',
  concept: [
    {
      code: 'B',
      display: '血液检查',
      designation: [{ language: 'en', value: 'Blood' }],
      concept: [{ code: 'B1', display: '血红蛋白' }],
    },
    { code: 'U', display: '尿液检查' },
  ],
}
const valueSet = {
  resourceType: 'ValueSet',
  id: 'tinglin-blood',
  url: 'urn:example:blood',
  status: 'active',
  compose: {
    include: [{ system: local, filter: [{ property: 'concept', op: 'is-a', value: 'B' }] }],
  },
}

t.before(async () => {
  for (const resource of [codeSystem, valueSet]) {
    const path = `/fhir/${resource.resourceType}/${resource.id}`
    const { status, text } = await ask('PUT', path, { as: tinglin, body: resource })
    if (status !== 201) throw new Error(text)
  }
})

t.test('a value set of R4 is expanded in full, and by pages that make the whole', async t => {
  const url = 'http://hl7.org/fhir/ValueSet/administrative-gender'
  const path = `/fhir/ValueSet/$expand?url=${encodeURIComponent(url)}`
  const whole = await ask('GET', path, { as: tinglin })
  t.equal(whole.status, 200)
  const codes = (json: typeof whole.json): string[] =>
    json.expansion.contains.map(({ code }: { code: string }) => code)
  t.strictSame(codes(whole.json).sort(), ['female', 'male', 'other', 'unknown'])
  t.equal(whole.json.expansion.total, 4)
  const first = await ask('GET', `${path}&count=3`, { as: tinglin })
  const second = await ask('GET', `${path}&count=3&offset=3`, { as: tinglin })
  t.strictSame([...codes(first.json), ...codes(second.json)].sort(), codes(whole.json).sort())
  t.equal(second.json.expansion.total, 4)
})

t.test(
  'an expansion of what a hospital wrote: by canonical, by instance, filtered by text',
  async t => {
    const found = async (path: string): Promise<string[]> => {
      const { status, json } = await ask('GET', path, { as: tinglin })
      t.equal(status, 200, path)
      return (json.expansion.contains ?? []).map(({ code }: { code: string }) => code)
    }
    const asked = '/fhir/ValueSet/$expand?url=urn:example:blood&excludeNested=true'
    t.strictSame(await found(asked), ['B', 'B1'])
    t.strictSame(await found('/fhir/ValueSet/tinglin-blood/$expand?excludeNested=true'), [
      'B',
      'B1',
    ])
    t.strictSame(await found(`${asked}&filter=${encodeURIComponent('血红')}`), ['B1'])
    t.strictSame(await found(`${asked}&filter=nothing`), [])
    t.strictSame(await found(`${asked}&filter=blood&displayLanguage=en`), ['B'])
  },
)

t.test('terminology is shared: a specialist of another hospital looks a code up', async t => {
  const { status, json } = await ask('GET', `/fhir/CodeSystem/$lookup?system=${local}&code=B1`, {
    as: zhang,
  })
  t.equal(status, 200)
  t.equal(valueOf(json, 'display'), '血红蛋白')
  const parents = json.parameter
    .filter(({ name }: Parameter) => name === 'property')
    .map(({ part }: { part: Parameter[] }) => part.map(one => Object.values(one)[1]))
  t.ok(parents.some(([code, value]: unknown[]) => code === 'parent' && value === 'B'))
})

t.test('$lookup of what is not here is 404 and names it, in Chinese too', async t => {
  const path = `/fhir/CodeSystem/$lookup?system=${local}&code=X9`
  const { status, json } = await ask('GET', path, {
    as: tinglin,
    headers: { 'accept-language': 'zh-CN' },
  })
  t.equal(status, 404)
  t.equal(json.issue[0].details.coding[0].code, 'terminology-code-unknown')
  t.match(json.issue[0].details.text, '代码系统')
  const unknown = await ask('GET', '/fhir/CodeSystem/$lookup?system=urn:none&code=1', {
    as: tinglin,
  })
  t.equal(unknown.status, 404)
  t.equal(unknown.json.issue[0].details.coding[0].code, 'terminology-system-unknown')
})

t.test('$subsumes tells how two codes stand to each other', async t => {
  const outcome = async (a: string, b: string): Promise<unknown> => {
    const path = `/fhir/CodeSystem/$subsumes?system=${local}&codeA=${a}&codeB=${b}`
    const { status, json } = await ask('GET', path, { as: tinglin })
    t.equal(status, 200)
    return valueOf(json, 'outcome')
  }
  t.equal(await outcome('B', 'B1'), 'subsumes')
  t.equal(await outcome('B1', 'B'), 'subsumed-by')
  t.equal(await outcome('B', 'B'), 'equivalent')
  t.equal(await outcome('U', 'B1'), 'not-subsumed')
  const instance = await ask(
    'GET',
    '/fhir/CodeSystem/tinglin-laboratory/$subsumes?codeA=B&codeB=B1',
    { as: tinglin },
  )
  t.equal(valueOf(instance.json, 'outcome'), 'subsumes')
})

t.test('$validate-code says yes, and no with every reason and its place', async t => {
  const asked = (code: string, more = ''): string =>
    `/fhir/ValueSet/$validate-code?url=urn:example:blood&system=${local}&code=${code}${more}`
  const yes = await ask('GET', asked('B1'), { as: tinglin })
  t.equal(valueOf(yes.json, 'result'), true)
  t.equal(valueOf(yes.json, 'issues'), undefined)
  const other = await ask('GET', asked('U'), { as: tinglin })
  t.equal(valueOf(other.json, 'result'), false)
  const none = await ask('GET', asked('X'), { as: tinglin })
  const { issue } = valueOf(none.json, 'issues') as { issue: { expression: string[] }[] }
  t.equal(issue.length, 2)
  for (const { expression } of issue) t.strictSame(expression, ['code'])
  const wrong = await ask('GET', asked('B1', '&display=Haemoglobin'), { as: tinglin })
  t.equal(valueOf(wrong.json, 'result'), false)
  t.match(valueOf(wrong.json, 'message'), '血红蛋白')
  const instance = await ask('GET', '/fhir/CodeSystem/tinglin-laboratory/$validate-code?code=U', {
    as: tinglin,
  })
  t.equal(valueOf(instance.json, 'result'), true)
})

t.test('$translate by a concept map sent along, forwards and backwards', async t => {
  const conceptMap = {
    resourceType: 'ConceptMap',
    status: 'active',
    url: 'urn:example:map',
    group: [
      {
        source: local,
        target: 'http://loinc.org',
        element: [{ code: 'B1', target: [{ code: '718-7', equivalence: 'wider' }] }],
      },
    ],
  }
  const ofCode = async (system: string, code: string, more: readonly Parameter[] = []) => {
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'conceptMap', resource: conceptMap },
        { name: 'system', valueUri: system },
        { name: 'code', valueCode: code },
        ...more,
      ],
    }
    const { json } = await ask('POST', '/fhir/ConceptMap/$translate', { as: tinglin, body })
    const match = json.parameter.find(({ name }: Parameter) => name === 'match')
    return { result: valueOf(json, 'result'), parts: match?.part }
  }
  const forwards = await ofCode(local, 'B1')
  t.equal(forwards.result, true)
  t.match(forwards.parts, [
    { name: 'equivalence', valueCode: 'wider' },
    { name: 'concept', valueCoding: { system: 'http://loinc.org', code: '718-7' } },
    { name: 'source', valueUri: 'urn:example:map' },
  ])
  const back = await ofCode('http://loinc.org', '718-7', [{ name: 'reverse', valueBoolean: true }])
  t.match(back.parts, [
    { name: 'equivalence', valueCode: 'narrower' },
    { name: 'concept', valueCoding: { system: local, code: 'B1' } },
  ])
  t.equal((await ofCode(local, 'U')).result, false)
})

t.test('a new version of a code system is answered from at once', async t => {
  const { concept } = codeSystem
  const body = { ...codeSystem, concept: [...concept, { code: 'N', display: 'new' }] }
  await ask('PUT', '/fhir/CodeSystem/tinglin-laboratory', { as: tinglin, body })
  const path = `/fhir/CodeSystem/$lookup?system=${local}&code=N`
  t.equal((await ask('GET', path, { as: tinglin })).status, 200)
  await ask('PUT', '/fhir/CodeSystem/tinglin-laboratory', { as: tinglin, body: codeSystem })
  t.equal((await ask('GET', path, { as: tinglin })).status, 404)
})

t.test('what cannot be worked out is refused, never a fault and never without end', async t => {
  const expand = async (compose: unknown) => {
    const sent = { resourceType: 'ValueSet', status: 'active', url: 'urn:example:sent', compose }
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'valueSet', resource: sent },
        { name: 'tx-resource', resource: sent },
      ],
    }
    return ask('POST', '/fhir/ValueSet/$expand', { as: tinglin, body })
  }
  const circular = await expand({ include: [{ valueSet: ['urn:example:sent'] }] })
  t.equal(circular.status, 422)
  const system = local
  const filtered = (op: string, value?: string) =>
    expand({ include: [{ system, filter: [{ property: 'code', op, value }] }] })
  t.equal((await filtered('regex', '(a')).status, 422)
  t.equal((await filtered('like', 'a')).status, 422)
  t.equal((await filtered('is-a')).status, 422)
  const catastrophic = await filtered('regex', '(([a-zA-Z0-9]+)+)+!')
  t.equal(catastrophic.status, 200)
  t.equal(catastrophic.json.expansion.total, 0)
  for (const compose of [7, [], { include: 7 }, { include: [7] }, { include: [{ concept: {} }] }])
    t.ok((await expand(compose)).status < 500, JSON.stringify(compose))
  const path = '/fhir/ValueSet/$validate-code?url=urn:example:blood'
  t.equal((await ask('GET', path, { as: tinglin })).status, 400)
  t.equal((await ask('GET', `${path}&code=B1`, { as: tinglin })).status, 400)
  t.equal((await ask('GET', '/fhir/ValueSet/$expand?count=-1', { as: tinglin })).status, 400)
})

t.test('a code system of 100,000 concepts is asked by code, and expanded by pages', async t => {
  const url = 'urn:example:large'
  const concept = Array.from({ length: 100_000 }, (_, index) => ({
    code: `c${index}`,
    display: `concept ${index}`,
  }))
  const body = {
    ...{ resourceType: 'CodeSystem', id: 'tinglin-large', url, status: 'active' },
    ...{ content: 'complete', concept },
  }
  const written = await ask('PUT', '/fhir/CodeSystem/tinglin-large', { as: tinglin, body })
  t.equal(written.status, 201)
  const found = await ask('GET', `/fhir/CodeSystem/$lookup?system=${url}&code=c99999`, {
    as: tinglin,
  })
  t.equal(valueOf(found.json, 'display'), 'concept 99999')
  const sent = {
    resourceType: 'ValueSet',
    status: 'active',
    compose: { include: [{ system: url }] },
  }
  const parameter = [
    { name: 'valueSet', resource: sent },
    { name: 'filter', valueString: '9999' },
    { name: 'count', valueInteger: 5 },
  ]
  const page = await ask('POST', '/fhir/ValueSet/$expand', {
    as: tinglin,
    body: { resourceType: 'Parameters', parameter },
  })
  const expected = concept.filter(({ code }) => code.includes('9999')).length
  t.equal(page.json.expansion.total, expected)
  t.equal(page.json.expansion.contains.length, 5)
})

t.test('a client without the scope for code systems sees those of R4 alone', async t => {
  const as = { ...tinglin, scope: 'system/ValueSet.rs' }
  const stored = await ask('GET', '/fhir/ValueSet/$expand?url=urn:example:blood', { as })
  t.equal(stored.status, 404)
  const url = encodeURIComponent('http://hl7.org/fhir/ValueSet/administrative-gender')
  t.equal((await ask('GET', `/fhir/ValueSet/$expand?url=${url}`, { as })).status, 200)
})

t.test('the operations are in the CapabilityStatement, each with its definition', async t => {
  const { json } = await ask('GET', '/fhir/metadata')
  const of = (type: string) =>
    json.rest[0].resource.find((resource: { type: string }) => resource.type === type).operation
  for (const [type, name] of [
    ['ValueSet', 'expand'],
    ['ValueSet', 'validate-code'],
    ['CodeSystem', 'validate-code'],
    ['CodeSystem', 'lookup'],
    ['CodeSystem', 'subsumes'],
    ['ConceptMap', 'translate'],
  ] as const) {
    const definition = `http://hl7.org/fhir/OperationDefinition/${type}-${name}`
    t.ok(
      of(type).some((one: { definition: string }) => one.definition === definition),
      definition,
    )
  }
})

t.test('an operation on an instance is recorded as a reading of that instance', async t => {
  const map = {
    ...{ resourceType: 'ConceptMap', id: 'tinglin-recorded', status: 'active' },
    group: [
      {
        source: local,
        target: 'urn:t',
        element: [{ code: 'U', target: [{ code: 'T', equivalence: 'equal' }] }],
      },
    ],
  }
  await ask('PUT', '/fhir/ConceptMap/tinglin-recorded', { as: tinglin, body: map })
  for (const [instance, operation] of [
    ['ValueSet/tinglin-blood', '$expand'],
    ['ValueSet/tinglin-blood', `$validate-code?system=${local}&code=B1`],
    ['CodeSystem/tinglin-laboratory', '$validate-code?code=B1'],
    ['CodeSystem/tinglin-laboratory', '$subsumes?codeA=B&codeB=B1'],
    ['ConceptMap/tinglin-recorded', `$translate?system=${local}&code=U`],
  ] as const) {
    const { status, headers, text } = await ask('GET', `/fhir/${instance}/${operation}`, {
      ...{ as: zhang, headers: { 'x-request-id': `recorded-${operation.slice(1, 5)}` } },
    })
    t.equal(status, 200, text)
    await app.context.auditTrail.drained()
    const rows = await app.context.database.query<{ entities: string[] }>({
      name: '',
      text: 'select entities from audit_event where request_id = $1',
      values: [headers['x-request-id']],
    })
    t.ok(
      rows.some(({ entities }) => entities.includes(instance)),
      `${instance}/${operation}`,
    )
  }
})

t.test('what is sent along answers without a look into the database', async t => {
  const parameter = [
    { name: 'tx-resource', resource: codeSystem },
    { name: 'tx-resource', resource: valueSet },
    { name: 'url', valueUri: valueSet.url },
    { name: 'system', valueUri: local },
    { name: 'code', valueCode: 'B1' },
  ]
  const validated = async (body: object) => {
    statements.length = 0
    const { json } = await ask('POST', '/fhir/ValueSet/$validate-code', { as: tinglin, body })
    return valueOf(json, 'result')
  }
  t.equal(await validated({ resourceType: 'Parameters', parameter }), true)
  t.equal(statements.length, 0)
  t.equal(await validated({ resourceType: 'Parameters', parameter: parameter.slice(2) }), true)
  t.ok(statements.length > 0, 'one that is stored is looked for')
})
