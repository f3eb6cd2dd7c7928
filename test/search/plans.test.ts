import t from 'tap'
import { no6, seenBy, statementFor, Store, tinglin } from './fixture.ts'
import { keyOf, parameterHash } from '../../src/search/hash.ts'
import { comparable } from '../../src/search/types/quantity.ts'
import { ucumSystem } from '../../src/fhir/ucum.ts'
import { limits } from '../../src/fhir/limits.ts'
import type { Visibility } from '../../src/search/permitted.ts'

type PlanMode = 'force_custom_plan' | 'force_generic_plan'

/**
 * One line per node of the plan that a search gets: with its values known, and as a prepared
 * statement that has been run so often that PostgreSQL plans for any value.
 */
const planOf = (
  store: Store,
  search: string,
  visibility: Visibility,
  mode: PlanMode,
): Promise<string> => {
  const { text, values } = statementFor(search, visibility)
  const literals = values.map(value =>
    Array.isArray(value) ? `'{${value.join(',')}}'` : `'${String(value)}'`,
  )
  return store.database.transaction(async transaction => {
    const run = (sql: string) => transaction.query({ name: '', text: sql, values: [] })
    await run(`set local plan_cache_mode = ${mode}`)
    await run(`prepare asked as ${text}`)
    const rows = await run(`explain execute asked(${literals.join(', ')})`)
    await run('deallocate asked')
    return rows.map(row => row['QUERY PLAN']).join('\n')
  })
}

/** The part of a plan that finds the matches. */
const pageOf = (plan: string): string =>
  /CTE page\n([\s\S]*?)(?=\n {2}(?:CTE|->)|$)/.exec(plan)?.[1] ?? ''

/** 40,000 Observations of 200 patients, most of them of one category and one of twenty codes. */
const seed = async (store: Store): Promise<void> => {
  for (const id of ['a', 'b'])
    await store.put({
      resourceType: 'Observation',
      id,
      status: 'final',
      category: [{ coding: [{ system: 'c', code: 'laboratory' }] }],
      code: { coding: [{ system: 's', code: id }] },
      ...(id === 'b' ? { identifier: [{ system: 'lis', value: id }] } : {}),
      subject: { reference: 'Patient/p0' },
      effectiveDateTime: '2024-01-01',
    })
  await store.run(
    `insert into resource (key, type, id, version, owner, last_updated, patient, date_low, date_high, tokens, content)
     select hashint8extended(n, 1), r.type, 'n' || n, 1, 1, r.last_updated + n * interval '1 s',
       case n % 200 when 0 then r.patient else hashint8extended(n % 200, 2) end,
       r.date_low - n * interval '1 h', r.date_high - n * interval '1 h',
       case when n % 20 = 0 then r.tokens else array[n]::bigint[] || r.tokens[1:12] end, r.content
     from generate_series(1, 40000) n, resource r where r.id = 'a'`,
  )
  await store.run(
    `insert into consultation_gate select n, 2, $1, 1, '-infinity', 'infinity' from generate_series(1, 3) n`,
    [keyOf('Patient', 'p0')],
  )
  await store.run(
    `insert into consent_rule values (1, 0, $1, 1, 'P', null, null, null, '-infinity', 'infinity')`,
    [keyOf('Patient', 'p0')],
  )
  await store.run(
    `insert into search_quantity select hashint8extended(n, 1), $1, n, n, null, null, $2, n, n, null
     from generate_series(1, 40000) n`,
    [parameterHash('Observation', 'value-quantity'), comparable(ucumSystem, 'g/L').canonical],
  )
  await store.run('analyze')
}

t.test('searches find their rows by the index made for them', async t => {
  const store = await Store.open(t)
  await seed(store)
  const patientScoped = [
    'Observation?patient=p0&category=c|laboratory&_sort=-date&_count=50',
    'Observation?patient=p0&code=s|a&date=ge2023-06&_sort=-date',
    'Observation?patient=p0&code=s|a,s|b&date=ge2023-01&date=lt2024',
    'Observation?patient=p0&status:not=amended',
    'Observation?patient=p0&value-quantity=gt5&_sort=-date',
    'Observation?patient=p0&encounter:missing=true&_sort=-date',
  ]
  for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
    const page = async (search: string, visibility: Visibility) =>
      pageOf(await planOf(store, search, visibility, mode))
    for (const visibility of [seenBy(tinglin), seenBy(no6)])
      for (const search of patientScoped) {
        const plan = await page(search, visibility)
        t.match(plan, /Index Scan using resource_patient/, `${search} ${mode}`)
        // The patients of a page are told apart by sorting them; its rows come in order.
        t.notMatch(
          plan,
          /Bitmap|Seq Scan on resource|resource_tokens|Sort Key: (?!p\.patient)/,
          search,
        )
      }
    t.match(
      await page('Observation?identifier=lis|b', seenBy(tinglin)),
      /Bitmap Index Scan on resource_tokens/,
      mode,
    )
    t.match(await page('Observation?_id=a', seenBy(no6)), /resource_pkey/, mode)
    t.match(
      await planOf(
        store,
        'Observation?value-quantity=5.4|http://unitsofmeasure.org|g/L',
        seenBy(tinglin),
        mode,
      ),
      /search_quantity_value/,
      mode,
    )
  }
})

t.test('the total of one patient is counted by an index of rows alike', async t => {
  const store = await Store.open(t)
  await seed(store)
  await store.run('vacuum resource')
  for (const mode of ['force_custom_plan', 'force_generic_plan'] as const)
    for (const visibility of [seenBy(tinglin), seenBy(no6)])
      for (const search of [
        'Observation?patient=p0',
        'Observation?patient=p0&category=laboratory',
      ]) {
        const plan = await planOf(store, `${search}&_count=0`, visibility, mode)
        t.match(plan, /Index Only Scan using resource_alike/, `${search} ${mode}`)
        t.match(plan, /resource_unlike/, search)
        t.notMatch(plan, /Seq Scan on resource|Index Scan using resource_patient/, search)
      }
})

t.test('a list of ten thousand codes is looked up, not compared with every row', async t => {
  const store = await Store.open(t)
  await seed(store)
  const codes = Array.from({ length: limits.orValuesMax - 1 }, (_, at) => `s|none${at}`)
  const search = `code=${[...codes, 's|a'].join()}&_count=5`
  for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
    const plan = (of: string) => planOf(store, `Observation?${of}${search}`, seenBy(tinglin), mode)
    const ofPatient = await plan('patient=p0&')
    t.match(pageOf(ofPatient), /Index Scan using resource_patient/, mode)
    t.match(ofPatient, /hashed SubPlan/, mode)
    t.match(await plan(''), /Bitmap Index Scan on resource_tokens/, mode)
  }
  const byCode = async (of: string) => (await store.page(`Observation?${of}`)).total
  for (const of of ['patient=p0&', ''])
    t.equal(await byCode(of + search), await byCode(`${of}code=s|a&_count=5`), of)
  t.equal(await byCode(`patient=p0&${search.replace('code=', 'code:not=')}`), 1, 'b alone')
})

t.test('a foreign caller meets the rules once per statement, the owner not at all', async t => {
  const store = await Store.open(t)
  await seed(store)
  const run = async (search: string, visibility: Visibility): Promise<string> => {
    const { text, values } = statementFor(search, visibility)
    const rows = await store.run(`explain (analyze, costs off, timing off) ${text}`, values)
    return rows.map(row => row['QUERY PLAN']).join('\n')
  }
  const lookUps = (plan: string) => plan.match(/CTE disclosed.*\n.*/g)
  const once = /actual rows=1(\.00)? loops=1/
  for (const search of ['Observation?patient=p0&_count=50', 'Observation?code=s|a&_count=50']) {
    const foreign = lookUps(await run(search, seenBy(no6)))
    t.equal(foreign?.length, 1, search)
    t.match(foreign?.[0], once, search)
    const own = lookUps(await run(search, seenBy(tinglin)))
    t.equal(own?.length, 1, search)
    t.match(own?.[0], /never executed/, search)
  }
})

t.test('the text of a statement has no value in it, and its name follows from it', t => {
  const one = statementFor('Patient?name=wang&birthdate=1970&_count=10', seenBy(tinglin))
  const other = statementFor('Patient?name=li&birthdate=1980-02&_count=20', seenBy(no6))
  t.equal(one.text, other.text)
  t.equal(one.name, other.name)
  t.match(one.name, /^search-[0-9a-f]{24}$/)
  t.notMatch(one.text, /wang|1970/)
  t.not(one.name, statementFor('Patient?name=wang,li&_count=10', seenBy(tinglin)).name)
  t.end()
})

t.test('a search is compiled in less than a tenth of a millisecond', t => {
  const search = 'Observation?patient=p0&category=c|laboratory&_sort=-date&_count=50'
  const times: number[] = []
  for (let run = 0; run < 3000; run++) {
    const start = performance.now()
    statementFor(search, seenBy(no6))
    times.push(performance.now() - start)
  }
  const median = times.sort((a, b) => a - b)[1500]!
  t.ok(median < 0.2, `${median} ms with reading`)
  t.end()
})
