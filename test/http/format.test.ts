/** In which format an answer comes and a body is taken. @see https://hl7.org/fhir/R4/http.html#mime-type */
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseXml } from '../../src/fhir/xml-reader.ts'
import { acceptedFormat } from '../../src/http/format-accept.ts'
import { aServer, no6, tinglin } from '../server.ts'

const { ask, app } = await aServer(t)
const fromXml = (text: string) => parseXml(Buffer.from(text), loadDefinitions())
const xmlType = 'application/fhir+xml; charset=utf-8'
const jsonType = 'application/fhir+json; charset=utf-8'

const weight = (value: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<Observation xmlns="http://hl7.org/fhir">
  <id value="tinglin-w"/>
  <status value="final"/>
  <code><text value="体重 &amp; &lt;身高&gt;"/></code>
  <valueQuantity><value value="${value}"/><unit value="kg"/></valueQuantity>
</Observation>`
const putXml = (body: string, headers: Record<string, string> = {}) =>
  ask('PUT', '/fhir/Observation/tinglin-w', {
    as: tinglin,
    body,
    headers: { 'content-type': 'application/fhir+xml', ...headers },
  })

t.test(
  'a resource written in XML reads in JSON and back in XML, its decimal to the digit',
  async t => {
    const written = await putXml(weight('60.10'))
    t.equal(written.status, 201)
    t.equal(written.headers['content-type'], jsonType, 'JSON unless asked otherwise')
    const json = await ask('GET', '/fhir/Observation/tinglin-w', { as: tinglin })
    t.match(json.text, '"value":60.10')
    t.equal(json.json.code.text, '体重 & <身高>')
    for (const [query, accept] of [
      ['?_format=xml', '*/*'],
      ['?_format=application/fhir+xml', 'application/fhir+json'],
      ['?_format=application%2Ffhir%2Bxml', '*/*'],
      ['?_format=text/xml', '*/*'],
      ['', 'application/fhir+xml'],
      ['', 'text/xml;charset=utf-8'],
      ['', 'application/fhir+json;q=0.5, application/fhir+xml;q=0.8'],
    ] as const) {
      const xml = await ask('GET', `/fhir/Observation/tinglin-w${query}`, {
        as: tinglin,
        headers: { accept },
      })
      t.equal(xml.status, 200)
      t.equal(xml.headers['content-type'], xmlType, query + accept)
      t.match(xml.text, '<value value="60.10"/>')
      t.equal(xml.headers.etag, 'W/"1"')
    }
  },
)

t.test('searches, histories, bundles and the CapabilityStatement come in XML', async t => {
  const search = await ask('GET', '/fhir/Observation?_id=tinglin-w&_format=xml', { as: tinglin })
  t.equal(search.headers['content-type'], xmlType)
  t.equal((await fromXml(search.text))['total'], 1)
  const form = await ask('POST', '/fhir/Observation/_search', {
    as: tinglin,
    body: '_id=tinglin-w&_format=xml&_pretty=true',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.equal(form.headers['content-type'], xmlType)
  t.match(form.text, '\n  <total value="1"/>')
  const history = await ask('GET', '/fhir/Observation/tinglin-w/_history?_format=xml', {
    as: tinglin,
  })
  t.equal(history.status, 200)
  t.equal((await fromXml(history.text))['type'], 'history')
  const metadata = await ask('GET', '/fhir/metadata?_format=xml')
  t.equal(metadata.headers['content-type'], xmlType)
  const capabilities = await fromXml(metadata.text)
  t.equal(capabilities['fhirVersion'], '4.0.1')
  for (const format of capabilities['format'] as string[]) {
    const answer = await ask('GET', `/fhir/metadata?_format=${format}`)
    t.equal(answer.status, 200, `${format} is served as promised`)
  }
  const batch = await ask('POST', '/fhir', {
    as: tinglin,
    body: `<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><request><method value="GET"/><url value="Observation/tinglin-w"/></request></entry></Bundle>`,
    headers: { 'content-type': 'text/xml', accept: 'application/xml' },
  })
  t.equal(batch.status, 200)
  t.match(batch.text, '<status value="200 OK"/>')
  t.match(batch.text, '<resource><Observation>')
})

t.test('refusals come in the format and the language that were asked for', async t => {
  const { status, headers, text } = await ask('GET', '/fhir/Observation/tinglin-none', {
    as: tinglin,
    headers: { accept: 'application/fhir+xml', 'accept-language': 'zh-CN' },
  })
  t.equal(status, 404)
  t.equal(headers['content-type'], xmlType)
  t.match(text, '<text value="未找到资源。">')
  const outcome = await fromXml(text)
  t.equal(outcome.resourceType, 'OperationOutcome')
  const anonymous = await ask('GET', '/fhir/Observation?_format=xml')
  t.equal(anonymous.status, 401)
  t.equal(anonymous.headers['content-type'], xmlType)
})

t.test('hidden and absent answer alike in XML, too', async t => {
  const [hidden, absent] = await Promise.all(
    ['tinglin-w', 'tinglin-none'].map(id =>
      ask('GET', `/fhir/Observation/${id}?_format=xml`, { as: no6 }),
    ),
  )
  t.equal(hidden!.status, 404)
  t.equal(hidden!.text, absent!.text)
})

t.test('what is neither JSON nor XML is 406 on the way out and 415 on the way in', async t => {
  for (const [query, accept] of [
    ['', 'text/turtle'],
    ['', 'application/fhir+turtle, text/html'],
    ['', '*/*;q=0'],
    ['', 'application/fhir+json; fhirVersion=3.0'],
    ['?_format=ttl', '*/*'],
    ['?_format=html', '*/*'],
    ['?_format=json&_format=xml', '*/*'],
    ['?_format=', '*/*'],
  ] as const) {
    const { status, json, headers } = await ask('GET', `/fhir/Observation/tinglin-w${query}`, {
      as: tinglin,
      headers: { accept },
    })
    t.equal(status, 406, query + accept)
    t.equal(headers['content-type'], jsonType)
    t.equal(json.issue[0].details.coding[0].code, 'format-not-acceptable')
  }
  for (const type of [
    'text/plain',
    'application/fhir+turtle',
    'application/x-www-form-urlencoded',
  ]) {
    const { status, json } = await putXml(weight('1'), { 'content-type': type })
    t.equal(status, 415, type)
    t.equal(json.issue[0].details.coding[0].code, 'format-unsupported')
  }
})

t.test('the Accept header decides by quality and specificity', async t => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, 'json'],
    ['application/fhir+xml', 'xml'],
    ['application/fhir+xml;q=0.3,application/*;q=0.9', 'json'],
    ['application/json;q=0, */*', 'json'],
    ['application/fhir+json;q=0, application/json;q=0, text/json;q=0, */*;q=0.1', 'xml'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml'],
    ['text/html, */*;q=0.1', 'json'],
    ['application/fhir+xml; fhirVersion=4.0', 'xml'],
    ['application/fhir+xml; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0', 'json'],
    ['Application/FHIR+XML ; Q=0.5', 'xml'],
    ['image/png', undefined],
    ['application/fhir+json;q=high', undefined],
    [','.repeat(5000), undefined],
  ]
  for (const [header, format] of cases) t.equal(acceptedFormat(header), format, String(header))
})

t.test('bad XML is 400 with line and column, and nothing is written', async t => {
  const before = await ask('GET', '/fhir/Observation/tinglin-w', { as: tinglin })
  for (const [body, code] of [
    [weight('1').replace('</Observation>', ''), 'xml-malformed'],
    [weight('1').replace('<status', '<state'), 'xml-element-unknown'],
    [`<!DOCTYPE x [<!ENTITY a "b">]>${weight('1').slice(39)}`, 'xml-doctype'],
    ['', 'body-missing'],
    ['{"resourceType":"Observation"}', 'xml-malformed'],
  ] as const) {
    const { status, json } = await putXml(body)
    t.equal(status, 400, code)
    t.equal(json.issue[0].details.coding[0].code, code)
  }
  const invalid = await putXml(weight('a lot'))
  t.equal(invalid.status, 422)
  t.match(invalid.json.issue[0].expression[0], /^Observation\.value/)
  const after = await ask('GET', '/fhir/Observation/tinglin-w', { as: tinglin })
  t.equal(after.text, before.text)
})

t.test('_pretty=true lays an answer out and changes nothing in it', async t => {
  for (const path of ['Observation/tinglin-w', 'Observation?_id=tinglin-w', 'Observation/none']) {
    const mark = path.includes('?') ? '&' : '?'
    const plain = await ask('GET', `/fhir/${path}`, { as: tinglin })
    const pretty = await ask('GET', `/fhir/${path}${mark}_pretty=true`, { as: tinglin })
    t.match(pretty.text, /^\{\n {2}"resourceType": "/)
    t.same({ ...pretty.json, link: 0 }, { ...plain.json, link: 0 }, path)
    const xml = await ask('GET', `/fhir/${path}${mark}_pretty=true&_format=xml`, { as: tinglin })
    t.match(xml.text, /^<\?xml [^\n]*\?>\n<\w+ xmlns="http:\/\/hl7.org\/fhir">\n {2}</)
  }
  t.match(
    (await ask('GET', '/fhir/Observation/tinglin-w?_pretty=true', { as: tinglin })).text,
    '"value": 60.10',
  )
  t.ok(app.context)
})
