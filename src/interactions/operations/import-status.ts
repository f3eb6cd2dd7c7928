import { Forbidden, InvalidRequest, NotFound } from '../../fhir/errors.ts'
import { messages, type MessageCode } from '../../fhir/messages.ts'
import { textOf, type Language } from '../../fhir/outcome.ts'
import {
  readImport,
  readRefusals,
  type ImportJob,
  type ImportRefusal,
} from '../../store/import-jobs.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { parameterList } from './parameters.ts'

/** Refused lines of one answer. */
const refusalsShownMax = 200

/**
 * `$import-status?job=[number]`: how far an import of the caller's hospital is. 202 with `X-Progress`
 * while it goes on; then 200 with what it came to. Refused lines are told while it goes on, too, each with
 * its OperationOutcome; `after=[input]:[line]` gives those behind a line.
 * @throws NotFound for a job that is not there, or is another hospital's, alike
 */
export const importStatus = async (
  { parameters }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { principal } = exchange.grant
  if (principal.clientId !== principal.subject) throw new Forbidden('import-systems-only')
  const asked = new Map(parameters)
  const number = asked.get('job') ?? ''
  const [, input = '0', line = '0'] =
    /^(\d{1,9}):(\d{1,9})$/.exec(asked.get('after') ?? '0:0') ?? []
  const unknown = [...asked.keys()].find(
    name => name !== 'job' && name !== 'after' && !name.startsWith('_'),
  )
  if (!/^\d{1,18}$/.test(number) || unknown !== undefined)
    throw new InvalidRequest('import-parameter', {
      ...{ found: 'the query', expected: 'job=[number], and perhaps after=[input]:[line]' },
    })
  const owner = principal.organization.number
  const job = await readImport(exchange.queryable, { number: BigInt(number), owner })
  if (job === undefined) throw new NotFound()
  const place = { input: Number(input), line: Number(line) }
  const refusals = await readRefusals(exchange.queryable, job.number, place, refusalsShownMax)
  return importAnswer(job, refusals, exchange)
}

/** What is told of a job: 202 while it goes on. It holds nothing of any patient. */
export const importAnswer = (
  job: ImportJob,
  refusals: readonly ImportRefusal[],
  { context, language }: Exchange,
): Result => {
  const address = `${context.baseUrl}/fhir/$import-status?job=${job.number}`
  const isOpen = job.state === 'waiting' || job.state === 'running'
  const last = refusals.length < refusalsShownMax ? undefined : refusals.at(-1)
  const progress = `${job.created + job.updated} stored, ${job.refused} refused`
  return {
    kind: 'operation',
    json: parameterList([
      { name: 'job', valueString: String(job.number) },
      { name: 'state', valueCode: job.state },
      { name: 'requested', valueInstant: new Date(job.requested).toISOString() },
      ...(job.ended === null
        ? []
        : [{ name: 'ended', valueInstant: new Date(job.ended).toISOString() }]),
      { name: 'created', valueDecimal: Number(job.created) },
      { name: 'updated', valueDecimal: Number(job.updated) },
      { name: 'refused', valueDecimal: Number(job.refused) },
      ...(job.fault === null ? [] : [faultParameter(job.fault, language)]),
      ...refusals.map(refusalParameter),
      ...(last === undefined
        ? []
        : [{ name: 'next', valueUri: `${address}&after=${last.input}:${last.line}` }]),
    ]),
    disclosed: [],
    warnings: [],
    ...(isOpen ? { pending: { location: address, progress } } : {}),
  }
}

/** Why it ended before its last line. */
const faultParameter = (code: string, language: Language) => ({
  name: 'fault',
  part: [
    { name: 'code', valueCode: code },
    { name: 'text', valueString: isMessageCode(code) ? textOf(code, {}, language) : code },
  ],
})

const isMessageCode = (code: string): code is MessageCode => Object.hasOwn(messages, code)

const refusalParameter = ({ input, line, outcome }: ImportRefusal) => ({
  name: 'refusal',
  part: [
    { name: 'input', valuePositiveInt: input },
    { name: 'line', valuePositiveInt: line },
    { name: 'outcome', resource: JSON.parse(outcome) as unknown },
  ],
})
