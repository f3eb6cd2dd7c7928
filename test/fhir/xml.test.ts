/** FHIR XML, both ways. @see https://hl7.org/fhir/R4/xml.html */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { InvalidRequest } from '../../src/fhir/errors.ts'
import { parseJson, stringifyJson } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { validate } from '../../src/fhir/validate.ts'
import { parseXml } from '../../src/fhir/xml-reader.ts'
import { stringifyXml } from '../../src/fhir/xml-writer.ts'
import { data } from '../data.ts'
import { parseExact } from '../story/exact-json.ts'
import { entriesOf, filesIn } from './corpus.ts'

const definitions = loadDefinitions()
const toXml = (resource: unknown, isPretty = false): string =>
  stringifyXml(resource as Resource, definitions, { isPretty })
const fromXml = (text: string): Promise<Resource> => parseXml(Buffer.from(text), definitions)
const exact = (resource: unknown) => parseExact(stringifyJson(resource))
const patient = (inner: string): string => `<Patient xmlns="http://hl7.org/fhir">${inner}</Patient>`

/** The code, line and column of the refusal. */
const refusal = async (text: string): Promise<string> => {
  try {
    await fromXml(text)
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error
    const { line, column } = error.parameters
    return `${error.code} ${line}:${column}`
  }
  return 'taken'
}

t.test('every official example survives JSON, XML, JSON with equal content', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  let same = 0
  for (const name of readdirSync(folder).filter(name => name.endsWith('.json'))) {
    const bytes = readFileSync(join(folder, name))
    const original = parseExact(bytes.toString('utf8'))
    for (const isPretty of [false, true]) {
      const back = exact(await fromXml(toXml(parseJson(bytes), isPretty)))
      if (isDeepStrictEqual(back, original)) same++
      else t.strictSame(back, original, name)
    }
  }
  t.equal(same, 717 * 2)
})

t.test('every example in XML is valid as often as it is in JSON', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  for (const [file, resource] of filesIn(folder)) {
    const inXml = validate(await fromXml(toXml(resource)), definitions)
    if (!isDeepStrictEqual(inXml, validate(resource, definitions))) t.fail(file)
  }
  t.pass('all compared')
})

t.test('XML written by others is read: namespaces, comments, layout, order', async t => {
  const folder = data(t, '03-fhir-test-cases/r4')
  if (folder === undefined) return
  let count = 0
  for (const name of readdirSync(folder).filter(name => name.endsWith('.xml'))) {
    const text = readFileSync(join(folder, name), 'utf8')
    const found = await refusal(text)
    if (found !== 'taken') t.comment(`${name}: ${found}`)
    else {
      count++
      t.strictSame(
        exact(await fromXml(toXml(await fromXml(text)))),
        exact(await fromXml(text)),
        name,
      )
    }
  }
  t.ok(count > 10, `${count} files`)
})

t.test('a synthetic record survives, 200 resources at once', async t => {
  const folder = data(t, '01-synthea/smart-2019-dev40')
  if (folder === undefined) return
  for (const [file, bundle] of filesIn(folder)) {
    t.ok(entriesOf(bundle).length > 0)
    t.ok(isDeepStrictEqual(exact(await fromXml(toXml(bundle))), exact(bundle)), file)
    break
  }
})

t.test('values, primitive extensions and ids keep their places', async t => {
  const resource = {
    resourceType: 'Patient',
    id: 'a',
    _id: { extension: [{ url: 'http://x', valueBoolean: false }] },
    name: [
      {
        id: 'n1',
        given: ['张 "三" <&>\t\n\r', null, '四'],
        _given: [null, { id: 'g2', extension: [{ url: 'http://x', valueDecimal: 0.5 }] }, null],
      },
    ],
    active: true,
    _birthDate: { extension: [{ url: 'http://x', valueCode: 'unknown' }] },
  }
  const xml = toXml(resource)
  t.match(xml, '<name id="n1"><given value="张 &quot;三&quot; &lt;&amp;&gt;&#9;&#10;&#13;"/>')
  t.match(xml, '<given id="g2"><extension url="http://x"><valueDecimal value="0.5"/></extension>')
  t.ok(xml.indexOf('<active') < xml.indexOf('<name'), 'in the order of the definition')
  t.strictSame(exact(await fromXml(xml)), exact(resource))
})

t.test('decimals keep their digits', async t => {
  for (const digits of ['1.10', '0.00', '100', '1e2', '-0', '12345678901234567890.123']) {
    const xml = `<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="${digits}"/></valueQuantity></Observation>`
    t.match(stringifyJson(await fromXml(xml)), `"value":${digits}}`)
    t.match(toXml(parseJson(Buffer.from(stringifyJson(await fromXml(xml))))), `value="${digits}"`)
  }
})

t.test('what is no number or boolean stays a text, and validation refuses it', async t => {
  const found = await fromXml(patient('<active value="yes"/><multipleBirthInteger value="007"/>'))
  t.strictSame(
    validate(found, definitions).map(({ code, expression }) => `${code} ${expression}`),
    ['element-kind Patient.active', 'element-kind Patient.multipleBirthInteger'],
  )
})

t.test('narratives keep their text; a broken one is shown as text', async t => {
  const div =
    '<div xmlns="http://www.w3.org/1999/xhtml">a&#160;b<br/> &lt; <b class=\'x\'>c</b>\r\n</div>'
  const narrative = (text: string) => ({
    resourceType: 'Patient',
    text: { status: 'generated', div: text },
  })
  t.strictSame(await fromXml(toXml(narrative(div))), narrative(div))
  t.match(toXml(narrative('<div>a</div>')), '<div xmlns="http://www.w3.org/1999/xhtml">a</div>')
  for (const broken of [
    '<div>&nbsp;</div>',
    '<div><br></div>',
    '<div>a</div><div/>',
    '<p/>',
    '<!DOCTYPE a><div/>',
  ]) {
    const back = await fromXml(toXml(narrative(broken)))
    t.match((back['text'] as { div: string }).div, /^<div xmlns="[^"]*">&lt;/, broken)
  }
  const prefixed =
    '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text><f:status value="generated"/><div>a</div></f:text></f:Patient>'
  t.strictSame(
    await fromXml(prefixed),
    narrative('<div xmlns="http://www.w3.org/1999/xhtml">a</div>'),
  )
})

t.test('characters XML cannot hold never make a broken document', async t => {
  const xml = toXml({ resourceType: 'Patient', name: [{ text: 'a\u0001\ud800\ufffe😀' }] })
  t.match(xml, 'value="a\ufffd\ufffd\ufffd😀"')
  t.equal(await refusal(xml), 'taken')
})

t.test('what is wrong is refused with line and column', async t => {
  const cases: readonly (readonly [text: string, found: RegExp])[] = [
    ['', /^xml-malformed 1:0/],
    ['{}', /^xml-malformed 1:/],
    [patient('\n<name>'), /^xml-malformed 2:16/],
    [patient('<name value="&nbsp;"/>'), /^xml-malformed 1:/],
    [patient('<active value="true" value="true"/>'), /^xml-malformed/],
    [patient('<x:active/>'), /^xml-malformed/],
    [patient('\n  <nmae/>'), /^xml-element-unknown 2:9/],
    [patient('<active value="true"/><active value="false"/>'), /^xml-element-repeated 1:/],
    [patient('<active value="true" valu="x"/>'), /^xml-attribute-unknown/],
    [patient('<active>true</active>'), /^xml-text-unexpected/],
    [patient('<![CDATA[x]]>'), /^xml-text-unexpected/],
    [patient('<active xmlns="urn:x" value="true"/>'), /^xml-namespace/],
    [patient('<text><div>a</div></text>'), /^xml-namespace/],
    [patient('<contained><Patient/><Patient/></contained>'), /^xml-resource-count/],
    [patient('<contained><Nobody/></contained>'), /^xml-root/],
    [patient('<id id="x" url="y" value="z"/>'), /^xml-attribute-unknown/],
    ['<patient xmlns="http://hl7.org/fhir"/>', /^xml-root/],
    ['<Patient/>', /^xml-root/],
    ['<?xml version="1.0" encoding="GBK"?><Patient xmlns="http://hl7.org/fhir"/>', /^xml-encoding/],
    [
      patient('<text><h:div xmlns:h="http://www.w3.org/1999/xhtml"/></text>'),
      /^xml-narrative-prefix/,
    ],
    [
      patient(`<contained>${patient('')}</contained>`.repeat(1) + '<__proto__/>'),
      /^xml-element-unknown/,
    ],
  ]
  for (const [text, found] of cases) t.match(await refusal(text), found, text)
  t.equal(await refusal(patient('\n<!-- a --><?b c?><active value="true"/>')), 'taken')
})

t.test('entities and DOCTYPE are refused before they mean anything', async t => {
  const bombs = [
    '<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>',
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>',
    '<!DOCTYPE Patient SYSTEM "http://127.0.0.1:1/x.dtd"><Patient xmlns="http://hl7.org/fhir"/>',
  ]
  for (const bomb of bombs) t.match(await refusal(bomb), /^xml-doctype 1:/)
  t.match(await refusal(patient('<id value="&x;"/>')), /^xml-malformed/)
})

t.test('depth and size are bounded', async t => {
  const deep = '<extension url="a">'.repeat(100_000)
  t.match(await refusal(patient(deep)), /^xml-too-deep/)
  t.match(
    await refusal(
      patient(`<text><div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(100_000)}`),
    ),
    /^xml-too-deep/,
  )
  await t.rejects(parseXml(Buffer.alloc(17 * 1024 * 1024, ' '), definitions), {
    code: 'body-too-large',
  })
  await t.rejects(parseXml(Buffer.from([0x3c, 0xff]), definitions), { code: 'body-not-utf8' })
})

t.test(
  'a body read in several turns reads as one, also where a turn ends in a narrative',
  async t => {
    for (const shift of [0, 1, 2, 3, 4, 5]) {
      const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'.'.repeat(shift)}${'a😀\r\n<br/>'.repeat(12_000)}</div>`
      const resource = {
        resourceType: 'Patient',
        text: { status: 'generated', div },
        name: [{ text: '张'.repeat(70_000 + shift) }],
      }
      t.ok(isDeepStrictEqual(await fromXml(toXml(resource)), resource))
    }
    const late = await refusal(patient('<name/>\n'.repeat(10_000) + '<nmae/>'))
    t.equal(late, 'xml-element-unknown 10001:7')
  },
)
