import type { Definitions } from './definitions.ts'
import type { ObjectCheck } from './element-check.ts'
import { nearest } from './nearest.ts'
import { issue, type Issue } from './outcome.ts'
import { containedCheck, containedReferenceCheck } from './special-checks.ts'
import { compileType, type CheckOf } from './type-check.ts'
import { objectsIn } from './questionnaire-conditions.ts'
import { checkAnswers } from './questionnaire-response.ts'
import { checkProfiles, claimedProfiles } from './profile-resource.ts'
import type { Profiles } from './profiles.ts'
import { isObject, kindOf, Walk, type JsonObject } from './walk.ts'

/** What is asked for beyond errors. */
export interface ValidateOptions {
  /** Recommendations, too. */
  readonly wantsWarnings?: boolean
  /** Profiles and extensions to check by; without them R4 alone is. */
  readonly profiles?: Profiles | undefined
  /** Canonicals the resource must meet besides those it claims. */
  readonly canonicals?: readonly string[]
  /** The questionnaire of a QuestionnaireResponse, where it is at hand; one it contains is found by itself. */
  readonly questionnaire?: JsonObject | undefined
}

/**
 * Every problem of a resource by R4 itself: unknown, missing, repeated and misplaced elements, formats
 * of values, references, contained resources, required codes, narrative, and the constraints that R4
 * states as FHIRPath. Empty when there is none; at most `limits.issuesMax`.
 *
 * Checks are compiled once per type, when first needed, and kept with the definitions.
 * @see https://hl7.org/fhir/R4/validation.html
 */
export const validate = (
  resource: unknown,
  definitions: Definitions,
  { wantsWarnings = false, profiles, canonicals = [], questionnaire }: ValidateOptions = {},
): Issue[] => {
  if (!isObject(resource)) return [issue('error', 'structure', 'json-not-resource')]
  let check = compiled.get(definitions)
  if (check === undefined) compiled.set(definitions, (check = compile(definitions)))
  const walk = new Walk(wantsWarnings, profiles)
  walk.root = walk.container = walk.resource = resource
  const type = resource['resourceType']
  walk.path.push(typeof type === 'string' && definitions.types.has(type) ? type : 'Resource')
  check(resource, walk)
  if (profiles !== undefined && canonicals.length > 0 && !walk.isFull)
    checkProfiles(resource, canonicals, profiles, walk)
  if (type === 'QuestionnaireResponse' && walk.errors === 0) {
    const answered = questionnaire ?? containedQuestionnaire(resource)
    if (answered !== undefined) checkAnswers(resource, answered, walk)
    else checkQuestionnaire(resource, walk)
  }
  return walk.issues
}

const checkQuestionnaire = ({ questionnaire }: JsonObject, walk: Walk): void => {
  if (typeof questionnaire !== 'string') return
  const found = walk.profiles?.typeNamed(questionnaire)
  const words = { expected: 'Questionnaire', found: found ?? '' }
  if (found !== undefined) walk.report('value', 'canonical-of-other-type', words, 'questionnaire')
}

const containedQuestionnaire = ({
  contained,
  questionnaire,
}: JsonObject): JsonObject | undefined => {
  if (typeof questionnaire !== 'string' || !questionnaire.startsWith('#')) return undefined
  return objectsIn(contained).find(
    ({ id, resourceType }) => resourceType === 'Questionnaire' && id === questionnaire.slice(1),
  )
}

const compiled = new WeakMap<Definitions, ObjectCheck>()

/** The check of a whole resource of any type. */
const compile = (definitions: Definitions): ObjectCheck => {
  const checks = new Map<string, ObjectCheck>()
  const checkOf: CheckOf = name => {
    let check = checks.get(name)
    if (check === undefined) {
      check = compileType(definitions.types.get(name)!, definitions, checkOf)
      checks.set(name, check)
    }
    return check
  }
  const typed: ObjectCheck = (resource, walk) => {
    const name = resource['resourceType']
    const type = typeof name === 'string' ? definitions.types.get(name) : undefined
    if (type?.kind === 'resource') {
      walk.at(resource, () => {
        const found = walk.errors
        checkOf(type.name)(resource, walk)
        if (walk.profiles !== undefined && walk.errors === found)
          checkClaims(resource, walk.profiles, walk)
      })
    } else reportType(name, definitions, walk)
  }
  const whole: ObjectCheck = (resource, walk) =>
    walk.within(resource, () => {
      const found = walk.errors
      typed(resource, walk)
      if (walk.errors === found) containedReferenceCheck(resource, walk)
    })
  checks.set('Resource', (resource, walk) => {
    if (walk.path.at(-2) !== 'contained') return whole(resource, walk)
    containedCheck(resource, walk)
    typed(resource, walk)
  })
  return whole
}

const checkClaims = (resource: JsonObject, profiles: Profiles, walk: Walk): void => {
  if (resource['meta'] === undefined) return
  const claimed = claimedProfiles(resource)
  if (claimed.length > 0) checkProfiles(resource, claimed, profiles, walk)
}

const nameLettersShownMax = 64

const reportType = (name: unknown, { resourceTypes }: Definitions, walk: Walk): void => {
  if (name === undefined)
    walk.report('required', 'element-required', { name: 'resourceType' }, 'resourceType')
  else if (typeof name !== 'string') {
    const kinds = { expected: 'string', found: kindOf(name) }
    walk.report('structure', 'element-kind', kinds, 'resourceType')
  } else if (!walk.isFull) {
    const found = name.slice(0, nameLettersShownMax)
    const near = nearest(name, resourceTypes).join(', ')
    walk.report('structure', 'resource-type-unknown', { found, nearest: near }, 'resourceType')
  }
}
