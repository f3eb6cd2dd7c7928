import { accessRulesOf, hasRules } from '../access/rules.ts'
import { ValidationFailed } from '../fhir/errors.ts'
import { judge } from '../fhir/judgement.ts'
import { limits } from '../fhir/limits.ts'
import type { Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import { validate, type ValidateOptions } from '../fhir/validate.ts'
import type { Exchange } from './interaction.ts'
import { rulesContext } from './rules-context.ts'
import { replacingIssues } from './replacing-issues.ts'
import type { WriteIntent } from './write-intent.ts'

/** Every problem of the resource to be written, its expressions seen from the root of the request. */
export const issuesOf = (
  intent: WriteIntent,
  exchange: Exchange,
  asked: Pick<ValidateOptions, 'wantsWarnings' | 'canonicals' | 'questionnaire'> = {},
): readonly Issue[] => {
  const { resource, resourceType, id } = intent
  if (resource === undefined) return []
  const { definitions, profiles } = exchange.context
  const assigned = exchange.grant.principal.writeRules?.profiles[resourceType]
  const canonicals = [...(assigned ?? []), ...(asked.canonicals ?? [])]
  const problems = validate(resource, definitions, { ...asked, profiles, canonicals })
  const hasPassed = problems.every(({ severity }) => severity !== 'error')
  const rules =
    hasPassed && hasRules(resourceType)
      ? accessRulesOf({ ...resource, id }, rulesContext(exchange, exchange.context.now())).issues
      : []
  const replacing = hasPassed ? replacingIssues(resource, intent, exchange) : []
  const doubts = asked.wantsWarnings === true && hasPassed ? doubtsOf(resource, exchange) : []
  return placedIn(intent, [...problems, ...rules, ...replacing, ...doubts])
}

/** Issues of a resource, their expressions seen from the root of the request. */
export const placedIn = (
  { resourceType, expression }: Pick<WriteIntent, 'resourceType' | 'expression'>,
  issues: readonly Issue[],
): readonly Issue[] =>
  expression === undefined
    ? issues
    : issues.map(found => ({
        ...found,
        expression: (found.expression ?? resourceType).replace(resourceType, expression),
      }))

/** What is allowed and most likely wrong all the same. */
const doubtsOf = (resource: Resource, { context }: Exchange): readonly Issue[] => {
  const { definitions, zoneOffset } = context
  return judge(resource, definitions, { now: context.now(), zoneOffset })
}

/** @throws ValidationFailed with all issues when one of them is an error */
export const requireValid = (issues: readonly Issue[]): void => {
  if (issues.some(({ severity }) => severity === 'error' || severity === 'fatal'))
    throw new ValidationFailed(issues.slice(0, limits.issuesMax))
}
