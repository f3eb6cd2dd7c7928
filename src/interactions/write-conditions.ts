import { mayChange, mayRead, permitRead } from '../access/grant.ts'
import {
  Forbidden,
  Gone,
  NotFound,
  PreconditionFailed,
  PreconditionRequired,
  VersionConflict,
} from '../fhir/errors.ts'
import type { Queryable } from '../store/queryable.ts'
import { readCurrent } from '../store/read.ts'
import type { CurrentVersion } from '../store/rows.ts'
import type { Exchange } from './interaction.ts'
import type { WriteIntent } from './write-intent.ts'

/**
 * Whether this write may happen to what it meets. A hidden resource and an absent one are refused
 * alike, and alike there is nothing to delete; of a visible one of another hospital it may be said
 * that it is not the caller's.
 * @throws Forbidden, Gone, NotFound, PreconditionFailed
 * @throws VersionConflict when criteria have to be looked for again
 */
export const requireWritable = async (
  { action, resourceType, id, ifMatch, ifAbsent, matched, isNew }: WriteIntent,
  current: CurrentVersion | undefined,
  mayCreate: boolean,
  exchange: Exchange,
): Promise<void> => {
  const { grant, queryable } = exchange
  if (matched !== undefined && matched !== current?.version)
    throw new VersionConflict('write-conflict')
  if (isNew && current?.deleted === false) throw new VersionConflict('criteria-id-taken')
  const isOwn = current !== undefined && mayChange(grant, current)
  if (current === undefined || !isOwn) {
    if (current !== undefined && (await readVisible(queryable, grant, resourceType, id)))
      throw new Forbidden('write-foreign')
    if (action === 'delete' && ifMatch === undefined) return
    if (!(mayCreate && current === undefined))
      throw action === 'update'
        ? new NotFound('not-found-update', { own: `${grant.principal.organization.id}-` })
        : new NotFound()
  }
  if (action === 'patch' && current?.deleted) throw new Gone()
  if (ifMatch !== undefined && ifMatch !== (current?.version ?? 0))
    throw new PreconditionFailed('version-mismatch')
  if (ifAbsent && current?.deleted === false) throw new PreconditionFailed('already-there')
}

const readVisible = async (
  queryable: Queryable,
  grant: Exchange['grant'],
  resourceType: string,
  id: string,
): Promise<boolean> =>
  mayRead(grant, resourceType) &&
  (await readCurrent(queryable, permitRead(grant, { resourceType, id }))) !== undefined

/**
 * Where the writer's hospital has agreed to it, what is there is changed only by those who say which
 * version they saw. Criteria are looked for at that moment, and count as saying so.
 * @throws PreconditionRequired
 */
export const requireIfMatch = (
  { ifMatch, matched }: WriteIntent,
  current: CurrentVersion | undefined,
  { grant }: Exchange,
): void => {
  if (grant.principal.writeRules?.requiresIfMatch !== true) return
  if (current === undefined || current.deleted || ifMatch !== undefined || matched !== undefined)
    return
  throw new PreconditionRequired('if-match-required')
}
