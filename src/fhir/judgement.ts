import type { Definitions } from './definitions.ts'
import type { Clock, Doubt } from './doubt.ts'
import { judgeIdentified } from './judgement-identifiers.ts'
import { judgeText } from './judgement-text.ts'
import { judgeTimes } from './judgement-times.ts'
import { judgeQuantity } from './judgement-units.ts'
import { limits } from './limits.ts'
import { issue, type Issue } from './outcome.ts'
import { isObject, type JsonObject } from './walk.ts'

/** One resource while it is judged. */
interface Judging extends Clock {
  readonly definitions: Definitions
  readonly doubt: Doubt
  readonly issues: readonly Issue[]
}

const depthMax = limits.jsonDepthMax

/**
 * What is allowed by FHIR and yet most likely wrong: identity numbers that contradict themselves or the
 * person, placeholders in place of identifiers, text that was read in the wrong encoding, times ahead
 * of the clock, units in a spelling of their own. Nothing of it is a reason to refuse. At most
 * `limits.issuesMax`.
 */
export const judge = (resource: unknown, definitions: Definitions, clock: Clock): Issue[] => {
  if (!isObject(resource)) return []
  const issues: Issue[] = []
  // oxlint-disable-next-line max-params -- the members of an issue
  const doubt: Doubt = (type, code, expression, parameters = {}) => {
    if (issues.length < limits.issuesMax)
      issues.push(issue('warning', type, code, parameters, expression))
  }
  const type = String(resource['resourceType'])
  visitResource(resource, type, { ...clock, definitions, doubt, issues })
  return issues
}

const visitResource = (resource: JsonObject, path: string, judging: Judging, depth = 0): void => {
  const type = String(resource['resourceType'])
  judgeIdentified(resource, path, judging.doubt)
  judgeTimes(resource, path, judging, judging.doubt)
  visit({ node: resource, type, path, depth }, judging)
}

interface Place {
  readonly node: JsonObject
  readonly type: string
  readonly path: string
  readonly depth: number
}

/** Follows the elements R4 knows; what is not known was told of by validation. */
const visit = ({ node, type, path, depth }: Place, judging: Judging): void => {
  if (depth > depthMax || judging.issues.length >= limits.issuesMax) return
  if (type === 'Quantity') judgeQuantity(node, path, judging.doubt)
  const elements = judging.definitions.types.get(type)?.elements
  for (const [name, value] of Object.entries(node)) {
    const element = elements?.get(name)
    if (element === undefined) continue
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const [index, item] of items.entries()) {
      const at = Array.isArray(value) ? `${path}.${name}[${index}]` : `${path}.${name}`
      visitItem(item, { type: element.type, holder: type, at, depth: depth + 1 }, judging)
    }
  }
}

interface ItemPlace {
  readonly type: string
  readonly holder: string
  readonly at: string
  readonly depth: number
}

const visitItem = (item: unknown, place: ItemPlace, judging: Judging): void => {
  const { type, at, depth } = place
  if (typeof item === 'string') return judgeText(item, place, judging.doubt)
  if (!isObject(item)) return
  if (type === 'Resource') visitResource(item, at, judging, depth)
  else visit({ node: item, type, path: at, depth }, judging)
}
