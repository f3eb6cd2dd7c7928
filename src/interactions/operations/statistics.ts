import { permitSearch } from '../../access/grant.ts'
import { TooCostly } from '../../fhir/errors.ts'
import { parseJson, stringifyJson } from '../../fhir/json.ts'
import { limits } from '../../fhir/limits.ts'
import type { Resource } from '../../fhir/resource.ts'
import { indexValues } from '../../search/index-values.ts'
import { parseSearch } from '../../search/parse.ts'
import { ucumSystem } from '../../fhir/ucum.ts'
import { searchResources } from '../../store/search.ts'
import type { ServedResource } from '../../store/rows.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { parameterValues } from './parameters.ts'
import { figuresOf, type Figure, type StatisticCode } from './statistic-codes.ts'
import { measuredBy, type Measured } from './statistic-samples.ts'
import {
  observationsAsked,
  statisticsQuestion,
  type StatisticsQuestion,
} from './statistics-question.ts'

/**
 * `Observation/$stats`: figures over what was measured of one subject under some codes, one
 * Observation for each code. Values in other units of the same dimension are converted to the unit of
 * the newest; what has no UCUM unit, or an extension that changes its meaning, is left out and only in
 * `total-count`. Reads at most `limits.statisticsObservationsMax` Observations.
 * @throws InvalidRequest naming the parameter at fault
 * @throws TooCostly when there are more
 * @see https://hl7.org/fhir/R4/observation-operation-stats.html
 */
export const statistics = async (
  { parameters, resource }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { definitions, timeZone, baseUrl, now } = exchange.context
  const question = statisticsQuestion([...parameters, ...parameterValues(resource)], now())
  const query = parseSearch('Observation', observationsAsked(question), {
    ...{ definitions, timeZone, baseUrl, now, lenient: false },
  })
  const permitted = permitSearch(exchange.grant, {
    ...query,
    ...{ count: limits.statisticsObservationsMax, total: 'none' },
  })
  const { matches, next } = await searchResources(exchange.queryable, permitted)
  if (next !== undefined)
    throw new TooCostly('observations-too-many', { limit: limits.statisticsObservationsMax })
  const observations = matches.map(({ json }) => {
    const observation = JSON.parse(json.toString('utf8')) as Resource
    const { dateLow } = indexValues(observation, definitions, { timeZone, baseUrl })
    return { resource: observation, time: Date.parse(dateLow) }
  })
  const measured = measuredBy(question.codes, observations)
  if (measured.length > limits.statisticsCodesMax)
    throw new TooCostly('observations-too-many', { limit: limits.statisticsCodesMax })
  const sources = matches.slice(0, question.sources)
  const answer = [
    ...measured.map(one => ({ name: 'statistics', resource: statisticsOf(one, question) })),
    ...sources.map(({ json }) => ({ name: 'source', resource: parseJson(json) })),
  ]
  return {
    kind: 'operation',
    json: Buffer.from(stringifyJson({ resourceType: 'Parameters', parameter: answer })),
    disclosed: sources,
    countedPatients: patientsOfOthers(matches, exchange),
    warnings: [],
  }
}

/** Figures tell of records that are not shown, so the audit trail gets their patients. */
const patientsOfOthers = (
  versions: readonly ServedResource[],
  { grant }: Exchange,
): readonly bigint[] => {
  const own = grant.principal.organization.number
  const foreign = versions.filter(({ owner }) => owner !== own)
  return [...new Set(foreign.flatMap(({ patients }) => patients))]
}

const system = 'http://terminology.hl7.org/CodeSystem/observation-statistics'
const absent = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
      code: 'not-applicable',
    },
  ],
}

const statisticsOf = (measured: Measured, question: StatisticsQuestion): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [measured.asked] },
  subject: { reference: question.subject },
  ...periodOf(question),
  component: question.statistics.flatMap(code =>
    figuresOf(code, measured.samples, measured.ignored).map(figure =>
      component(code, figure, measured),
    ),
  ),
})

const periodOf = ({ start, end }: StatisticsQuestion): object =>
  start === undefined && end === undefined
    ? {}
    : {
        effectivePeriod: {
          ...(start === undefined ? {} : { start }),
          ...(end === undefined ? {} : { end }),
        },
      }

const component = (
  code: StatisticCode,
  { display, value, isInUnit }: Figure,
  { unit, unitText }: Measured,
): object => ({
  code: { coding: [{ system, code, display: display.split(':')[0] }], text: display },
  ...(value === undefined
    ? { dataAbsentReason: absent }
    : {
        valueQuantity: {
          value,
          ...(isInUnit && unit !== undefined
            ? { unit: unitText ?? unit, system: ucumSystem, code: unit }
            : {}),
        },
      }),
})
