import { permitOwnMatch } from '../access/grant.ts'
import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { FhirError } from '../fhir/errors.ts'
import { rewriteReferences } from '../fhir/references.ts'
import { lockKeys } from '../store/lock.ts'
import { matchedVersion, readMatches, type MatchedVersion } from '../store/match.ts'
import { requestEntries, withoutNesting } from './bundle-entries.ts'
import { headEntry, responseEntry } from './bundle-response.ts'
import { gateLock, identifierLocks, type Criteria } from './conditional-criteria.ts'
import { deletedResult } from './conditional-delete.ts'
import { disclosedBy } from './disclosed.ts'
import { conditionalReferences, meantBy, referenceMatches } from './conditional-references.ts'
import { copiedTree } from './copied-tree.ts'
import { FullUrls, type LinkResolver } from './full-urls.ts'
import type { Bundle, Exchange, Request, Result } from './interaction.ts'
import { requestOf } from './routes.ts'
import { Decisions, intentsOf, type Matches } from './transaction-decision.ts'
import { stepOf, type Step } from './transaction-step.ts'
import type { WriteIntent } from './write-intent.ts'
import { transacted } from './retries.ts'
import { write } from './write.ts'

/**
 * FHIR transaction: all entries or none. What the criteria of its entries and references meet is
 * looked for under locks, references are rewritten, all changes are stored by one statement, then
 * reads and searches see their result, all in one database transaction.
 * @throws FhirError of the first entry that cannot be done; nothing is written then
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export const transaction = async (
  bundle: Bundle,
  exchange: Exchange,
  run: (request: Request, exchange: Exchange) => Promise<Result>,
): Promise<Result> => {
  const entries = requestEntries(bundle, exchange)
  const steps: Step[] = []
  for (const [index, entry] of entries.entries()) {
    const request = withoutNesting(entry, requestOf)
    steps.push(await stepOf(request, entry, index, exchange))
  }
  const references = conditionalReferences(steps.flatMap(referring), exchange)
  // Where another attempt may meet other resources, it needs the references as they were sent; and so
  // it does when the ids are assigned anew, because the transaction around this one is tried again.
  const isSettled =
    references.size === 0 &&
    steps.every(({ change }) => !change?.criteria) &&
    exchange.queryable === exchange.context.database
  // Changes alone, whose targets are known, are one write, which needs no transaction around it.
  const results =
    isSettled && steps.every(({ change }) => change !== undefined)
      ? await attempt(steps, references, exchange, run)
      : await transacted(exchange, inside =>
          attempt(isSettled ? steps : steps.map(copied), references, inside, run),
        )
  return {
    kind: 'bundle',
    json: bundleBytes(
      { type: 'transaction-response' },
      results.map((result, index): Entry => {
        const entry = responseEntry(result, exchange)
        return entries[index]!.request.method === 'HEAD' ? headEntry(entry) : entry
      }),
    ),
    disclosed: results.flatMap(disclosedBy),
    countedPatients: results.flatMap(result =>
      'countedPatients' in result ? (result.countedPatients ?? []) : [],
    ),
    warnings: [],
  }
}

const referring = ({ change, expression }: Step) =>
  change?.resource === undefined
    ? []
    : [{ resource: change.resource, expression: `${expression}.resource` }]

const copied = (step: Step): Step =>
  step.change?.resource === undefined
    ? step
    : { ...step, change: { ...step.change, resource: copiedTree(step.change.resource) } }

/** One try at everything. Results stand in the order of the entries. */
const attempt = async (
  steps: readonly Step[],
  references: ReadonlyMap<string, Criteria>,
  inside: Exchange,
  run: (request: Request, exchange: Exchange) => Promise<Result>,
): Promise<readonly Result[]> => {
  const [matches, meant] = await Promise.all([
    lockedMatches(steps, inside),
    referenceMatches(references, inside),
  ])
  const decisions = new Decisions(steps, matches)
  const urls = rewriteLinks(steps, decisions, { references, meant }, inside)
  const intents = steps.flatMap(step =>
    intentsOf(decisions.of(step)).map(intent => withLinks(intent, () => urls.linksOf(step))),
  )
  const written = await write(intents, inside)
  const results = new Map<Step, Result>()
  let next = 0
  for (const step of steps) {
    const { length } = intentsOf(decisions.of(step))
    if (length > 0) results.set(step, deletedResult(written.slice(next, (next += length))))
  }
  for (const step of steps)
    if (!results.has(step))
      results.set(step, await otherResult(step, decisions, { results, inside, run }))
  return steps.map(step => results.get(step)!)
}

const otherResult = async (
  step: Step,
  decisions: Decisions,
  {
    results,
    inside,
    run,
  }: {
    readonly results: ReadonlyMap<Step, Result>
    readonly inside: Exchange
    readonly run: (request: Request, exchange: Exchange) => Promise<Result>
  },
): Promise<Result> => {
  const decision = decisions.of(step)
  if (decision?.kind === 'absent') return decision
  if (decision?.kind === 'matched')
    return { kind: 'matched', version: matchedVersion(decision.resourceType, decision.match) }
  if (decision?.kind === 'made') {
    const made = results.get(decision.by)!
    return 'version' in made ? { kind: 'matched', version: made.version } : made
  }
  try {
    return await run(step.question!, inside)
  } catch (error) {
    throw error instanceof FhirError ? error.at(step.expression) : error
  }
}

/** What the criteria of the entries meet, held until the end. Locks and searches travel in one write. */
const lockedMatches = async (steps: readonly Step[], inside: Exchange): Promise<Matches> => {
  const criteria = new Map<string, Criteria & { readonly countMax: number }>()
  const locks: bigint[] = []
  for (const { change } of steps) {
    if (change?.criteria === undefined) continue
    // Several entries may be about the same criteria, of which one removes more than another.
    const others = criteria.get(change.criteria.text)?.countMax ?? 1
    const countMax = Math.max(others, change.countMax ?? 1)
    criteria.set(change.criteria.text, { ...change.criteria, countMax })
    locks.push(...change.criteria.locks)
    if (change.resource !== undefined)
      locks.push(...identifierLocks(change.resourceType, change.resource, inside))
  }
  const questions = [...criteria].map(
    ([text, { query, countMax }]) =>
      [text, countMax, permitOwnMatch(inside.grant, query, countMax)] as const,
  )
  const [, ...answers] = await Promise.all([
    lockKeys(inside.queryable, gateLock(inside), locks),
    ...questions.map(async ([text, countMax, question]) => {
      const found = await readMatches(inside.queryable, question)
      return [text, { found, countMax }] as const
    }),
  ])
  return new Map(answers)
}

const rewriteLinks = (
  steps: readonly Step[],
  decisions: Decisions,
  {
    references,
    meant,
  }: {
    readonly references: ReadonlyMap<string, Criteria>
    readonly meant: ReadonlyMap<string, readonly MatchedVersion[]>
  },
  inside: Exchange,
): FullUrls => {
  const { context, grant } = inside
  const urls = new FullUrls(steps, step => decisions.addressOf(step), `${context.baseUrl}/fhir/`)
  const owner = grant.principal.organization.number
  for (const step of steps) {
    const [target] = referring(step)
    if (target === undefined || decisions.of(step)?.kind !== 'write') continue
    const links = urls.linksOf(step)
    rewriteReferences(target.resource, (text, isReference) => {
      const criteria = isReference ? references.get(text) : undefined
      if (criteria === undefined) return links(text, isReference)
      const stored = { found: meant.get(text)!, countMax: 1 }
      const matches = decisions.meeting(criteria, stored, owner)
      const id = meantBy(text, criteria, matches, { referring: target, exchange: inside })
      return `${criteria.resourceType}/${id}`
    })
  }
  return urls
}

/** Links that a patch puts into a resource are known only once it is applied. */
const withLinks = (intent: WriteIntent, linksOf: () => LinkResolver): WriteIntent => {
  const { patch } = intent
  if (patch === undefined) return intent
  const links = linksOf()
  return {
    ...intent,
    patch: async (stored, inside) => {
      const patched = await patch(stored, inside)
      rewriteReferences(patched, links)
      return patched
    },
  }
}
