import { operationOutcome, type Language } from '../fhir/outcome.ts'
import type { Finding } from './problems.ts'

const kinds = 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type'

/** Findings as an OperationOutcome that names their kind beside our own code. */
export const findingsOutcome = (findings: readonly Finding[], language: Language) => {
  const outcome = operationOutcome(findings, language)
  return {
    ...outcome,
    issue: outcome.issue.map((one, index) => ({
      ...one,
      details: {
        ...one.details,
        coding: [{ system: kinds, code: findings[index]!.kind }, ...one.details.coding],
      },
    })),
  }
}
