import { limits } from '../fhir/limits.ts'
import { factOfAuthor } from '../search/facts.ts'
import { notEnforceable } from './consent-issue.ts'
import type { Constraints, Reading } from './consent-node.ts'
import { codings, literalReference, referenceKey, type Element } from './element.ts'

/** Roles of those who receive records. */
const recipientRoles: readonly string[] = ['IRCP', 'PRCP', 'GRANTEE']
const custodianRoles: readonly string[] = ['CST', 'CUSTODIAN']
const expected = [...recipientRoles, ...custodianRoles, 'AUT'].join(', ')

/**
 * Whom a provision names: recipients, of whom one must be the caller, and authors, of whom one must
 * have made the record. A consent governs its writer's records only, so the one custodian that can be
 * named is that hospital, which all of them have.
 */
export const actorsOf = (actors: readonly Element[], reading: Reading): Partial<Constraints> => {
  const { at, issues, context } = reading
  if (actors.length > limits.consentActorsMax) {
    const most = `at most ${limits.consentActorsMax}`
    issues.push(notEnforceable(`${at}.actor`, `${actors.length} actors`, most))
    return {}
  }
  const recipients: bigint[] = []
  const authors: bigint[] = []
  for (const [index, actor] of actors.entries()) {
    const here = `${at}.actor[${index}]`
    const roles = codings(actor['role']).map(({ code }) => String(code))
    const key = referenceKey(actor['reference'], context.baseUrl)
    if (key === undefined)
      issues.push(notEnforceable(`${here}.reference`, 'no literal reference', 'Type/[id]'))
    else if (roles.some(role => recipientRoles.includes(role))) recipients.push(key)
    else if (roles.includes('AUT')) authors.push(factOfAuthor(key))
    else if (roles.some(role => custodianRoles.includes(role))) {
      if (!isWriter(actor, reading))
        issues.push(
          notEnforceable(`${here}.reference`, 'another custodian', 'your own organization'),
        )
    } else issues.push(notEnforceable(`${here}.role`, 'another role', expected))
  }
  return {
    actors: recipients.length === 0 ? null : recipients,
    authors: authors.length === 0 ? null : authors,
  }
}

const isWriter = (actor: Element, { context }: Reading): boolean => {
  const target = literalReference(actor['reference'], context.baseUrl)
  return target?.resourceType === 'Organization' && target.id === context.organizationId
}
