import type { ObjectCheck } from './element-check.ts'
import { objectsIn } from './questionnaire-conditions.ts'

/**
 * Whether the codes a map starts from are of the value set that it says it maps, where that is here in
 * full.
 * @see https://hl7.org/fhir/R4/conceptmap.html
 */
export const conceptMapCheck: ObjectCheck = (node, walk) => {
  const valueSet = node['sourceCanonical'] ?? node['sourceUri']
  const codings = typeof valueSet === 'string' ? walk.profiles?.codes(valueSet)?.codings : undefined
  if (typeof valueSet !== 'string' || codings === undefined) return
  for (const [group, { source, element }] of objectsIn(node['group']).entries()) {
    if (typeof source !== 'string') continue
    for (const [at, { code }] of objectsIn(element).entries()) {
      if (typeof code !== 'string' || codings.has(`${source}|${code}`)) continue
      const place = `group[${group}].element[${at}].code`
      walk.report('code-invalid', 'concept-map-code', { valueSet }, place)
    }
  }
}
