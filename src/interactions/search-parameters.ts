import { requireOperator } from '../access/grant.ts'
import { ValidationFailed } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Issue } from '../fhir/outcome.ts'
import { keyOf } from '../search/hash.ts'
import { freeSlots } from '../search/parameters.ts'
import {
  parameterIssues,
  writtenParameter,
  wrong,
  type WrittenParameter,
} from '../search/search-parameter-check.ts'
import {
  lockRegistered,
  putRegistered,
  raiseIndexGeneration,
  removeRegistered,
  type Registered,
} from '../store/search-parameters.ts'
import type { Exchange } from './interaction.ts'
import type { Written } from './reference-targets.ts'

/**
 * Registers the SearchParameters that are written as active, and takes away those that no longer are,
 * in the transaction that writes them. Writes index a parameter from then on; searches may use it once
 * `$reindex` has gone through what was stored before. Drafts of anyone have no effect.
 * @throws Forbidden for everyone but the operator
 * @throws ValidationFailed naming what cannot be served
 */
export const replaceSearchParameters = async (
  written: readonly Written[],
  exchange: Exchange,
): Promise<void> => {
  const changed = written.filter(
    ({ intent, isChanged }) => isChanged && intent.resourceType === 'SearchParameter',
  )
  if (changed.length === 0) return
  let registered = await lockRegistered(exchange.queryable)
  for (const { intent, resource } of changed) {
    const key = keyOf('SearchParameter', intent.id)
    const known = registered.find(one => one.resource === key)
    const isActive = resource?.['status'] === 'active'
    if (!isActive && known === undefined) continue
    try {
      requireOperator(exchange.grant)
      if (resource === undefined || !isActive) await removeRegistered(exchange.queryable, [key])
      else await register({ key, id: intent.id }, writtenParameter(resource), registered, exchange)
    } catch (error) {
      throw error instanceof ValidationFailed ? error.at(intent.entry) : error
    }
    registered = await lockRegistered(exchange.queryable)
  }
}

const register = async (
  { key, id }: { readonly key: bigint; readonly id: string },
  written: WrittenParameter,
  registered: readonly Registered[],
  { context, queryable }: Exchange,
): Promise<void> => {
  const known = registered.find(({ resource }) => resource === key)
  const others = registered.filter(({ resource }) => resource !== key)
  const taken = others.filter(({ base }) => base.some(type => written.base.includes(type)))
  const free = freeSlots(context.definitions, written.base).filter(slot =>
    taken.every(other => other.slot !== slot),
  )
  const slot = known !== undefined && free.includes(known.slot) ? known.slot : free[0]
  const issues = [
    ...parameterIssues(written, context.definitions),
    ...clashes(written, others, taken),
    ...(slot === undefined
      ? [wrong('base', 'too many parameters', 'types with room for more')]
      : []),
  ]
  if (issues.length > 0 || slot === undefined)
    throw new ValidationFailed(issues.slice(0, limits.issuesMax))
  const one = { ...written, resource: key, id, slot }
  const isSame = known !== undefined && meaningOf(known) === meaningOf(one)
  const generation = isSame ? known.generation : await raiseIndexGeneration(queryable)
  await putRegistered(queryable, { ...one, generation, ready: isSame && known.ready })
}

const clashes = (
  { url, code }: WrittenParameter,
  others: readonly Registered[],
  sameTypes: readonly Registered[],
): readonly Issue[] => [
  ...(others.some(other => other.url === url)
    ? [wrong('url', url, 'a canonical that no parameter has yet')]
    : []),
  ...(sameTypes.some(other => other.code === code)
    ? [wrong('code', code, 'a code that these types do not have yet')]
    : []),
  ...(others.length >= limits.runTimeParametersMax
    ? [wrong('status', 'active', `at most ${limits.runTimeParametersMax} active parameters`)]
    : []),
]

/** What decides how a parameter is indexed and asked for. */
const meaningOf = ({ code, kind, base, targets, expression, slot }: Meaning) =>
  JSON.stringify([code, kind, [...base].sort(), [...targets].sort(), expression, slot])

type Meaning = Pick<Registered, 'code' | 'kind' | 'base' | 'targets' | 'expression' | 'slot'>
