import { InvalidRequests } from '../fhir/errors.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { unreadyCode } from '../search/unready.ts'
import { readJobs, type ReindexJob } from '../store/reindex-jobs.ts'
import type { Exchange } from './interaction.ts'

/** How far a job is, as an estimate: it is done only when its state says so. */
export const progressOf = ({ state, seen, expected }: ReindexJob): string => {
  if (state === 'done') return '100 %'
  const percent = expected === 0n ? 0n : (seen * 100n) / expected
  return `${percent > 99n ? 99n : percent} %`
}

/**
 * The same refusal of a search, which also says how far the parameters at fault are indexed. Other
 * errors stay what they are.
 */
export const withProgress = async (error: unknown, exchange: Exchange): Promise<unknown> => {
  if (!(error instanceof InvalidRequests)) return error
  if (!error.issues.some(({ code }) => code === unreadyCode)) return error
  const jobs = await readJobs(exchange.queryable)
  return new InvalidRequests(
    error.issues.map(one => {
      if (one.code !== unreadyCode) return one
      const type = resourceTypeNumber(String(one.parameters?.['resourceType']))
      const job = jobs.find(({ types }) => type !== undefined && types.includes(type))
      const progress = job === undefined || job.state === 'done' ? '0 %' : progressOf(job)
      return { ...one, parameters: { ...one.parameters, progress } }
    }),
  )
}
