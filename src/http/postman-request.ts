import { exampleOf } from './postman-example.ts'

/** Who a request of the collection is sent as; each has a token variable of its own. */
export type Sender = 'hospital' | 'other' | 'specialist' | 'nobody'

/** One request of the story, as a reader thinks of it. */
export interface StoryRequest {
  /** In English and Chinese. */
  readonly name: string
  readonly description?: string
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the base URL on. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Form fields, in place of a body. */
  readonly form?: Readonly<Record<string, string>>
  /** Credentials of a client, for the token endpoint. */
  readonly basic?: { readonly username: string; readonly password: string }
  /** Statuses, each of which is right. */
  readonly expect: readonly number[]
  /** More lines of the test script. */
  readonly tests?: readonly string[]
}

/** The token variable of each sender. */
export const tokenVariables = {
  hospital: 'token',
  other: 'otherToken',
  specialist: 'specialistToken',
} as const

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }))

const typed = (values: Readonly<Record<string, string>>) =>
  pairs(values).map(pair => ({ ...pair, type: 'string' }))

/**
 * How a sender proves itself. Postman itself runs client credentials (the button "Get New Access
 * Token"); until it is pressed, the token that the first folder has fetched is used.
 */
export const authOf = (sender: Sender) => {
  if (sender === 'nobody') return { type: 'noauth' }
  const token = `{{${tokenVariables[sender]}}}`
  if (sender === 'specialist') return { type: 'bearer', bearer: typed({ token }) }
  const prefix = sender === 'hospital' ? 'client' : 'otherClient'
  return {
    type: 'oauth2',
    oauth2: typed({
      accessToken: token,
      grant_type: 'client_credentials',
      accessTokenUrl: '{{baseUrl}}/auth/token',
      clientId: `{{${prefix}Id}}`,
      clientSecret: `{{${prefix}Secret}}`,
      client_authentication: 'header',
      addTokenTo: 'header',
    }),
  }
}

/** A request as an item of a Postman collection, with its test script. @see https://schema.postman.com/ */
export const itemOf = (request: StoryRequest) => {
  const { name, description, method, path, basic, expect, tests = [] } = request
  const statuses = expect.join(' or ')
  return {
    name,
    event: [
      {
        listen: 'test',
        script: {
          type: 'text/javascript',
          exec: [
            `pm.test('status ${statuses}', () => pm.expect(pm.response.code).to.be.oneOf([${expect.join(', ')}]))`,
            ...tests,
          ],
        },
      },
    ],
    response: [exampleOf(request)],
    request: {
      method,
      ...(description === undefined ? {} : { description }),
      ...(basic === undefined ? {} : { auth: { type: 'basic', basic: typed({ ...basic }) } }),
      header: headersOf(request),
      url: `{{baseUrl}}${path}`,
      ...bodyOf(request),
    },
  }
}

const headersOf = ({ body, headers = {} }: StoryRequest) =>
  pairs({
    ...(body === undefined ? {} : { 'Content-Type': 'application/fhir+json' }),
    ...headers,
  })

const bodyOf = ({ body, form }: StoryRequest) => {
  if (form !== undefined) return { body: { mode: 'urlencoded', urlencoded: pairs(form) } }
  return body === undefined ? {} : { body: { mode: 'raw', raw: JSON.stringify(body, null, 2) } }
}
