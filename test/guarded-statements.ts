import type { Statement } from '../src/db/database.ts'
import { resourceTypes } from '../src/fhir/resource-types.ts'
import { isSharedType } from '../src/search/shared-types.ts'

/** Statements that name clinical data and yet ask nobody's leave, by the beginnings of their names. */
export const internalStatements: Readonly<Record<string, string>> = {
  'access-rules-': 'makes rules of consents and roles; gives nothing back',
  audit: 'writes the trail, which says whose record it was; gives nothing back',
  'consultation-': 'the state of consultations, of the owner that is named',
  glass: 'which hospitals to tell of an emergency, and its reviews; permitted by access/',
  'label-sets-': 'whether anything is stored at all, for the job that labels anew',
  'lock-current-versions': 'locks what a permitted write is about; write.ts checks the owner',
  'papers-': 'the consents and consultations of one owner, told to its own privacy officer',
  'patient-merges': 'keeps which Patient replaced which; gives nothing back',
  'reindex-': 'the job that indexes anew; its rows never leave the server',
  'merged-': 'keys of Patients that replaced others, whose own records are then asked for',
  'trace-': 'explains a decision about a row, to those access/ lets ask for it',
  'trail-':
    'the audit trail, permitted by access/trail-grant.ts; ids of the records of its own reader',
  'text-backlog': 'the job that indexes texts; its rows never leave the server',
  write: 'stores what a permitted write has made',
}

/** Steps before the predicate: all their rows go through the alias that is named instead, which is asked for it. */
const steps: Readonly<Record<string, string>> = {
  'from (select * from resource f where f.tokens @> array[w.token] and not f.deleted offset 0) r':
    'from resource r',
}

/** Parts of guarded statements that look at a row without giving it, each bound to one that is guarded. */
const harmlessParts: Readonly<Record<string, string>> = {
  'join resource o on o.key = m.surviving and o.owner = m.owner':
    'whether the hospital that says so keeps the Patient that replaced another',
  'from walk w join resource s on s.key = w.key': 'goes on from what was shown',
  'from resource_version n where n.key = v.key and n.version = v.version + 1':
    'when a visible version was superseded',
  'select t.key from resource t where t.tokens @> array[l.token] and not t.deleted offset 0':
    'keys of rows that are then asked for under the predicate',
  'from resource r where r.key = any($1::bigint[])\n  and not r.deleted and true':
    'whether references to the shared directory alone lead anywhere',
}

const naming =
  /\b(?:from|join|,|update|into)\s+"?(?:resource|resource_version|resource_text|search_string|search_date|search_quantity)\b/
const rows =
  /\b(?:from|join|,|update|into)\s+"?(resource|resource_version)\b"?(?:\s+(?:as\s+)?([a-z_0-9]+))?/g
const noAliases = new Set(['where', 'on', 'join', 'order', 'limit', 'left', 'cross', 'set', 'for'])

/**
 * What of clinical data a statement looks at without the access predicate: aliases of rows that neither
 * ask for their owner nor are all of shared types. Empty for guarded and for internal statements.
 *
 * A statement without a name is a test's own, unless it was built in the code (with quoted names) or
 * explains another one.
 */
export const unguardedOf = ({ name, text, values }: Statement): readonly string[] => {
  const isOwn = name === '' && !text.startsWith('explain') && !text.includes('"resource')
  if (isOwn || !naming.test(text)) return []
  if (Object.keys(internalStatements).some(beginning => name.startsWith(beginning))) return []
  let left = text
  for (const [step, rest] of Object.entries(steps)) left = left.replaceAll(step, rest)
  for (const part of Object.keys(harmlessParts)) left = left.replaceAll(part, '')
  const aliases = new Set<string>()
  for (const [, table = '', alias = table] of left.matchAll(rows))
    aliases.add(noAliases.has(alias) ? table : alias)
  if (aliases.size === 0) return naming.test(left) ? ['values of an index'] : []
  return [...aliases].filter(alias => !isGuarded(alias, left) && !isShared(alias, left, values))
}

/** Every form of the predicate asks for the owner of the row, or that of the Patient who asks. */
const isGuarded = (alias: string, text: string): boolean =>
  new RegExp(
    `\\b${alias}\\.(?:owner = \\$|patient = \\(select p\\.key from resource p where p\\.key = \\S+ and p\\.owner = \\$)`,
  ).test(text)

/** Whether the rows of an alias, or all that a statement is about, are of shared types. */
const isShared = (alias: string, text: string, values: readonly unknown[]): boolean => {
  const own = new RegExp(`\\b${alias}\\.type = (?:any\\()?\\$(\\d+)`, 'g')
  const isReached = text.includes(`${alias}.type = any(c.types)`)
  return [isReached ? reachedTypes : own, anyTypes].some(pattern => {
    const places = [...text.matchAll(pattern)].flatMap(([, ...found]) => found.filter(Boolean))
    const numbers = places.flatMap(at => numbersOf(values[Number(at) - 1]))
    return numbers.length > 0 && numbers.every(number => isSharedType(resourceTypes[number] ?? ''))
  })
}

/** Where an inclusion names the types it may reach. */
const reachedTypes = /\$(\d+)::smallint\[\] as types/g
/** Wherever a statement names types. */
const anyTypes =
  /\b\w+\.type = (?:any\()?\$(\d+)|unnest\(\$(\d+)::smallint\[\]\) t\(type\)|\$(\d+)::smallint\[\] as types/g

/** A number, an array of them, or the literal of an array. */
const numbersOf = (value: unknown): readonly number[] =>
  (String(value).match(/\d+/g) ?? []).map(Number)

/**
 * Looks at every statement that a server sends, each text once.
 * @throws Error in place of a statement that is not guarded
 */
export const statementGuard = (): ((statement: Statement) => void) => {
  const seen = new Set<string>()
  return statement => {
    if (seen.has(statement.text)) return
    const unguarded = unguardedOf(statement)
    if (unguarded.length > 0)
      throw new Error(
        `"${statement.name}" reads ${unguarded.join(', ')} without the access predicate: ${statement.text}`,
      )
    seen.add(statement.text)
  }
}
