import type { Extension } from '@medplum/fhirtypes'
import type { Member } from './value-set.ts'

/** R5 has properties in an expansion; R4 carries them as these extensions. @see https://hl7.org/fhir/versions.html#extensions */
const declared = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property'
const carried =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property'

const core = 'http://hl7.org/fhir/StructureDefinition'

/** Extensions of a concept that say what a property says; those of the value set go first. */
const propertyExtensions: ReadonlyMap<string, string> = new Map([
  [`${core}/valueset-conceptOrder`, 'order'],
  [`${core}/codesystem-conceptOrder`, 'order'],
  [`${core}/valueset-label`, 'label'],
  [`${core}/codesystem-label`, 'label'],
  [`${core}/itemWeight`, 'weight'],
])

const uris: Readonly<Record<string, string>> = {
  order: 'http://hl7.org/fhir/concept-properties#order',
  label: 'http://hl7.org/fhir/concept-properties#label',
  weight: 'http://hl7.org/fhir/concept-properties#itemWeight',
  status: 'http://hl7.org/fhir/concept-properties#status',
  definition: 'http://hl7.org/fhir/concept-properties#definition',
}

/** Extensions that travel with a code. */
const shownUrls: ReadonlySet<string> = new Set(
  ['rendering-style', 'rendering-xhtml', 'valueset-deprecated', 'valueset-concept-definition'].map(
    name => `${core}/${name}`,
  ),
)

type Value = Readonly<Record<string, unknown>>

const valueOf = (from: object): Value =>
  Object.fromEntries(Object.entries(from).filter(([key]) => key.startsWith('value')))

/** Every property of a member that an expansion may show. */
const known = (member: Member): Map<string, readonly Value[]> => {
  const { concept, written } = member
  const found = new Map<string, readonly Value[]>()
  for (const property of concept?.properties ?? [])
    found.set(property.code!, [...(found.get(property.code!) ?? []), valueOf(property)])
  for (const extension of [...(concept?.extensions ?? []), ...(written?.extension ?? [])]) {
    const code = propertyExtensions.get(extension.url!)
    if (code !== undefined) found.set(code, [asDecimal(code, valueOf(extension))])
  }
  if (concept?.definition !== undefined)
    found.set('definition', [{ valueString: concept.definition }])
  const standing = concept?.standing
  if (standing !== undefined) found.set('status', [{ valueCode: standing }])
  return found
}

const asDecimal = (code: string, value: Value): Value =>
  code === 'order' ? { valueDecimal: value['valueInteger'] ?? value['valueDecimal'] } : value

const always = ['label', 'order', 'status', 'weight']

/** The properties of a member as extensions: those asked for, and what orders and marks it. */
export const propertiesOf = (member: Member, asked: readonly string[]): Extension[] => {
  const found = known(member)
  return [...new Set([...always, ...asked])].sort().flatMap(code =>
    (found.get(code) ?? []).map((value): Extension => ({
      url: carried,
      extension: [
        { url: 'code', valueCode: code },
        { url: 'value', ...value },
      ],
    })),
  )
}

/** What those properties mean, once per expansion. */
export const declaredProperties = (
  members: readonly Member[],
  asked: readonly string[],
): Extension[] => {
  const codes = new Set<string>()
  const urisOf = new Map<string, string>()
  for (const member of members) {
    const found = known(member)
    for (const code of [...always, ...asked]) if (found.has(code)) codes.add(code)
    for (const { code, uri } of member.concepts?.declared ?? [])
      if (code !== undefined && uri !== undefined) urisOf.set(code, uri)
  }
  return [...codes].sort().map(code => ({
    url: declared,
    extension: [
      { url: 'code', valueCode: code },
      { url: 'uri', valueUri: uris[code] ?? urisOf.get(code) ?? code },
    ],
  }))
}

/** The extensions a code is shown with. */
export const shownExtensions = ({ concept, written }: Member): Extension[] => {
  const found = new Map<string, Extension>()
  for (const extension of [...(concept?.extensions ?? []), ...(written?.extension ?? [])])
    if (shownUrls.has(extension.url!)) found.set(extension.url!, extension)
  return [...found.values()]
}
