import type { Queryable } from '../db/database.ts'
import { compileMatch, type MatchQuestion } from '../search/compile-match.ts'
import type { Permitted } from '../search/permitted.ts'
import { decompress } from './content.ts'
import { instantOf } from './read.ts'
import { requireTexts } from './text-backlog.ts'
import type { CurrentVersion, ResourceVersion } from './rows.ts'

/** The current version of a resource that meets some criteria. */
export interface MatchedVersion extends CurrentVersion {
  readonly id: string
}

/** The resources that meet the criteria, one more than are meant, own ones first. One statement, by the rarest criterion. */
export const readMatches = async (
  queryable: Queryable,
  question: Permitted<MatchQuestion>,
): Promise<MatchedVersion[]> => {
  await requireTexts(queryable, question.asked.query)
  return queryable.query<MatchedVersion>(compileMatch(question))
}

/** A match as a version to serve. */
export const matchedVersion = (resourceType: string, match: MatchedVersion): ResourceVersion => ({
  resourceType,
  id: match.id,
  versionId: match.version,
  lastUpdated: instantOf(match.lastUpdated),
  deleted: false,
  owner: match.owner,
  patients: [...(match.patient === null ? [] : [match.patient]), ...(match.otherPatients ?? [])],
  json: decompress(match.content),
})
