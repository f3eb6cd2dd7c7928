import { issue, type Issue } from '../fhir/outcome.ts'

/** What of a consent cannot be enforced as it is written: the element, what it has, what is supported. */
export const notEnforceable = (element: string, found: string, expected: string): Issue =>
  issue('error', 'not-supported', 'consent-not-enforceable', { element, found, expected }, element)
