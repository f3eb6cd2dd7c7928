import type { Resource } from '../../src/fhir/resource.ts'

/** One request of a script and its answer. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly resource: Resource | undefined
}

/** A resource that a script can name, and the headers it came with. */
export interface Source {
  readonly resource: Resource | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What a script knows while it runs. */
export interface Run {
  /** Fixtures and stored answers, by id. */
  readonly sources: Map<string, Source>
  readonly profiles: ReadonlyMap<string, string>
  /** Where fixtures were created, by their ids. */
  readonly created: Map<string, string>
  readonly variables: ReadonlyMap<string, () => Promise<string>>
  last: Exchange | undefined
  readonly send: Send
}

/** Sends to a server; `url` is relative to its FHIR endpoint, or absolute. */
export type Send = (message: {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Resource
}) => Promise<Exchange>

/** A script asked for something that it cannot get: the reason is the message. */
export class Failure extends Error {}

/** The source of that id; the last answer where none is named. @throws Failure when there is none. */
export const sourceOf = (run: Run, id: string | undefined): Source => {
  const source = id === undefined ? run.last : run.sources.get(id)
  if (source === undefined) throw new Failure(`no source ${id ?? 'answer'}`)
  return source
}

/** The resource of that source. @throws Failure when it has none. */
export const resourceOf = (run: Run, id: string | undefined): Resource => {
  const { resource } = sourceOf(run, id)
  if (resource === undefined) throw new Failure(`source ${id ?? 'answer'} has no resource`)
  return resource
}

const placeholder = /\$\{([^}]+)\}/g

/** The text with the values of its variables. @throws Failure when a variable has no value. */
export const substituted = async (run: Run, text: string): Promise<string> => {
  const values = new Map<string, string>()
  for (const [, name] of text.matchAll(placeholder)) {
    const value = run.variables.get(name!)
    if (value === undefined) throw new Failure(`no variable ${name}`)
    values.set(name!, await value())
  }
  return text.replace(placeholder, (_, name: string) => values.get(name)!)
}
