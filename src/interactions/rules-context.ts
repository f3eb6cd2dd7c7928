import type { RulesContext } from '../access/rules.ts'
import type { Exchange } from './interaction.ts'

/** What a writer brings to the reading of access rules. */
export const rulesContext = ({ context, grant }: Exchange, now: Date): RulesContext => ({
  organizationId: grant.principal.organization.id,
  baseUrl: context.baseUrl,
  zoneOffset: context.zoneOffset,
  now: now.toISOString(),
})
