/** The documentation is whole: every page, in both languages, and every link on it. */
import t from 'tap'
import { operations } from '../../src/interactions/operations/definitions.ts'
import { routes } from '../../src/interactions/routes.ts'
import { messages } from '../../src/fhir/messages.ts'
import { consentExamples, consentFrame } from '../../src/access/consent-examples.ts'
import { searchSubjects } from '../../src/http/docs/search-examples.ts'
import { aServer, tinglin } from '../server.ts'

const { ask, baseUrl } = await aServer(t)

interface Seen {
  readonly text: string
  readonly ids: ReadonlySet<string>
}
const pages = new Map<string, Seen>()

/** Links of a page, as the addresses they lead to. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  )

const isDocument = (path: string): boolean => /^\/(?:docs|$|\?)/.test(path)

/** Reads every page that is reached from the start page; of the pages of types, a few. */
const crawl = async (): Promise<string[]> => {
  const faults: string[] = []
  const waiting = ['/?lang=en', '/?lang=zh-CN']
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (pages.has(path)) continue
    const { status, text } = await ask('GET', path)
    if (status !== 200) faults.push(`${path}: ${status}`)
    pages.set(path, {
      text,
      ids: new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)),
    })
    for (const link of linksOf(text)) {
      const [target = ''] = link.split('#', 1)
      if (/^\/docs\/search\/(?!Patient|Observation|Binary)/.test(target)) continue
      if (isDocument(target) && !pages.has(target)) waiting.push(target)
    }
  }
  return faults
}

t.test('every page that is linked to is there', async t => {
  t.strictSame(await crawl(), [])
  t.ok(pages.size >= 18, `${pages.size} pages`)
  for (const [path, { text }] of pages)
    for (const link of linksOf(text)) {
      const [target = '', anchor] = link.split('#', 2)
      if (!link.startsWith('/')) t.match(link, /^http:\/\/huizhen\.test/, `${path} links ${link}`)
      if (anchor !== undefined && isDocument(target))
        t.ok(pages.get(target)?.ids.has(anchor), `${path} links ${link}`)
    }
  for (const link of new Set([...pages.values()].flatMap(({ text }) => linksOf(text)))) {
    if (isDocument(link) || !link.startsWith('/')) continue
    const { status } = await ask('GET', link)
    t.ok([200, 303].includes(status), `${link}: ${status}`)
  }
})

t.test(
  'pages say their language, have one heading of the first order, and load nothing',
  async t => {
    for (const [path, { text }] of pages) {
      const language = new URL(path, baseUrl).searchParams.get('lang') ?? 'en'
      t.match(text, `<html lang="${language}">`, path)
      const headings = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
      t.equal(headings.filter(level => level === 1).length, 1, path)
      for (const [at, level] of headings.entries())
        t.ok(level <= (headings[at - 1] ?? 0) + 1, `${path}: heading ${level} at ${at}`)
      t.notMatch(text, /<(?:script|img|link|iframe)\b| on\w+=|src=/, path)
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      t.equal(new Set(ids).size, ids.length, `${path}: ids once each`)
      const chinese = text.match(/[\u4e00-\u9fff]/g)?.length ?? 0
      if (language === 'zh-CN') t.ok(chinese > 30, `${path} is in Chinese`)
    }
    const seen = [...pages.keys()]
    for (const path of seen.filter(one => one.includes('lang=en')))
      t.ok(seen.includes(path.replace('lang=en', 'lang=zh-CN')), `${path} in Chinese, too`)
  },
)

t.test('without a language in the address the browser decides', async t => {
  const { text } = await ask('GET', '/docs/sending', {
    headers: { 'accept-language': 'zh-CN,zh;q=0.9' },
  })
  t.match(text, '<html lang="zh-CN">')
  t.equal((await ask('GET', '/docs/search/Nonsense')).status, 404)
})

t.test('the error catalogue has every code, and the search pages every parameter', async t => {
  const { text } = await ask('GET', '/docs/errors?lang=en')
  for (const code of Object.keys(messages)) t.match(text, `<tr id="${code}">`)
  const { json } = await ask('GET', '/fhir/metadata')
  for (const type of ['Patient', 'Observation', 'Binary']) {
    const page = (await ask('GET', `/docs/search/${type}?lang=en`)).text
    const declared = json.rest[0].resource.find((one: { type: string }) => one.type === type)
    for (const { name } of declared.searchParam)
      t.match(page, `<tr id="${name}">`, `${type} ${name}`)
  }
})

t.test('the examples of search parameters are understood', async t => {
  for (const type of ['Patient', 'Observation', 'ServiceRequest', 'MolecularSequence']) {
    const page = (await ask('GET', `/docs/search/${type}?lang=en`)).text
    const examples = [...page.matchAll(/<code>(\w+\?[^<]+)<\/code>/g)].map(([, one]) =>
      one!.replaceAll('&amp;', '&').replaceAll('&gt;', '>'),
    )
    t.ok(examples.length > 10, type)
    for (const example of examples) {
      const [, query = ''] = example.split('?', 2)
      const [name = '', value = ''] = query.split(/=(.*)/s, 2)
      const answer = await ask(
        'GET',
        `/fhir/${type}?${name}=${encodeURIComponent(value)}&_count=1`,
        {
          as: tinglin,
        },
      )
      t.equal(answer.status, 200, `${example}: ${answer.text.slice(0, 200)}`)
    }
  }
})

t.test('every example of the search guide is understood, or refused as it says', async t => {
  const examples = searchSubjects.flatMap(subject => subject.examples)
  t.ok(examples.length > 25)
  for (const { query, refused, en, zh } of examples) {
    const [type = '', parameters = ''] = query.split('?', 2)
    const search = new URLSearchParams(parameters).toString()
    const answers = [
      await ask('GET', `/fhir${type === '' ? '' : `/${type}`}?${search}`, { as: tinglin }),
      await ask('POST', `/fhir${type === '' ? '' : `/${type}`}/_search`, {
        ...{ as: tinglin, body: search },
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ]
    for (const { status, json } of answers) {
      t.equal(status, refused === undefined ? 200 : 400, query)
      t.equal(json.issue?.[0].details.coding[0].code, refused, query)
      if (refused === undefined) t.type(json.total, query.includes('none') ? 'undefined' : 'number')
    }
    t.match(en, /[a-z]/, query)
    t.match(zh, /[^ -~]/, query)
  }
})

t.test('the consents of the guide are taken as they stand', async t => {
  t.equal(consentExamples.length, 14)
  for (const { en, zh, consent } of consentExamples) {
    t.match(zh.effect, /[\u4e00-\u9fff]/)
    if (consent === undefined) continue
    const body = { ...consentFrame('tinglin-liuyang', 'tinglin'), ...consent }
    const { status, text } = await ask('POST', '/fhir/Consent', { as: tinglin, body })
    t.equal(status, 201, `${en.title}: ${text.slice(0, 300)}`)
  }
})

/** Faults of a document by the rules of OpenAPI 3.1. @see https://spec.openapis.org/oas/v3.1.0 */
// oxlint-disable-next-line no-explicit-any -- the document is walked freely
const faultsOf = (document: any): string[] => {
  const faults: string[] = []
  if (!/^3\.1\.\d+$/.test(document.openapi)) faults.push('openapi')
  for (const member of ['title', 'version'])
    if (typeof document.info?.[member] !== 'string') faults.push(`info.${member}`)
  const ids = new Set<string>()
  const shapes = new Set<string>()
  for (const [path, methods] of Object.entries<Record<string, Record<string, never>>>(
    document.paths,
  )) {
    if (!path.startsWith('/')) faults.push(path)
    const shape = path.replaceAll(/\{\w+\}/g, '{}')
    if (shapes.has(shape)) faults.push(`${path}: twice`)
    shapes.add(shape)
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
    for (const [method, operation] of Object.entries<Record<string, never>>(methods)) {
      const here = `${method} ${path}`
      if (!/^(?:get|put|post|delete|patch|head|options|trace)$/.test(method)) faults.push(here)
      const {
        operationId,
        parameters = [],
        responses,
        requestBody,
        security,
      } = operation as never as {
        operationId: string
        parameters?: { name: string; in: string; required?: boolean; schema?: unknown }[]
        responses: Record<string, { description?: unknown; content?: Record<string, unknown> }>
        requestBody?: { content?: Record<string, unknown> }
        security?: Record<string, string[]>[]
      }
      if (ids.has(operationId)) faults.push(`${here}: operationId twice`)
      ids.add(operationId)
      const inPath = parameters.filter(one => one.in === 'path')
      if (
        inPath
          .map(({ name }) => name)
          .sort()
          .join() !== [...wanted].sort().join()
      )
        faults.push(`${here}: parameters of the path`)
      if (inPath.some(({ required }) => required !== true)) faults.push(`${here}: required`)
      if (new Set(parameters.map(one => `${one.in} ${one.name}`)).size !== parameters.length)
        faults.push(`${here}: a parameter twice`)
      if (
        parameters.some(
          one => !['path', 'query', 'header', 'cookie'].includes(one.in) || !one.schema,
        )
      )
        faults.push(`${here}: parameter`)
      if (Object.keys(responses ?? {}).length === 0) faults.push(`${here}: responses`)
      for (const [status, response] of Object.entries(responses ?? {}))
        if (!/^[1-5]\d\d$/.test(status) || typeof response.description !== 'string')
          faults.push(`${here}: ${status}`)
      if (requestBody !== undefined && Object.keys(requestBody.content ?? {}).length === 0)
        faults.push(`${here}: body`)
      for (const one of security ?? [])
        for (const name of Object.keys(one))
          if (!(name in document.components.securitySchemes)) faults.push(`${here}: ${name}`)
    }
  }
  for (const [, pointer = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g))
    if (pointer.split('/').reduce((at, step) => at?.[step], document) === undefined)
      faults.push(`$ref ${pointer}`)
  for (const [name, scheme] of Object.entries<never>(document.components.securitySchemes)) {
    const { type, flows = {} } = scheme as {
      type: string
      flows?: Record<string, { scopes?: unknown }>
    }
    if (type !== 'oauth2' || Object.keys(flows).length === 0) faults.push(name)
    for (const flow of Object.values(flows)) if (!flow.scopes) faults.push(`${name}: scopes`)
  }
  return faults
}

t.test(
  'the OpenAPI document keeps the rules of OpenAPI 3.1, and the rules can be broken',
  async t => {
    const { status, json, headers } = await ask('GET', '/openapi.json')
    t.equal(status, 200)
    t.match(headers['content-type'], 'application/json')
    t.strictSame(faultsOf(json), [])
    t.strictSame(faultsOf((await ask('GET', '/openapi.json?type=Encounter')).json), [])
    const copy = structuredClone(json)
    copy.openapi = '2.0'
    copy.paths['/fhir/Patient/{id}'].get.parameters = []
    copy.components.schemas = {}
    t.ok(faultsOf(copy).length > 3)
  },
)

t.test('it has every route and operation that is served, and no other', async t => {
  const { json } = await ask('GET', '/openapi.json')
  const served = Object.keys(json.paths).filter(path => path.startsWith('/fhir'))
  for (const { method, path } of routes.filter(one => !one.path.includes('$'))) {
    const address = `/fhir${path === '' ? '' : '/'}${path.replace('[type]', '{type}').replace('[id]', '{id}').replace('[type]', '{member}').replace('[vid]', '{vid}')}`
    t.ok(json.paths[address]?.[method.toLowerCase()], `${method} ${address}`)
  }
  for (const { name } of operations)
    t.ok(
      served.some(path => path.endsWith(`/$${name}`)),
      name,
    )
  for (const [path, methods] of Object.entries<object>(json.paths))
    for (const method of Object.keys(methods)) {
      const filled = path
        .replace('{type}', 'Basic')
        .replace('{member}', 'Observation')
        .replace('{vid}', '1')
        .replaceAll('{id}', 'tinglin-nobody')
      if (filled.startsWith('/feed') || filled.startsWith('/health')) continue
      const answer = await ask(method.toUpperCase(), filled, { as: tinglin })
      const code = answer.json?.issue?.[0]?.details?.coding?.[0]?.code
      t.notOk(
        ['address-unknown', 'method-not-allowed'].includes(code),
        `${method} ${filled}: ${code}`,
      )
    }
})
