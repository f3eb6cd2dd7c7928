import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { Decimal } from '../../src/fhir/json.ts'
import { validate } from '../../src/fhir/validate.ts'
import { data } from '../data.ts'
import { filesIn } from './corpus.ts'

const definitions = loadDefinitions()

type Container = Record<string, unknown>

/** One place in a resource: the value, what holds it, and its FHIRPath. */
interface Place {
  readonly container: Container
  readonly key: string
  readonly path: string
}

const placesIn = function* (container: Container, path: string): Generator<Place> {
  for (const key of Object.keys(container)) {
    if (key === 'resourceType') continue
    const plain = key.replace(/^_/, '')
    const place = Array.isArray(container) ? `${path}[${key}]` : `${path}.${plain}`
    yield { container, key, path: place }
    const value = container[key]
    if (typeof value === 'object' && value !== null && !(value instanceof Decimal))
      yield* placesIn(value as Container, place)
  }
}

const isObject = (value: unknown): value is Container =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Decimal)

/** Each turns a value into one that no element accepts there, or gives nothing where it does not apply. */
const mutations: Record<string, (value: unknown) => unknown> = {
  'an unknown member': value => (isObject(value) ? { ...value, unheardOf: 1 } : undefined),
  'an empty object': value => (isObject(value) ? {} : undefined),
  'an empty array': value => (Array.isArray(value) ? [] : undefined),
  'an array around it': value => (Array.isArray(value) ? undefined : [value]),
  'the item without its array': value =>
    Array.isArray(value) ? (value[0] ?? undefined) : undefined,
  'an array inside the array': value => (Array.isArray(value) ? [value] : undefined),
  'an empty string': value => (typeof value === 'string' ? '' : undefined),
  'a control character': value => (typeof value === 'string' ? `${value}\u0001` : undefined),
  'a number for a string': value => (typeof value === 'string' ? 7 : undefined),
  'a string for a number': value =>
    typeof value === 'number' || value instanceof Decimal ? String(value) : undefined,
  'a string for a boolean': value => (typeof value === 'boolean' ? String(value) : undefined),
  'an object for a primitive': value => (typeof value === 'object' ? undefined : { text: 'x' }),
  'a string for an object': value => (isObject(value) ? 'x' : undefined),
  null: value => (value === null ? undefined : null),
}

/** Null is right in `_name` arrays, and beside them. */
const mayBeNull = ({ container, key, path }: Place) =>
  Array.isArray(container) && (path.includes('._') || !isObject(container[Number(key)]))

t.test('Whatever is changed in a valid resource is noticed where it was changed', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  const types = new Set<string>()
  const seen: Record<string, number> = {}
  for (const [file, resource] of filesIn(folder)) {
    const type = resource.resourceType
    if (types.has(type) || JSON.stringify(resource).length > 20_000) continue
    if (validate(resource, definitions).length > 0) continue
    types.add(type)
    for (const place of placesIn(resource, type)) {
      const { container, key, path } = place
      const value = container[key]
      for (const [name, mutate] of Object.entries(mutations)) {
        const changed = mutate(value)
        if (changed === undefined || (changed === null && mayBeNull(place))) continue
        container[key] = changed
        const found = validate(resource, definitions)
        container[key] = value
        seen[name] = (seen[name] ?? 0) + 1
        if (!found.some(({ expression }) => expression?.startsWith(path)))
          t.fail(`${file}: ${name} at ${path} was not noticed: ${JSON.stringify(found[0])}`)
      }
    }
    t.same(validate(resource, definitions), [], `${file} is whole again`)
  }
  t.ok(types.size > 100, `${types.size} types`)
  for (const name of Object.keys(mutations)) t.ok((seen[name] ?? 0) > 50, `${name}: ${seen[name]}`)
})
