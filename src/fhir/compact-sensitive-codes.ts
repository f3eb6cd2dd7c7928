import { hash } from 'node:crypto'
import type { Resource, ValueSet } from '@medplum/fhirtypes'
import { isIcd10 } from './icd10.ts'
import type { CompactSensitiveCodes, SensitiveSet } from './sensitive-codes.ts'

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
/** Sets are bits of a number. */
const setsMax = 30

/**
 * The value sets among `resources` that name security labels as their focus, for one look per code.
 * @throws Error for a set that is made of anything but codes, and categories of ICD-10
 */
export const compactSensitiveCodes = (resources: readonly Resource[]): CompactSensitiveCodes => {
  const sets: SensitiveSet[] = []
  const icd10 = new Map<string, number>()
  const codes = new Map<string, Map<string, number>>()
  for (const resource of resources) {
    if (resource.resourceType !== 'ValueSet') continue
    const tags = tagsOf(resource)
    if (tags.length === 0) continue
    const bit = 1 << sets.length
    if (sets.push({ url: resource.url!, tags }) > setsMax) throw new Error('too many value sets')
    for (const { system, code, isCategory } of codesOf(resource)) {
      if (isCategory !== isIcd10(system)) throw new Error(`${resource.url}: ${system}|${code}`)
      const of = isCategory ? icd10 : (codes.get(system) ?? new Map<string, number>())
      if (!isCategory) codes.set(system, of)
      of.set(code, (of.get(code) ?? 0) | bit)
    }
  }
  const compact = {
    ...{ sets, icd10: [...icd10] },
    codes: [...codes].map(([system, list]) => [system, [...list]] as const),
  }
  return { digest: hash('sha256', JSON.stringify(compact), 'hex'), ...compact }
}

const tagsOf = ({ useContext }: ValueSet): readonly string[] =>
  (useContext ?? []).flatMap(({ code, valueCodeableConcept }) =>
    code?.code === 'focus'
      ? (valueCodeableConcept?.coding ?? []).flatMap(coding =>
          coding.system === actCode && coding.code !== undefined ? [coding.code] : [],
        )
      : [],
  )

const codesOf = ({ url, compose }: ValueSet) =>
  (compose?.include ?? []).flatMap(({ system, concept, filter, valueSet }) => {
    const [one, other] = filter ?? []
    const isPlain = system !== undefined && valueSet === undefined && other === undefined
    if (isPlain && concept !== undefined && one === undefined)
      return concept.map(({ code }) => ({ system, code: code!, isCategory: false }))
    if (isPlain && one?.property === 'concept' && one.op === 'is-a')
      return [{ system, code: one.value!, isCategory: true }]
    throw new Error(`${url}: a part of it is neither codes nor a category`)
  })
