import type { Queryable } from '../db/database.ts'
import { readLines, type AnswerLine, type SearchAnswer } from '../search/answer-sql.ts'
import { compileSearch, type Again, type Position } from '../search/compile.ts'
import { patientsNamed } from '../search/merged-patients.ts'
import type { Permitted } from '../search/permitted.ts'
import type { SearchQuery } from '../search/tree.ts'
import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import { PackedJson } from './content.ts'
import { requireTexts } from './text-backlog.ts'
import { readMerged } from './patient-merge.ts'
import { redacted } from './redacted.ts'
import type { ServedResource } from './rows.ts'

/** One page of a search. */
export interface Page {
  readonly matches: readonly ServedResource[]
  readonly included: readonly ServedResource[]
  /** How many resources match in all; undefined when the search did not want to know. */
  readonly total: number | undefined
  /** Patients of other hospitals' records that only the total tells of. */
  readonly countedPatients: readonly bigint[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: Position | undefined
}

const longQuestionsMax = 2000
const questionCharactersMax = 1000
/** What was asked and had many matches, with who asked: asked anew, it is counted at once as it had to be. */
const longQuestions = new Set<string>()

const remember = (question: string): void => {
  if (question.length > questionCharactersMax) return
  if (longQuestions.size >= longQuestionsMax) longQuestions.clear()
  longQuestions.add(question)
}

/**
 * One page after `position`, from one statement and so of one moment. It is asked again when a Patient
 * it names has replaced another, whose records are then among the matches, and when it has many matches.
 * @throws Unavailable while texts it asks for are not all indexed
 * @throws TooCostly when more is included, or what is found is larger, than one answer may hold
 */
export const searchResources = async (
  queryable: Queryable,
  query: Permitted<SearchQuery>,
  position?: Position,
): Promise<Page> => {
  await requireTexts(queryable, query.asked)
  const first = compileSearch(query, position)
  const question = `${first.name} ${first.values.join(' ')}`
  let again: Again = { isLong: longQuestions.has(question) }
  const ask = async (statement = compileSearch(query, position, again)) =>
    (await queryable.query<SearchAnswer>(statement))[0]
  let answer = await (again.isLong === true ? ask() : ask(first))
  if (answer?.merged === true) {
    const merged = await readMerged(queryable, query, patientsNamed(query.asked.criteria))
    again = { ...again, merged }
    answer = await ask()
  }
  if (answer?.total === null) {
    again = { ...again, isLong: true }
    answer = await ask()
    if (position === undefined) remember(question)
  }
  const { matches, contents, included, included_contents, next } = answer ?? {}
  const reached = readLines(included)
  if (reached.length > limits.includedResourcesMax)
    throw new TooCostly('search-includes-too-many', { limit: limits.includedResourcesMax })
  return {
    matches: servedOf(readLines(matches), contents),
    included: servedOf(reached, included_contents),
    total: answer?.total ?? undefined,
    countedPatients: answer?.counted_patients ?? [],
    next: next === null || next === undefined ? undefined : (JSON.parse(next) as Position),
  }
}

/** @throws TooCostly when the contents were too large to be read at once */
const servedOf = (
  lines: readonly AnswerLine[],
  contents: Buffer | null | undefined,
): readonly ServedResource[] => {
  let at = 0
  return lines.map(line => {
    if (contents === null || contents === undefined) throw new TooCostly('search-page-too-large')
    return new Served(line, new PackedJson(contents, at, (at += line.bytes)))
  })
}

/** One line of an answer with its content, which is unpacked only when it is asked for. */
class Served implements ServedResource {
  readonly #packed: PackedJson
  readonly #whole: boolean
  readonly resourceType: string
  readonly id: string
  readonly owner: number
  readonly patients: readonly bigint[]

  constructor({ type, id, owner, patients, whole }: AnswerLine, packed: PackedJson) {
    this.#packed = packed
    this.#whole = whole
    this.resourceType = resourceTypes[type]!
    this.id = id
    this.owner = owner
    this.patients = patients
  }

  get packed(): PackedJson | undefined {
    return this.#whole ? this.#packed : undefined
  }

  get json(): Buffer {
    return this.#whole ? this.#packed.toBuffer() : redacted(this.#packed)
  }
}
