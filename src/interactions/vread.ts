import { permitRead } from '../access/grant.ts'
import { Gone, NotFound } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import { readHistory } from '../store/read.ts'
import type { Exchange, Result } from './interaction.ts'

/**
 * FHIR vread: one given version of a resource. The caller must be able to see that version and the
 * current one.
 * @throws NotFound when it is absent or hidden, alike
 * @throws Gone when that version is the record of a deletion
 * @see https://hl7.org/fhir/R4/http.html#vread
 */
export const vread = async (
  address: Address & { readonly versionId: string },
  { grant, queryable }: Exchange,
): Promise<Result> => {
  const versionId = /^[1-9]\d{0,8}$/.test(address.versionId) ? Number(address.versionId) : 0
  const query = permitRead(grant, { ...address, versionId, count: 1 })
  const { versions } = await readHistory(queryable, query)
  const [version] = versions
  if (version === undefined) throw new NotFound()
  if (version.deleted) throw new Gone()
  return { kind: 'found', version }
}
