import { isDeepStrictEqual } from 'node:util'
import { createContext, runInContext } from 'node:vm'

interface Pair {
  readonly key: string
  readonly value: string
}

/** The parts of a Postman collection that this runner follows. */
export interface Collection {
  readonly item: readonly {
    readonly name: string
    readonly auth: Auth
    readonly item: readonly Item[]
  }[]
}

interface Auth {
  readonly type: string
  readonly basic?: readonly Pair[]
  readonly bearer?: readonly Pair[]
  readonly oauth2?: readonly Pair[]
}

interface Item {
  readonly name: string
  readonly event: readonly { readonly script: { readonly exec: readonly string[] } }[]
  readonly request: {
    readonly method: string
    readonly url: string
    readonly auth?: Auth
    readonly header: readonly Pair[]
    readonly body?: { readonly raw?: string; readonly urlencoded?: readonly Pair[] }
  }
}

/** One assertion of a test script, and what came instead when it did not hold. */
export interface Outcome {
  readonly request: string
  readonly test: string
  readonly failure: string | undefined
}

type Variables = Map<string, string>

/** Sends every request in order, as Postman does, and runs its test script on the answer. */
export const runCollection = async (
  collection: Collection,
  environment: { readonly values: readonly Pair[] },
): Promise<readonly Outcome[]> => {
  const variables: Variables = new Map(environment.values.map(({ key, value }) => [key, value]))
  const outcomes: Outcome[] = []
  for (const folder of collection.item)
    for (const item of folder.item) {
      const response = await send(item, folder.auth, variables)
      outcomes.push(...scriptOutcomes(item, `${folder.name} / ${item.name}`, response, variables))
    }
  return outcomes
}

/** Variables in `{{name}}`; one that is not known stays, as in Postman. */
const filled = (text: string, variables: Variables): string =>
  text.replace(/\{\{([^{}]+)\}\}/g, (whole, name: string) =>
    name === '$isoTimestamp' ? new Date().toISOString() : (variables.get(name) ?? whole),
  )

interface Received {
  readonly status: number
  readonly text: string
}

const send = async (
  { request }: Item,
  folderAuth: Auth,
  variables: Variables,
): Promise<Received> => {
  const { method, url, header, body } = request
  const headers = new Headers(header.map(({ key, value }) => [key, filled(value, variables)]))
  const authorization = authorizationOf(request.auth ?? folderAuth, variables)
  if (authorization !== undefined) headers.set('authorization', authorization)
  const form = body?.urlencoded?.map(({ key, value }): [string, string] => [
    key,
    filled(value, variables),
  ])
  const answer = await fetch(filled(url, variables), {
    method,
    headers,
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    ...(body?.raw === undefined ? {} : { body: filled(body.raw, variables) }),
  })
  return { status: answer.status, text: await answer.text() }
}

const authorizationOf = (auth: Auth, variables: Variables): string | undefined => {
  const value = (pairs: readonly Pair[] | undefined, name: string): string =>
    filled(pairs?.find(({ key }) => key === name)?.value ?? '', variables)
  if (auth.type === 'basic')
    return `Basic ${btoa(`${value(auth.basic, 'username')}:${value(auth.basic, 'password')}`)}`
  if (auth.type === 'bearer') return `Bearer ${value(auth.bearer, 'token')}`
  if (auth.type === 'oauth2') return `Bearer ${value(auth.oauth2, 'accessToken')}`
  return undefined
}

/** The part of Postman's `pm` that the scripts use. */
const scriptOutcomes = (
  item: Item,
  request: string,
  { status, text }: Received,
  variables: Variables,
): readonly Outcome[] => {
  const outcomes: Outcome[] = []
  const must = (holds: boolean, found: unknown): void => {
    if (!holds) throw new Error(`found ${JSON.stringify(found)}: ${text.slice(0, 400)}`)
  }
  const pm = {
    response: { code: status, json: (): unknown => JSON.parse(text) },
    environment: { set: (name: string, value: unknown) => variables.set(name, String(value)) },
    expect: (found: unknown) => ({
      to: {
        be: {
          oneOf: (expected: readonly unknown[]) => must(expected.includes(found), found),
          above: (least: number) => must(Number(found) > least, found),
        },
        eql: (expected: unknown) => must(isDeepStrictEqual(found, expected), found),
      },
    }),
    test: (test: string, run: () => void) => {
      try {
        run()
        outcomes.push({ request, test, failure: undefined })
      } catch (error) {
        outcomes.push({ request, test, failure: String(error) })
      }
    },
  }
  for (const { script } of item.event) runInContext(script.exec.join('\n'), createContext({ pm }))
  return outcomes
}
