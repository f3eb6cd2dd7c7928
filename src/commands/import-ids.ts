import { rewriteReferences } from '../fhir/references.ts'
import type { Found } from './import-source.ts'

/** Different resources that one import may hold: their addresses stay in memory. */
export const importedMax = 5_000_000

/** Whether something is to be performed as it is, a batch or transaction. */
export const isBundle = (value: Found['value']): boolean => value?.['resourceType'] === 'Bundle'

const addressOf = (value: Found['value']): string | undefined => {
  const { resourceType, id } = value ?? {}
  return typeof resourceType === 'string' && typeof id === 'string'
    ? `${resourceType}/${id}`
    : undefined
}

/**
 * New ids under a hospital's prefix for resources that come with others, and the same for references
 * among them. What refers to something outside of the import is left alone.
 */
export class ImportIds {
  readonly #prefix: string
  readonly #renamed = new Set<string>()
  /** Resources and bundles met by `survey`. */
  count = 0

  constructor(organization: string) {
    this.#prefix = `${organization.split('-', 1)[0]}-`
  }

  /** Notes what is there. False when it is more than an import may hold. */
  survey({ value }: Found): boolean {
    this.count++
    const address = addressOf(value)
    if (address !== undefined && !isBundle(value) && !address.includes(`/${this.#prefix}`))
      this.#renamed.add(address)
    return this.#renamed.size <= importedMax
  }

  /** Gives the resource and what it refers to their new ids, in place. */
  rename({ value }: Found): void {
    const address = addressOf(value)
    if (value === undefined) return
    if (address !== undefined && this.#renamed.has(address))
      value['id'] = `${this.#prefix}${String(value['id'])}`
    rewriteReferences(value, (reference, isReference) =>
      isReference && this.#renamed.has(reference)
        ? reference.replace('/', `/${this.#prefix}`)
        : undefined,
    )
  }
}
