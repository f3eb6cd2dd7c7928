import type { Definitions } from '../fhir/definitions.ts'
import { limits } from '../fhir/limits.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { nearest } from '../fhir/nearest.ts'
import { shown } from './shown.ts'
import { parametersOf, type Parameter } from './parameters.ts'
import { parseCriterion, type ParseContext } from './parse-criterion.ts'
import { isTextParameter, parseText } from './parse-text.ts'
import type { Criterion } from './tree.ts'
import { refuseUnready } from './unready.ts'

/** `code`, then perhaps `:modifier`, then perhaps `.` and a parameter of the target. */
const namePattern = /^([^:.]+)(?::([^:.]+))?(?:\.(.+))?$/s

/** What one parameter leads to, however deep. */
interface Reach {
  readonly hops: number
  /** Types reached so far by all branches together. */
  readonly counted: { targets: number; isRefused?: true }
}

/** A parameter of a type as it is written, with its values. */
export interface Named {
  readonly resourceType: string
  readonly name: string
  readonly value: string
}

/** The code a parameter's name begins with. */
export const codeOf = (name: string): string => name.split(/[:.]/, 1)[0]!

/**
 * The criterion of a parameter, of a chain (`subject:Patient.name`) or of a reverse chain
 * (`_has:Observation:patient:code`), each of several hops and one within the other; undefined with
 * faults.
 * @see https://hl7.org/fhir/R4/search.html#chaining
 */
export const parseNamed = (
  named: Named,
  context: ParseContext,
  reach: Reach = { hops: 0, counted: { targets: 0 } },
): Criterion | undefined => {
  const { resourceType, name, value } = named
  const { definitions, faults } = context
  if (name.startsWith('_has:')) return parseHas(named, context, reach)
  const written = namePattern.exec(name)
  const [, code = codeOf(name), modifier, chained] = written ?? []
  if (isTextParameter(code) && chained === undefined)
    return modifier === undefined
      ? parseText({ resourceType, code, value }, context)
      : faults.notSupported('search-modifier-unsupported', {
          ...{ parameter: code, modifier: shown(modifier), expected: '-' },
        })
  const parameters = parametersOf(definitions, resourceType)
  const parameter = parameters.get(code)
  if (parameter === undefined && refuseUnready(context, resourceType, code)) return undefined
  if (parameter === undefined || written === null)
    return faults.invalid('search-parameter-unknown', {
      ...{
        resourceType,
        parameter: shown(code),
        nearest: nearest(code, parameters.keys()).join(', '),
      },
    })
  if (chained === undefined) return parseCriterion(parameter, { code, modifier, value }, context)
  return parseChain(parameter, { modifier, chained, value }, context, further(reach))
}

const further = ({ hops, counted }: Reach): Reach => ({ hops: hops + 1, counted })

const isTooLong = (code: string, { hops, counted }: Reach, { faults }: ParseContext): boolean => {
  // Once, not again for each branch.
  if (counted.isRefused) return true
  if (hops > limits.chainHopsMax)
    faults.notSupported('search-chain-too-long', { parameter: code, limit: limits.chainHopsMax })
  else if (counted.targets > limits.chainTargetsMax)
    faults.invalid('search-chain-too-wide', { parameter: code, limit: limits.chainTargetsMax })
  else return false
  counted.isRefused = true
  return true
}

/** Without a type a chain leads to every type of the target that has the parameter. */
const parseChain = (
  parameter: Parameter,
  {
    modifier,
    chained,
    value,
  }: { readonly modifier: string | undefined; readonly chained: string; readonly value: string },
  context: ParseContext,
  reach: Reach,
): Criterion | undefined => {
  const { code, resourceType, targets, hash, isPatientColumn } = parameter
  const { faults, definitions } = context
  if (parameter.kind !== 'reference') {
    const all = [...parametersOf(definitions, resourceType).values()]
    const references = all.filter(({ kind }) => kind === 'reference').map(known => known.code)
    const expected = references.slice(0, 12).join(', ')
    return faults.invalid('search-chain-not-reference', { parameter: code, resourceType, expected })
  }
  const expected = targets.slice(0, 12).join(', ')
  const inner = codeOf(chained)
  // A type without it is left out of a chain, but not one that will have it soon.
  const asked = targets.filter(type => modifier === undefined || type === modifier)
  if (asked.some(type => refuseUnready(context, type, inner))) return undefined
  const types = (modifier === undefined ? targets : [modifier]).filter(
    type =>
      targets.includes(type) &&
      (chained.startsWith('_has:')
        ? isReferredTo(type, chained, definitions)
        : isTextParameter(inner) || parametersOf(definitions, type).has(inner)),
  )
  if (types.length === 0)
    return faults.invalid('search-target-unknown', { parameter: code, expected })
  reach.counted.targets += types.length
  if (isTooLong(code, reach, context)) return undefined
  const reached = types.flatMap(type => {
    const criterion = parseNamed({ resourceType: type, name: chained, value }, context, reach)
    return criterion === undefined ? [] : [{ resourceType: type, criterion }]
  })
  return reached.length < types.length
    ? undefined
    : { kind: 'chain', code, parameter: hash, isPatientColumn, targets: reached }
}

/** Whether the reference a reverse chain goes back along leads to the type at all. */
const isReferredTo = (type: string, name: string, definitions: Definitions): boolean => {
  const [, from = '', code = ''] = name.split(':')
  const parameter = isResourceType(from) ? parametersOf(definitions, from).get(code) : undefined
  return parameter?.kind === 'reference' && parameter.targets.includes(type)
}

/** `_has:Type:reference:parameter`, where the last part may be a chain or reverse chain itself. */
const parseHas = (
  { resourceType, name, value }: Named,
  context: ParseContext,
  reach: Reach,
): Criterion | undefined => {
  const [, type = '', code = '', inner = ''] = /^_has:([^:]+):([^:]+):(.+)$/s.exec(name) ?? []
  const parameters = isResourceType(type) ? parametersOf(context.definitions, type) : undefined
  const parameter = parameters?.get(code)
  if (parameter === undefined && refuseUnready(context, type, code)) return undefined
  if (parameter?.kind !== 'reference' || !parameter.targets.includes(resourceType))
    return context.faults.invalid('search-has-malformed', {
      parameter: `_has:${shown(type)}:${shown(code)}`,
      resourceType,
    })
  const next = further(reach)
  next.counted.targets++
  if (isTooLong('_has', next, context)) return undefined
  const named = { resourceType: type, name: inner, value }
  const criterion = parseNamed(named, context, next)
  const isOfPatient = resourceType === 'Patient'
  const isPatientColumn = parameter.isPatientColumn && isOfPatient
  return (
    criterion && {
      ...{ kind: 'has', resourceType: type, code, parameter: parameter.hash },
      ...{ isPatientColumn, isOfPatient, criterion },
    }
  )
}
