import type { Definitions, SearchPath } from '../../fhir/definitions.ts'
import { isNameKept } from '../../fhir/redaction.ts'
import { isObject, type JsonObject } from '../../fhir/walk.ts'
import { isResourceType } from '../../fhir/resource-types.ts'
import type { Guard } from '../visible.ts'
import { isSharedType } from '../shared-types.ts'
import { hash64, keyOf, parameterHash, token } from '../hash.ts'
import type { Indexer } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { referenceTarget, versionedAddress, type ReferenceTarget } from '../reference-target.ts'
import { unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { ValueContext } from '../faults.ts'
import { elementAt, labelTag, versionTag, versionText } from './text.ts'
import { addCoded, hasToken, hasTokenOf } from './token.ts'

/** The resource refers to one of these. */
export interface ReferenceTest {
  readonly kind: 'reference'
  /** Patients the column `patient` answers for. */
  readonly patients: readonly bigint[]
  /** Tokens of targets that need no look: Patients, the shared directory, addresses elsewhere. */
  readonly open: readonly bigint[]
  /** The key each of them is for, in the same order. */
  readonly openKeys: readonly bigint[]
  /** Keys of targets that must be visible themselves before they find another hospital's row. */
  readonly guarded: readonly bigint[]
  /** The token of each of them, in the same order. */
  readonly guardedTokens: readonly bigint[]
  readonly guardedTypes: readonly string[]
}

/**
 * Puts references of one path into the sink, those in the patient column excepted. A canonical is
 * found by its whole text and without its version.
 * @see https://hl7.org/fhir/R4/search.html#reference
 */
export const referenceIndexer = (
  parameter: Parameter,
  path: SearchPath,
  definitions: Definitions,
): Indexer => {
  const { hash, bits, isPatientColumn } = parameter
  if (path.type !== 'Reference')
    return (value, sink, { baseUrl }) => {
      if (typeof value !== 'string') return
      const add = (text: string) => {
        const target = referenceTarget(text, baseUrl)
        if (target !== undefined) sink.token(token(hash, target.key))
      }
      add(value)
      const bar = value.indexOf('|')
      if (bar > 0) add(value.slice(0, bar))
    }
  const { resolvesTo } = path
  const ofIdentifier = identifierHash(parameter)
  const tag = labelTag(parameter.resourceType, path)
  const element = elementAt(path, parameter.resourceType, definitions) ?? {}
  return (value, sink, { baseUrl }) => {
    if (!isObject(value)) return
    const { reference, identifier, type, display } = value
    if (display !== undefined && (resolvesTo === undefined || isTo(resolvesTo, value, baseUrl)))
      sink.label(tag, display, !isNameKept(value, element, isSharedType))
    if (identifier !== undefined && (resolvesTo === undefined || type === resolvesTo)) {
      sink.mark(bits)
      addCoded(identifier, 'value', ofIdentifier, sink)
    }
    if (typeof reference !== 'string') return
    const target = referenceTarget(reference, baseUrl)
    if (target === undefined) return
    if (resolvesTo !== undefined && target.resourceType !== resolvesTo) return
    sink.mark(bits)
    const versioned = versionedAddress(reference, baseUrl)
    if (versioned !== undefined) sink.label(versionTag(tag), versionText(versioned))
    if (isPatientColumn && target.isHere && target.resourceType === 'Patient') return
    sink.token(token(hash, target.key))
  }
}

/** Whether a reference says that it leads to the type. */
const isTo = (resourceType: string, { reference, type }: JsonObject, baseUrl: string): boolean =>
  (typeof reference === 'string' ? referenceTarget(reference, baseUrl)?.resourceType : type) ===
  resourceType

/** Under which the identifiers of logical references are kept. */
export const identifierHash = ({ resourceType, indexName }: Parameter): bigint =>
  parameterHash(resourceType, `${indexName}:identifier`)

/** The test for `id`, `Type/id` and absolute addresses, or undefined with a fault. */
export const parseReference = (
  parameter: Parameter,
  parts: readonly string[],
  types: readonly string[],
  { name, baseUrl, faults }: ValueContext,
): ReferenceTest | undefined => {
  const targets = parts.map(unescaped).map(text => targetsOf(text, types, baseUrl))
  if (targets.some(found => found.length === 0)) {
    const expected = parameter.targets.slice(0, 12).join(', ')
    return faults.invalid('search-reference-malformed', { parameter: name, expected })
  }
  const found = targets.flat()
  const isInColumn = ({ isHere, resourceType }: ReferenceTarget) =>
    parameter.isPatientColumn && isHere && resourceType === 'Patient'
  const others = found.filter(target => !isInColumn(target))
  const guarded = others.filter(
    ({ isHere, resourceType }) => isHere && isGuarded(resourceType, parameter),
  )
  const openKeys = others.filter(target => !guarded.includes(target)).map(({ key }) => key)
  return {
    kind: 'reference',
    patients: found.filter(isInColumn).map(({ key }) => key),
    open: openKeys.map(key => token(parameter.hash, key)),
    openKeys,
    guarded: guarded.map(({ key }) => key),
    guardedTokens: guarded.map(({ key }) => token(parameter.hash, key)),
    guardedTypes: [...new Set(guarded.map(({ resourceType }) => resourceType!))],
  }
}

/**
 * Whether a target of this type must be visible itself before it finds another hospital's row. A row
 * that names a Patient is hidden with it; a Patient that is linked to one is not.
 */
export const isGuarded = (
  resourceType: string | undefined,
  parameter: Pick<Parameter, 'resourceType' | 'code'>,
): boolean =>
  resourceType !== undefined &&
  (resourceType !== 'Patient' || isPatientLink(parameter)) &&
  !isSharedType(resourceType)

/** Whether a parameter is that of the links between Patients, which are not always told. */
export const isPatientLink = ({ resourceType, code }: Pick<Parameter, 'resourceType' | 'code'>) =>
  resourceType === 'Patient' && code === 'link'

/**
 * What a value of a reference parameter points at. A bare id may be of any type the parameter refers
 * to. Text with a slash and no known type names nothing.
 */
export const targetsOf = (
  text: string,
  types: readonly string[],
  baseUrl: string,
): readonly ReferenceTarget[] => {
  if (/^[A-Za-z0-9.-]{1,64}$/.test(text))
    return types
      .filter(isResourceType)
      .map(resourceType => ({ key: keyOf(resourceType, text), resourceType, isHere: true }))
  const target = referenceTarget(text, baseUrl)
  if (target !== undefined)
    return target.isHere && !types.includes(target.resourceType!) ? [nowhere] : [target]
  return /^[^\s/]+\/[^\s]+$/.test(text) ? [nowhere] : []
}

const nowhere: ReferenceTarget = { key: hash64('nowhere'), resourceType: undefined, isHere: false }

/**
 * A row refers to one of the targets. Whether a guarded target may be seen is asked once per
 * statement, not per row, and does not concern the caller's own rows.
 */
export const referenceSql = (
  test: ReferenceTest,
  alias: string,
  { values, guard, drive }: { values: Values; guard: Guard; drive: boolean },
): Sql => {
  const alternatives: Sql[] = []
  const { patients, open, guarded, guardedTokens } = test
  if (patients.length === 1) alternatives.push(`${alias}.patient = ${values.bigint(patients[0]!)}`)
  else if (patients.length > 1)
    alternatives.push(`${alias}.patient = any(${values.bigints(patients)})`)
  if (open.length > 0) alternatives.push(hasToken(open, alias, values, drive))
  if (guarded.length > 0) {
    const seen = `array(select g.token from unnest(${values.bigints(guarded)}, ${values.bigints(guardedTokens)}) g(key, token) join resource t on t.key = g.key where not t.deleted and ${guard.visible('t', test.guardedTypes, 'few')})`
    alternatives.push(
      `(${hasToken(guardedTokens, alias, values, drive)} and (${guard.own(alias)} or ${hasTokenOf(seen, alias, false)}))`,
    )
  }
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
}
