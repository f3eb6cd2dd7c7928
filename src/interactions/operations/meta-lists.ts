import { stringifyJson } from '../../fhir/json.ts'
import type { Meta } from '../../fhir/resource.ts'

/** The lists of a Meta that the meta operations work on. @see https://hl7.org/fhir/R4/resource.html#Meta */
export const metaLists = ['profile', 'security', 'tag'] as const
type MetaList = (typeof metaLists)[number]

const listOf = (meta: Meta | undefined, name: MetaList): readonly unknown[] => {
  const list = meta?.[name]
  return Array.isArray(list) ? list : []
}

/** What makes two entries the same: the canonical of a profile, system and code of a Coding. */
const identity = (entry: unknown): string => {
  if (typeof entry !== 'object' || entry === null) return String(entry)
  const { system, code } = entry as { system?: unknown; code?: unknown }
  return stringifyJson([system ?? null, code ?? null])
}

/** `meta` with the entries of `added` that it has not yet. */
export const withAdded = (meta: Meta | undefined, added: Meta): Meta =>
  changed(meta, name => {
    const present = listOf(meta, name)
    const known = new Set(present.map(identity))
    return [...present, ...listOf(added, name).filter(entry => !known.has(identity(entry)))]
  })

/** `meta` without the entries of `removed`. */
export const withoutRemoved = (meta: Meta | undefined, removed: Meta): Meta =>
  changed(meta, name => {
    const gone = new Set(listOf(removed, name).map(identity))
    return listOf(meta, name).filter(entry => !gone.has(identity(entry)))
  })

const changed = (
  meta: Meta | undefined,
  entriesOf: (name: MetaList) => readonly unknown[],
): Meta => {
  const next: Meta = { ...meta }
  for (const name of metaLists) {
    const entries = entriesOf(name)
    if (entries.length > 0) next[name] = entries
    else delete next[name]
  }
  return next
}
