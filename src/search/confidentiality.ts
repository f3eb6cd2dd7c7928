import { codingHash } from './hash.ts'

/** @see https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html */
export const confidentialitySystem = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
/** The system of sensitivity tags. @see https://terminology.hl7.org/CodeSystem-v3-ActCode.html */
export const actCodeSystem = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

const levels = ['U', 'L', 'M', 'N', 'R', 'V']
/** What a record without label counts as. */
export const normal = levels.indexOf('N')
/** What a record with any sensitivity tag counts as at least. */
export const restricted = levels.indexOf('R')

/** Sensitivity tags that are a kind of others: those of the code system, and ETH of both use disorders. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  ...{ ETHUD: ['ETH', 'SUD'], OPIOIDUD: ['ETH', 'SUD'], SUD: ['SPI'], PSY: ['SPI'], MH: ['SPI'] },
  ...{ PSYTHPN: ['SPI'], BH: ['SPI'], COGN: ['BH'], DVD: ['BH'], EMOTDIS: ['BH'] },
}

/** Codes of InformationSensitivityPolicy: what a record is about. */
const sensitivities: ReadonlySet<string> = new Set([
  ...['ETH', 'ETHUD', 'OPIOIDUD', 'GDIS', 'HIV', 'MST', 'SCA', 'SDV', 'SEX', 'SPI', 'BH', 'COGN'],
  ...['DVD', 'EMOTDIS', 'MH', 'PSY', 'PSYTHPN', 'SUD', 'STD', 'TBOO', 'VIO', 'SICKLE', 'DEMO'],
  ...['DOB', 'GENDER', 'LIVARG', 'MARST', 'RACE', 'REL', 'B', 'EMPL', 'LOCIS', 'SSP', 'ADOL'],
  ...['CEL', 'DIA', 'DRGIS', 'EMP', 'PDS', 'PHY', 'PRS', 'COMPT', 'HRCOMPT', 'RESCOMPT', 'GENETIC'],
])

type Coding = Readonly<Record<string, unknown>>

/** The level of a confidentiality coding, or undefined when it is none. A system may be left out. */
export const confidentialityOf = ({ system, code }: Coding): number | undefined => {
  if (system !== undefined && system !== confidentialitySystem) return undefined
  const level = levels.indexOf(String(code))
  return level < 0 ? undefined : level
}

/** The tag of a sensitivity coding, or undefined when it is none. A system may be left out. */
export const sensitivityOf = ({ system, code }: Coding): string | undefined =>
  (system === undefined || system === actCodeSystem) && sensitivities.has(String(code))
    ? String(code)
    : undefined

/** How `resource.facts` and consents name a sensitivity tag. */
export const labelHash = (tag: string): bigint => codingHash('label', tag)

/** A tag with those it is a kind of. */
const withParents = (tag: string): readonly string[] => [
  tag,
  ...(kinds[tag] ?? []).flatMap(withParents),
]

/**
 * What the labels of a record come to: its level (the highest of them; any sensitivity tag means at
 * least R) and its tags, closed under their kinds.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
export const labelsOf = (
  security: readonly Coding[],
): { readonly confidentiality: number; readonly labels: readonly bigint[] } => {
  const written = security.flatMap(label => confidentialityOf(label) ?? [])
  const tags = security.flatMap(label => sensitivityOf(label) ?? [])
  return {
    confidentiality: Math.max(
      ...(written.length === 0 ? [normal] : written),
      ...(tags.length === 0 ? [] : [restricted]),
    ),
    labels: tags.flatMap(withParents).map(labelHash),
  }
}
