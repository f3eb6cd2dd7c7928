import type { Coding, ParametersParameter } from '@medplum/fhirtypes'
import { displayIn, speaks } from './displays.ts'
import { conceptsNamed, type Terms } from './terms.ts'
import type { Member } from './value-set.ts'

const preferred: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra',
  code: 'preferredForLanguage',
}

/**
 * All that is known of a concept, as the parameters of the answer; a word where the code system or
 * the code is not here.
 * @see https://hl7.org/fhir/R4/codesystem-operation-lookup.html
 */
export const lookup = async (
  { system = '', version, code = '' }: Coding,
  {
    properties,
    languages,
  }: { readonly properties: readonly string[]; readonly languages: readonly string[] },
  terms: Terms,
): Promise<readonly ParametersParameter[] | 'system-unknown' | 'code-unknown'> => {
  const concepts = await conceptsNamed(system, version, terms)
  if (concepts === undefined) return 'system-unknown'
  const concept = concepts.find(code)
  if (concept === undefined) return 'code-unknown'
  const member: Member = {
    ...{ system, version: concepts.system.version, code: concept.code, concept, concepts },
    written: undefined,
  }
  const { name, language } = concepts.system
  const display = displayIn(member, languages)
  const isWanted = (property: string): boolean =>
    properties.length === 0 || properties.includes('*') || properties.includes(property)
  const plain: readonly (readonly [string, object | undefined])[] = [
    ['name', { valueString: name ?? concepts.canonical }],
    ['version', concepts.system.version && { valueString: concepts.system.version }],
    ['system', { valueUri: concepts.system.url }],
    ['code', { valueCode: concept.code }],
    ['display', display === undefined ? undefined : { valueString: display }],
    ['definition', concept.definition && { valueString: concept.definition }],
    ['abstract', { valueBoolean: concept.isAbstract }],
  ].map(([key, value]) => [key as string, (value || undefined) as object | undefined])
  return [
    ...plain.flatMap(([key, value]) => (value === undefined ? [] : [{ name: key, ...value }])),
    ...(concept.display === undefined || language === undefined
      ? []
      : [designation({ language, use: preferred, value: concept.display })]),
    ...concept.designations
      .filter(
        ({ language: spoken }) =>
          languages.length === 0 ||
          languages.some(asked => spoken === undefined || speaks(spoken, asked)),
      )
      .map(designation),
    ...propertyParameters(member, isWanted),
    ...concepts.supplements.map(valueCanonical => ({ name: 'used-supplement', valueCanonical })),
  ]
}

const designation = ({
  language,
  use,
  value,
  source,
}: {
  readonly language?: string
  readonly use?: Coding
  readonly value?: string
  readonly source?: string
}): ParametersParameter => ({
  name: 'designation',
  part: [
    ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
    ...(use === undefined ? [] : [{ name: 'use', valueCoding: use }]),
    ...(source === undefined ? [] : [{ name: 'source', valueCanonical: source }]),
    { name: 'value', valueString: value! },
  ],
})

const propertyParameters = (
  { concept }: Member,
  isWanted: (property: string) => boolean,
): readonly ParametersParameter[] => {
  const { parents, children, properties, isInactive } = concept!
  const found: readonly (readonly [string, object, string | undefined])[] = [
    ...parents.map(({ code, display }) => ['parent', { valueCode: code }, display] as const),
    ...children.map(({ code, display }) => ['child', { valueCode: code }, display] as const),
    ['inactive', { valueBoolean: isInactive }, undefined],
    ...properties
      .filter(({ code }) => !hierarchy.has(code!))
      .map(({ code, ...value }) => [code!, value, undefined] as const),
  ]
  return found
    .filter(([code]) => isWanted(code))
    .map(([code, value, description]) => ({
      name: 'property',
      part: [
        { name: 'code', valueCode: code },
        { name: 'value', ...value },
        ...(description === undefined ? [] : [{ name: 'description', valueString: description }]),
      ],
    }))
}

const hierarchy: ReadonlySet<string> = new Set(['parent', 'child', 'subsumedBy', 'inactive'])
