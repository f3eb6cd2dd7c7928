import type { Doubt } from './doubt.ts'
import { isResidentIdAlias, residentIdOf, residentIdSystem } from './resident-id.ts'
import { isObject, type JsonObject } from './walk.ts'

/** Values by which systems say that they have no identifier. */
const placeholders: ReadonlySet<string> = new Set([
  ...['na', 'n/a', 'n.a.', '-', '--', '/', '.', '0', 'null', 'none', 'nil', 'unknown', 'undefined'],
  ...['无', '不详', '未知', '暂无', '没有', '未填', '空'],
])

/** One character over and over, three times at least: a single digit may be a number. */
const repeated = /^(.)\1{2,}$/su

/** Whether a value stands in place of an identifier that is missing. */
export const isPlaceholder = (value: string): boolean => {
  const text = value.trim().toLowerCase()
  return text === '' || placeholders.has(text) || repeated.test(text)
}

const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : []

/** The identifiers of a resource, and what the person it is about says against them. */
export const judgeIdentified = (resource: JsonObject, path: string, doubt: Doubt): void => {
  const { identifier } = resource
  const names = namesOf(resource)
  for (const [index, one] of objects(identifier).entries()) {
    const at = Array.isArray(identifier) ? `${path}.identifier[${index}]` : `${path}.identifier`
    const { system, value } = one
    if (typeof value !== 'string') continue
    if (isPlaceholder(value) || names.has(value.trim()))
      doubt('value', 'identifier-placeholder', `${at}.value`)
    else if (typeof system === 'string') judgeResidentId({ system, value, at }, resource, doubt)
  }
}

const namesOf = ({ name }: JsonObject): ReadonlySet<string> =>
  new Set(
    objects(name).flatMap(({ text, family, given }) => {
      const parts = [family, ...(Array.isArray(given) ? given : [])]
      const joined = parts.filter(part => typeof part === 'string').join('')
      return [text, joined].filter(one => typeof one === 'string' && one !== '') as string[]
    }),
  )

interface Identified {
  readonly system: string
  readonly value: string
  readonly at: string
}

const oldLength = 15

const judgeResidentId = (
  { system, value, at }: Identified,
  { birthDate, gender }: JsonObject,
  doubt: Doubt,
): void => {
  const isAlias = isResidentIdAlias(system)
  if (!isAlias && system !== residentIdSystem) return
  if (isAlias) doubt('value', 'resident-id-system', `${at}.system`, { expected: residentIdSystem })
  const read = residentIdOf(value)
  const here = `${at}.value`
  if (read === undefined) {
    const isOld = value.length === oldLength && /^\d+$/.test(value)
    if (!isOld) doubt('value', 'resident-id-form', here, { found: [...value].length })
    return
  }
  if (!read.hasRightCheck) return doubt('value', 'resident-id-check', here)
  if (value.endsWith('x')) doubt('value', 'resident-id-letter', here)
  // A birth date may be known to the month or the year only.
  if (typeof birthDate === 'string' && !read.birthDate.startsWith(birthDate.slice(0, 10)))
    doubt('business-rule', 'resident-id-birth-date', here)
  if ((gender === 'male' || gender === 'female') && gender !== read.gender)
    doubt('business-rule', 'resident-id-gender', here)
}
