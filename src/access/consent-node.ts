import type { Issue } from '../fhir/outcome.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { confidentialityOf, labelHash, sensitivityOf } from '../search/confidentiality.ts'
import { factOfCode, factOfDocumentType, factOfProfile } from '../search/facts.ts'
import type { ConsentRule } from '../store/rows.ts'
import { actorsOf } from './consent-actors.ts'
import { dataOf } from './consent-meaning.ts'
import { notEnforceable } from './consent-issue.ts'
import { codings, elements, periodBounds, text, type Element } from './element.ts'
import { isPurpose, purposeSystem } from './purposes.ts'
import type { RulesContext } from './rules.ts'

const consentActions: ReadonlySet<string> = new Set(['access', 'use', 'disclose'])
const otherActions: ReadonlySet<string> = new Set(['collect', 'correct'])
const resourceTypeSystem = 'http://hl7.org/fhir/resource-types'
const profileSystem = 'urn:ietf:rfc:3986'
const structureDefinitions = 'http://hl7.org/fhir/StructureDefinition'
const loinc = 'http://loinc.org'

/** What a node asks of request and record. */
export type Constraints = Omit<ConsentRule, 'patient' | 'parent' | 'kind' | 'counts' | 'optIn'>

/** Where a provision stands, and what reading it needs. */
export interface Reading {
  readonly at: string
  readonly kind: ConsentRule['kind']
  readonly context: RulesContext
  readonly issues: Issue[]
}

export const noConstraints: Constraints = {
  ...{
    actors: null,
    purposes: null,
    from: '-infinity',
    to: 'infinity',
    types: null,
    classes: null,
  },
  ...{ codes: null, labels: null, confidentiality: null, dateLow: null, dateHigh: null },
  ...{ instances: null, related: null, referring: null, dataAuthors: null, authors: null },
}

/** The constraints of one provision, its children left out; what is not understood becomes an issue. */
export const constraintsOf = (provision: Element, reading: Reading): Constraints => {
  const { at, context, issues } = reading
  if (provision['modifierExtension'] !== undefined)
    issues.push(notEnforceable(`${at}.modifierExtension`, 'present', 'absent'))
  return {
    ...noConstraints,
    ...actorsOf(elements(provision['actor']), reading),
    purposes: purposes(elements(provision['purpose']), reading),
    ...periodBounds(provision['period'], context.zoneOffset),
    ...classes(elements(provision['class']), reading),
    codes: codes(elements(provision['code']), reading),
    ...labels(elements(provision['securityLabel']), reading),
    ...dataPeriod(provision['dataPeriod'], context.zoneOffset),
    ...dataOf(elements(provision['data']), reading),
  }
}

const dataPeriod = (period: unknown, zoneOffset: string): Partial<Constraints> => {
  if (period === undefined) return {}
  const { from, to } = periodBounds(period, zoneOffset)
  return { dateLow: from, dateHigh: to }
}

const purposes = (list: readonly Element[], { at, issues }: Reading): string[] | null => {
  if (list.length === 0) return null
  return list.flatMap(({ system, code }, index) => {
    const isKnown = isPurpose(String(code)) && (system === undefined || system === purposeSystem)
    if (!isKnown)
      issues.push(notEnforceable(`${at}.purpose[${index}]`, 'another purpose', purposeSystem))
    return isKnown ? [String(code)] : []
  })
}

const classes = (list: readonly Element[], { at, issues }: Reading): Partial<Constraints> => {
  if (list.length === 0) return {}
  const types: number[] = []
  const others: bigint[] = []
  for (const [index, { system, code }] of list.entries()) {
    const written = text(code) ?? ''
    const number = resourceTypeNumber(written)
    if ((system === undefined || system === resourceTypeSystem) && number !== undefined)
      types.push(number)
    else if ((system === profileSystem || system === structureDefinitions) && written !== '')
      others.push(factOfProfile(written))
    else if (system === loinc && written !== '') others.push(factOfDocumentType(loinc, written))
    else {
      const expected = `${resourceTypeSystem} | resource type; ${profileSystem} | profile; ${loinc} | code`
      issues.push(notEnforceable(`${at}.class[${index}]`, 'another class', expected))
    }
  }
  return { types, classes: others.length === 0 ? null : others }
}

const codes = (list: readonly Element[], { at, issues }: Reading): bigint[] | null => {
  if (list.length === 0) return null
  return list.flatMap((concept, index) => {
    const known = codings(concept).flatMap(({ system, code }) =>
      typeof system === 'string' && typeof code === 'string' ? [factOfCode(system, code)] : [],
    )
    if (known.length === 0)
      issues.push(notEnforceable(`${at}.code[${index}]`, 'no coding', 'system and code'))
    return known
  })
}

/** A permit reaches up to the highest level it names, a deny begins at the lowest. */
const labels = (list: readonly Element[], { at, kind, issues }: Reading): Partial<Constraints> => {
  if (list.length === 0) return {}
  const levels: number[] = []
  const tags: bigint[] = []
  for (const [index, label] of list.entries()) {
    const level = confidentialityOf(label)
    const tag = sensitivityOf(label)
    if (level !== undefined) levels.push(level)
    else if (tag !== undefined) tags.push(labelHash(tag))
    else
      issues.push(
        notEnforceable(
          `${at}.securityLabel[${index}]`,
          'another label',
          'v3-Confidentiality, v3-ActCode',
        ),
      )
  }
  const limit = kind === 'P' ? Math.max(...levels) : Math.min(...levels)
  return { labels: tags, confidentiality: levels.length === 0 ? null : limit }
}

/** Whether a provision's actions concern reading; without any it does. */
export const concernsReading = (
  actions: readonly Element[],
  at: string,
  issues: Issue[],
): boolean => {
  if (actions.length === 0) return true
  const written = actions.map(action => codings(action).map(({ code }) => String(code)))
  written.forEach((list, index) => {
    if (!list.some(code => consentActions.has(code) || otherActions.has(code)))
      issues.push(
        notEnforceable(`${at}.action[${index}]`, 'another action', [...consentActions].join(', ')),
      )
  })
  return written.flat().some(code => consentActions.has(code))
}
