import type { Asked } from '../server.ts'
import { parseExact, type Exact } from './exact-json.ts'
import type { ListeningServer } from './listening.ts'

/** One entry of a searchset, its numbers as written. */
export interface FoundEntry {
  readonly fullUrl: string
  readonly resource: { readonly resourceType: string; readonly id: string } & Record<string, Exact>
  readonly search: { readonly mode: string }
}

/** One page of a search. */
export interface Page {
  readonly total: number
  readonly next: string | undefined
  readonly entries: readonly FoundEntry[]
}

const pagesMax = 500

/** Every page of a search, by its `next` links. */
export const pagesOf = async (
  { send }: Pick<ListeningServer, 'send'>,
  query: string,
  asked: Asked,
): Promise<readonly Page[]> => {
  const pages: Page[] = []
  for (let url: string | undefined = query; url !== undefined; url = pages.at(-1)!.next) {
    const { status, text, json } = await send('GET', url, asked)
    if (status !== 200) throw new Error(`a page of ${query} answered ${status}: ${text}`)
    if (pages.length > pagesMax) throw new Error(`${query} does not end`)
    pages.push({
      total: json.total,
      next: json.link?.find((link: { relation: string }) => link.relation === 'next')?.url,
      entries: (parseExact(text) as { entry?: FoundEntry[] }).entry ?? [],
    })
  }
  return pages
}

/** The `Type/id` of entries with a search mode, in order. */
export const addresses = (entries: readonly FoundEntry[], mode = 'match'): string[] =>
  entries
    .filter(({ search }) => search.mode === mode)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)

/** How many entries the pages of a result must hold: full ones, then the rest; one page if nothing. */
export const pageSizes = (total: number, size: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, page) =>
    Math.min(size, total - page * size),
  )
