import { importJWK, SignJWT } from 'jose'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { createApp, type App } from '../src/app.ts'
import { loadKeys, signingAlgorithm } from '../src/auth/keys.ts'
import { readConfig } from '../src/config.ts'
import type { DatabaseOptions } from '../src/db/pool.ts'
import { aDatabaseUrl } from './database.ts'
import { statementGuard } from './guarded-statements.ts'

/** Who a test asks as. */
export interface Caller {
  /** `no6-operator` is registered by the tests that need it. */
  readonly client:
    'tinglin-ehr' | 'zhujing-ehr' | 'no6-system' | 'no6-app' | 'tinglin-app' | 'no6-operator'
  readonly user?: 'no6-zhang' | 'no6-li' | 'no6-sun' | 'tinglin-wu' | 'tinglin-chen'
  readonly scope?: string
  readonly purpose?: string
  /** Id of the Patient in context; with `isPatient` that patient asks. */
  readonly patient?: string
  readonly isPatient?: true
  /** How the person has signed in, such as `otp`. */
  readonly amr?: readonly string[]
}

export const tinglin: Caller = { client: 'tinglin-ehr' }
export const zhujing: Caller = { client: 'zhujing-ehr' }
export const no6: Caller = { client: 'no6-system' }
export const zhang: Caller = { client: 'no6-app', user: 'no6-zhang' }
export const li: Caller = { client: 'no6-app', user: 'no6-li' }

/** The privacy officers of both hospitals. */
export const wu: Caller = { client: 'tinglin-app', user: 'tinglin-wu' }
/** An integration engineer of tinglin. */
export const chen: Caller = { client: 'tinglin-app', user: 'tinglin-chen' }
export const sun: Caller = { client: 'no6-app', user: 'no6-sun' }

export interface Asked {
  readonly as?: Caller
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface Answer {
  readonly status: number
  readonly headers: LightMyRequestResponse['headers']
  readonly text: string
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  readonly json: any
}

/**
 * All that a caller can see of an answer, but for the id of the request and the time of day: answers
 * that are alike in it cannot be told apart.
 */
export const seenOf = ({
  status,
  text,
  headers: { 'x-request-id': _, date: __, ...headers },
}: Answer) => ({ status, text, headers })

/** A whole application on a database of its own, asked through `inject` with real tokens. */
export interface TestServer {
  readonly app: App
  readonly server: FastifyInstance
  readonly baseUrl: string
  readonly ask: (method: string, path: string, asked?: Asked) => Promise<Answer>
  readonly tokenFor: (caller: Caller) => Promise<string>
}

/** The application of a test, with the sandbox's participants and demo records. */
export const aServer = async (
  t: Test,
  settings: Readonly<Record<string, string>> = {},
  database: Pick<DatabaseOptions, 'onStatement'> = {},
): Promise<TestServer> => {
  const config = readConfig({
    DATABASE_URL: await aDatabaseUrl(t),
    HUIZHEN_BASE_URL: 'http://huizhen.test',
    HUIZHEN_SANDBOX: 'on',
    HUIZHEN_DATA_DIR: t.testdir(),
    LOG_LEVEL: 'silent',
    ...settings,
  })
  const requireGuarded = statementGuard()
  const onStatement: DatabaseOptions['onStatement'] = statement => {
    database.onStatement?.(statement)
    try {
      requireGuarded(statement)
    } catch (error) {
      t.fail(String(error))
      throw error
    }
  }
  // The rest of the configuration goes to the database as it is, and so does an observer.
  const app = await createApp({ ...config, ...{ onStatement } })
  t.teardown(() => app.close())
  const tokenFor = await tokenMaker(app, config.baseUrl)
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Answer> => {
    const token = asked.as === undefined ? undefined : await tokenFor(asked.as)
    const answer = await app.server.inject({
      method: method as 'GET',
      url: path.startsWith('http') ? path.slice(config.baseUrl.length) : path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(asked.body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...asked.headers,
      },
      ...(asked.body === undefined
        ? {}
        : { payload: typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body) }),
    })
    const isJson = /[/+]json/.test(String(answer.headers['content-type'])) && answer.body !== ''
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: isJson ? JSON.parse(answer.body) : undefined,
    }
  }
  return { app, server: app.server, baseUrl: config.baseUrl, ask, tokenFor }
}

/** Tokens as the authorization server signs them, without the round trip through its endpoint. */
const tokenMaker = async (
  app: App,
  baseUrl: string,
): Promise<(caller: Caller) => Promise<string>> => {
  const keys = await loadKeys(app.context.database.kysely)
  const key = keys.private[0]!
  const privateKey = await importJWK(key, signingAlgorithm)
  const made = new Map<string, string>()
  return async caller => {
    const known = made.get(JSON.stringify(caller))
    if (known !== undefined) return known
    const { client, user, patient, amr, purpose = 'TREAT' } = caller
    const level = caller.isPatient ? 'patient' : user === undefined ? 'system' : 'user'
    const scope = caller.scope ?? `${level}/*.cruds`
    const person = caller.isPatient
      ? `Patient/${patient}`
      : user === undefined
        ? undefined
        : `Practitioner/${user}`
    const token = await new SignJWT({
      client_id: client,
      scope,
      ...(person === undefined ? {} : { fhirUser: `${baseUrl}/fhir/${person}` }),
      ...(patient === undefined ? {} : { patient }),
      ...(amr === undefined ? {} : { amr }),
      extensions: {
        ihe_iua: {
          subject_organization_id: `${baseUrl}/fhir/Organization/${client.split('-')[0]}`,
          purpose_of_use: [
            { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose },
          ],
        },
      },
    })
      .setProtectedHeader({ alg: signingAlgorithm, typ: 'at+jwt', kid: key.kid! })
      .setIssuer(`${baseUrl}/auth`)
      .setAudience(`${baseUrl}/fhir`)
      .setSubject(user ?? patient ?? client)
      .setJti(app.context.newId())
      .setIssuedAt()
      .setExpirationTime('5 minutes')
      .sign(privateKey)
    made.set(JSON.stringify(caller), token)
    return token
  }
}
