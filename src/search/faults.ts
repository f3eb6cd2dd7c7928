import type { MessageCode } from '../fhir/messages.ts'
import { issue, type IssueType, type MessageParameters } from '../fhir/outcome.ts'
import type { Issue } from '../fhir/outcome.ts'
import { limits } from '../fhir/limits.ts'
import type { ExpandValueSet } from './value-sets.ts'

/** Everything wrong with a search, collected so that a caller sees it all at once. */
export class Faults {
  readonly issues: Issue[] = []

  invalid(code: MessageCode, parameters: MessageParameters): undefined {
    return this.#add('invalid', code, parameters)
  }
  notSupported(code: MessageCode, parameters: MessageParameters): undefined {
    return this.#add('not-supported', code, parameters)
  }
  #add(type: IssueType, code: MessageCode, parameters: MessageParameters): undefined {
    if (this.issues.length < limits.issuesMax)
      this.issues.push(issue('error', type, code, parameters))
  }
}

/** What parsing the values of a parameter needs to know. */
export interface ValueContext {
  /** As the caller wrote it, without modifier; safe to repeat. */
  readonly name: string
  readonly timeZone: string
  readonly baseUrl: string
  readonly now: () => Date
  readonly faults: Faults
  /** What `:in` and `:not-in` draw on. */
  readonly expand?: ExpandValueSet | undefined
  /** The value stands in `_filter`, which knows more operators. */
  readonly isFilter?: true | undefined
}
