import type { Definitions } from '../fhir/definitions.ts'
import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Label } from './index-sink.ts'
import { SharedTexts, type SharedText } from './shared-texts.ts'
import { TextEntries } from './text-entries.ts'
import { walkTexts } from './text-walk.ts'

/** What `_text`, `_content` and `:text` find of one resource. */
export interface ResourceTexts {
  /** What it alone says, as the tsvectors of its rows in `resource_text`. */
  readonly own: readonly string[]
  /** What its codes say, as others' do. */
  readonly shared: readonly SharedText[]
}

/** Of a resource that says nothing. */
export const noTexts: ResourceTexts = { own: [], shared: [] }

/**
 * The texts of a resource that `validate` has accepted.
 * @throws TooCostly beyond `wordsMax`
 */
export const resourceTexts = (
  resource: Resource,
  labels: readonly Label[],
  definitions: Definitions,
  wordsMax: number = limits.textWordsPerResourceMax,
): ResourceTexts => {
  const own = new TextEntries(wordsMax)
  const coded = new SharedTexts(resource.resourceType)
  walkTexts(resource, definitions, {
    own: (text, part) => own.text(text, part),
    coded: (text, part) => coded.text(text, part),
  })
  for (const { entry, isRedactable } of labels) coded.label(entry, isRedactable ? 'B' : 'D')
  const shared = coded.all(wordsMax)
  let { count } = own
  for (const text of shared) count += text.count
  if (count > wordsMax)
    throw new TooCostly('search-values-of-resource-too-many', { limit: wordsMax })
  return { own: own.all(), shared }
}

/** The tokens of a row: the hashes of the texts it shares, and what else it is found by. */
export const withTexts = (
  tokens: readonly bigint[],
  { shared }: Pick<ResourceTexts, 'shared'>,
): readonly bigint[] => [...shared.map(({ hash }) => hash), ...tokens]
