type Members = Record<string, unknown>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Relations of R5 as R4 calls them, from the side of the target. */
const equivalences: Readonly<Record<string, string>> = {
  equivalent: 'equivalent',
  'source-is-broader-than-target': 'narrower',
  'source-is-narrower-than-target': 'wider',
  'not-related-to': 'disjoint',
  'related-to': 'relatedto',
}

const laterOperator =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.compose.include.filter.op'

/** A resource of the tests, which are written in R5, as R4 has it. */
export const r4Resource = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(r4Resource)
  if (!isMembers(value)) return value
  const members: Members = {}
  for (const [name, member] of Object.entries(value)) {
    if (name.includes(':') || name === 'versionAlgorithmCoding') continue
    if (name === 'sourceScopeUri') members['sourceUri'] = member
    else if (name === 'targetScopeUri') members['targetUri'] = member
    else if (name === 'relationship') {
      members['equivalence'] = equivalences[String(member)]
      // R4 wants to know why a map is narrower.
      if (members['equivalence'] === 'narrower') members['comment'] = 'narrower'
    } else members[name] = r4Resource(member)
  }
  // Operators that came later travel as an extension.
  if (members['op'] === 'child-of') {
    delete members['op']
    members['_op'] = { extension: [{ url: laterOperator, valueCode: 'child-of' }] }
  }
  if (/^(CodeSystem|ValueSet)$/.test(String(members['resourceType'])))
    members['status'] ??= 'unknown'
  // An unmapped code has no relation in R4.
  if (isMembers(members['unmapped'])) delete members['unmapped']['equivalence']
  return members
}

const property =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property'
const declared = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property'

/** An expansion of R4 as R5 writes it: properties are no extensions there. */
export const r5Expansion = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(r5Expansion)
  if (!isMembers(value)) return value
  const { extension, ...rest } = value
  const members = Object.fromEntries(
    Object.entries(rest).map(([name, member]) => [name, r5Expansion(member)]),
  )
  if (!Array.isArray(extension)) return members
  const extensions = extension as readonly Members[]
  const properties = extensions
    .filter(({ url }) => url === property || url === declared)
    .map(({ extension: parts }) => propertyOf(parts as readonly Members[]))
  const others = extensions.filter(({ url }) => url !== property && url !== declared)
  return {
    ...members,
    ...(others.length === 0 ? {} : { extension: others }),
    ...(properties.length === 0 ? {} : { property: properties }),
  }
}

const propertyOf = (parts: readonly Members[]): Members =>
  Object.fromEntries(
    parts.map(({ url, ...value }) => {
      const [[member, content] = []] = Object.entries(value)
      return url === 'value' ? [member!, content] : [String(url), content]
    }),
  )

/** The parameters of a request of R5 as R4 names them. */
export const r4Request = (body: Members): Members => {
  const list = body['parameter'] as readonly Members[]
  const isBackwards = list.some(({ name }) => name === 'targetCode')
  const names: Readonly<Record<string, string>> = isBackwards
    ? { targetCode: 'code', targetSystem: 'system', sourceSystem: 'targetsystem' }
    : { sourceCode: 'code', sourceSystem: 'system', targetSystem: 'targetsystem' }
  const parameter: Members[] = list.map(one => ({
    ...(r4Resource(one) as Members),
    name: names[String(one['name'])] ?? one['name'],
  }))
  if (isBackwards) parameter.push({ name: 'reverse', valueBoolean: true })
  return { ...body, parameter }
}

const kinds = 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type'

/**
 * Without what every server words in its own way: messages, their ids, and codings of issues beyond the
 * kind that servers share. Matches of concept maps as R5 names their parts.
 */
export const wordless = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter(one => !isMessage(one)).map(wordless)
  if (!isMembers(value)) return value
  const members = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, wordless(member)]),
  )
  if (members['name'] === 'source' && 'valueUri' in members)
    return { name: 'originMap', valueCanonical: members['valueUri'] }
  if (!('severity' in members) || !isMembers(members['details'])) return members
  const coding = (members['details']['coding'] ?? []) as readonly Members[]
  const kind = coding.filter(({ system }) => system === kinds)
  const issue = Object.entries(members).filter(([name]) => name !== 'extension')
  return { ...Object.fromEntries(issue), details: { coding: kind } }
}

const isMessage = (value: unknown): boolean => isMembers(value) && value['name'] === 'message'
