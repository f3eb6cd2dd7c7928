import type { Queryable } from '../db/database.ts'
import { compileMatch, type MatchQuestion } from '../search/compile-match.ts'
import { patientsNamed } from '../search/merged-patients.ts'
import type { Permitted } from '../search/permitted.ts'
import { decompress } from './content.ts'
import { readMerged } from './patient-merge.ts'
import { instantOf } from './read.ts'
import { requireTexts } from './text-backlog.ts'
import type { CurrentVersion, ResourceVersion } from './rows.ts'

/** The current version of a resource that meets some criteria. */
export interface MatchedVersion extends CurrentVersion {
  readonly id: string
}

/**
 * The resources that meet the criteria, one more than are meant, own ones first. One statement, by the
 * rarest criterion; where the criteria name a Patient, one more ahead of it, for those it has replaced.
 */
export const readMatches = async (
  queryable: Queryable,
  question: Permitted<MatchQuestion>,
): Promise<MatchedVersion[]> => {
  const { query } = question.asked
  await requireTexts(queryable, query)
  const named = patientsNamed(query.criteria)
  const merged = named.length === 0 ? undefined : await readMerged(queryable, question, named)
  return queryable.query<MatchedVersion>(compileMatch(question, merged))
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
