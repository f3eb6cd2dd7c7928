import { requireOperator } from '../../access/grant.ts'
import { resourceTypes } from '../../fhir/resource-types.ts'
import { readJobs, type ReindexJob } from '../../store/reindex-jobs.ts'
import { readRegistered, type Registered } from '../../store/search-parameters.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { progressOf } from '../reindex-progress.ts'
import { parameterList } from './parameters.ts'

/**
 * `$reindex-status`: the last jobs, the newest first, and which search parameters are ready.
 * @throws Forbidden for everyone but the operator
 */
export const reindexStatus = async (_: OperationRequest, exchange: Exchange): Promise<Result> => {
  requireOperator(exchange.grant)
  const { queryable } = exchange
  const [jobs, registered] = [await readJobs(queryable), await readRegistered(queryable)]
  return operatorAnswer([
    ...jobs.map(jobParameter),
    ...registered.map(one => readinessParameter(one, jobs)),
  ])
}

/** An answer that holds nothing of any patient. */
export const operatorAnswer = (parameter: readonly unknown[]): Result => ({
  kind: 'operation',
  json: parameterList(parameter),
  disclosed: [],
  warnings: [],
})

/** One job as a part of the answer. */
export const jobParameter = (job: ReindexJob) => ({
  name: 'job',
  part: [
    { name: 'number', valueString: String(job.number) },
    { name: 'state', valueCode: job.state },
    { name: 'progress', valueString: progressOf(job) },
    { name: 'requested', valueDateTime: instant(job.requested) },
    ...(job.ended === null ? [] : [{ name: 'ended', valueDateTime: instant(job.ended) }]),
    { name: 'whole', valueBoolean: job.whole },
    ...(job.types.length === resourceTypes.length
      ? []
      : job.types.map(type => ({ name: 'type', valueCode: resourceTypes[type] }))),
    { name: 'seen', valueDecimal: Number(job.seen) },
    { name: 'expected', valueDecimal: Number(job.expected) },
    { name: 'written', valueDecimal: Number(job.written) },
    ...job.refused.map(address => ({ name: 'refused', valueString: address })),
  ],
})

/** PostgreSQL's text of a UTC time as a FHIR dateTime. */
const instant = (text: string): string => new Date(text).toISOString()

const readinessParameter = (one: Registered, jobs: readonly ReindexJob[]) => ({
  name: 'search-parameter',
  part: [
    { name: 'url', valueUri: one.url },
    { name: 'code', valueCode: one.code },
    ...one.base.map(type => ({ name: 'base', valueCode: type })),
    { name: 'ready', valueBoolean: one.ready },
    { name: 'progress', valueString: one.ready ? '100 %' : progressFor(one, jobs) },
  ],
})

const progressFor = ({ generation, base }: Registered, jobs: readonly ReindexJob[]): string => {
  const job = jobs.find(
    ({ types, generation: by }) =>
      by >= generation && base.every(type => types.some(number => resourceTypes[number] === type)),
  )
  return job === undefined ? '0 %' : progressOf(job)
}
