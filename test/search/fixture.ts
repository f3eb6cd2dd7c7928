import { randomInt } from 'node:crypto'
import type { Test } from 'tap'
import type { Database } from '../../src/db/database.ts'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { readLines, type SearchAnswer } from '../../src/search/answer-sql.ts'
import { compileSearch, type Position } from '../../src/search/compile.ts'
import { keyOf } from '../../src/search/hash.ts'
import { labelledBy } from '../../src/search/assigned-labels.ts'
import { indexValues } from '../../src/search/index-values.ts'
import { parseSearch } from '../../src/search/parse.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'
import { resourceTexts, withTexts } from '../../src/search/resource-texts.ts'
import { storeSharedTexts } from '../../src/store/shared-texts.ts'
import { aDatabase } from '../database.ts'

export const definitions = loadDefinitions()
export const baseUrl = 'http://huizhen.test'
export const timeZone = 'Asia/Shanghai'
export const now = () => new Date('2026-01-01T00:00:00Z')
export const options = { definitions, lenient: false, timeZone, baseUrl, now }

/** Tenants of the tests: `tinglin` keeps records, `no6` is asked for advice, `zhujing` has no part in it. */
export const tinglin = 1
export const no6 = 2
export const zhujing = 3

/** What somebody at a hospital sees when treating; `practitioner` for one person. */
export const seenBy = (organization: number, practitioner?: string): Visibility => ({
  organization,
  actors: [
    keyOf('Organization', ['', 'tinglin', 'no6', 'zhujing'][organization]!),
    ...(practitioner === undefined ? [] : [keyOf('Practitioner', practitioner)]),
  ],
  purposes: ['TREAT'],
})

export interface PutOptions {
  readonly owner?: number
  readonly audience?: readonly number[]
  readonly lastUpdated?: string
  readonly deleted?: boolean
}

/** `Observation?code=x` as type and decoded parameters. */
export const asked = (search: string): [string, [string, string][]] => {
  const [resourceType = '', parameters = ''] = search.split('?')
  return [resourceType, [...new URLSearchParams(parameters)]]
}

export const statementFor = (search: string, visibility: Visibility, position?: Position) => {
  const [resourceType, parameters] = asked(search)
  return compileSearch(permit(parseSearch(resourceType, parameters, options), visibility), position)
}

const array = (values: readonly (bigint | number)[] | null | undefined): string | null =>
  values === null || values === undefined ? null : `{${values.join(',')}}`

/** A database of the test's own, filled and searched without the rooms above `search`. */
export class Store {
  readonly database: Database
  #second = randomInt(1000)

  constructor(database: Database) {
    this.database = database
  }

  static async open(t: Test): Promise<Store> {
    const store = new Store(await aDatabase(t))
    await store.run('insert into owner_policy (owner) values (1), (2), (3)')
    await store.run('insert into label_sets (mark) values ($1)', [labelledBy()])
    return store
  }

  run = (text: string, values: readonly unknown[] = []) =>
    this.database.query({ name: '', text, values })

  put = async (
    resource: Resource,
    { owner, audience, ...rest }: PutOptions = {},
  ): Promise<void> => {
    const { id = '', resourceType } = resource
    const key = keyOf(resourceType, id)
    const row = indexValues(resource, definitions, { timeZone, baseUrl })
    const texts = resourceTexts(resource, row.labels, definitions)
    await storeSharedTexts(this.database, [{ type: resourceTypeNumber(resourceType)!, texts }])
    const updated = new Date(Date.UTC(2026, 0, 1) + this.#second++ * 1000).toISOString()
    await this.run(
      `insert into resource (key, type, id, version, owner, deleted, last_updated, patient, other_patients,
        audience, date_low, date_high, tokens, content, present, facts, confidentiality, screened, category)
       values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        ...[key, resourceTypeNumber(resourceType), id, owner ?? tinglin, rest.deleted ?? false],
        ...[rest.lastUpdated ?? updated, row.patient, array(row.otherPatients), array(audience)],
        ...[
          row.dateLow,
          row.dateHigh,
          array(withTexts(row.tokens, texts)),
          Buffer.from(JSON.stringify(resource)),
        ],
        ...[row.present, array(row.facts), row.confidentiality, row.screened, row.category],
      ],
    )
    for (const { parameter, value } of row.strings)
      await this.run('insert into search_string values ($1, $2, $3)', [key, parameter, value])
    for (const text of texts.own)
      await this.run('insert into resource_text values ($1, $2, $3::tsvector)', [
        ...[key, resourceTypeNumber(resourceType), text],
      ])
    for (const { parameter, low, high } of row.dates)
      await this.run('insert into search_date values ($1, $2, $3, $4)', [key, parameter, low, high])
    for (const value of row.quantities)
      await this.run(
        `insert into search_quantity (key, parameter, low, high, code, unit, canonical, canonical_low, canonical_high, codes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          ...[key, value.parameter, value.low, value.high, value.code, value.unit],
          ...[value.canonical, value.canonicalLow, value.canonicalHigh, array(value.codes)],
        ],
      )
  }

  /** One page, by the ids of what it shows. */
  page = async (search: string, visibility = seenBy(tinglin), position?: Position) => {
    const [answer] = await this.database.query<SearchAnswer>(
      statementFor(search, visibility, position),
    )
    const { matches, included, next, ...rest } = answer!
    return {
      ...rest,
      matches: readLines(matches).map(({ id }) => id),
      included: readLines(included).map(({ id }) => id),
      next: typeof next === 'string' ? (JSON.parse(next) as Position) : undefined,
    }
  }

  /** Ids of the matches, in order. */
  ids = async (search: string, visibility = seenBy(tinglin)): Promise<string[]> =>
    (await this.page(search, visibility)).matches

  /** Ids of what is included, sorted. */
  included = async (search: string, visibility = seenBy(tinglin)): Promise<string[]> =>
    (await this.page(search, visibility)).included.sort()

  total = async (search: string, visibility = seenBy(tinglin)): Promise<number | undefined> =>
    (await this.page(search, visibility)).total ?? undefined
}
