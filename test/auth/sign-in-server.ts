import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import { hashPassword } from '../../src/registry/password.ts'
import { authorizationCodeGrant, refreshTokenGrant } from '../../src/registry/grant-names.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'
import { aServer, type TestServer } from '../server.ts'
import { aVerifier, Browser, type Visited } from './browser.ts'

export const callback = 'https://app.example/callback'
export const password = 'correct horse battery'

/** An answer of the token endpoint and its neighbours. */
export interface TokenAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A whole server on a socket, with a public and a confidential app of no6, and people with passwords. */
export interface SignInServer extends TestServer {
  readonly registry: Registry
  /** Of the confidential app `no6-desk`; the public one is `no6-phone`. */
  readonly secret: string
  /** Where a request for a code leads a browser; a parameter that is undefined is left out. */
  readonly authorize: (
    browser: Browser,
    parameters?: Readonly<Record<string, string | undefined>>,
  ) => Promise<Visited>
  /** From the first page to the app: the address with the code. */
  readonly signIn: (
    options?: SignIn,
  ) => Promise<{ readonly code: string; readonly verifier: string; readonly url: URL }>
  readonly post: (
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
  ) => Promise<TokenAnswer>
  /** Exchanges a code as an app does. */
  readonly redeem: (
    got: { readonly code: string; readonly verifier: string },
    more?: Readonly<Record<string, string>>,
  ) => Promise<TokenAnswer>
  /** The header of the confidential app. */
  readonly desk: Record<string, string>
}

export interface SignIn {
  readonly client?: 'no6-phone' | 'no6-desk'
  readonly scope?: string
  readonly user?: string
  readonly purpose?: string
  /** What is typed to find the patient, and who is chosen. */
  readonly patient?: readonly [sought: string, id: string]
}

const aFreePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Scopes of both apps at most. */
export const ceiling = ['user/*.cruds']

const register = async (registry: Registry): Promise<string> => {
  // There in the sandbox already.
  if ((await registry.organizations.byId('no6')) === undefined) {
    await registry.organizations.create({ id: 'no6', name: '上海市第六人民医院' })
    for (const id of ['no6-zhang', 'no6-li'])
      await registry.people.create({ id, organization: 'no6', name: id })
  }
  const app = {
    ...{ organization: 'no6', scopes: ceiling, redirectUris: [callback] },
    kind: 'people',
    purposes: ['BTG', 'HRESCH', 'TREAT'],
    grantTypes: [authorizationCodeGrant, refreshTokenGrant],
  } as const
  await registry.clients.create({ ...app, id: 'no6-phone', name: 'Phone', isPublic: true })
  const { secret = '' } = await registry.clients.create({ ...app, id: 'no6-desk', name: 'Desk' })
  const hash = await hashPassword(password)
  for (const person of ['no6-zhang', 'no6-li']) await registry.credentials.setPassword(person, hash)
  return secret
}

export const aSignInServer = async (
  t: Test,
  settings: Readonly<Record<string, string>> = {},
): Promise<SignInServer> => {
  const port = await aFreePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const server = await aServer(t, { HUIZHEN_BASE_URL: baseUrl, ...settings })
  await server.server.listen({ host: '127.0.0.1', port })
  const registry = createRegistry(server.app.context.database)
  const secret = await register(registry)
  const desk = { authorization: `Basic ${Buffer.from(`no6-desk:${secret}`).toString('base64')}` }

  const post: SignInServer['post'] = async (path, form, headers = {}) => {
    const body = new URLSearchParams(form)
    const response = await fetch(`${baseUrl}/auth/${path}`, { method: 'POST', body, headers })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
  }
  const authorize: SignInServer['authorize'] = (browser, parameters = {}) => {
    const asked = new URLSearchParams()
    const all = {
      ...{ response_type: 'code', client_id: 'no6-phone', redirect_uri: callback },
      ...{ scope: 'user/*.rs', aud: `${baseUrl}/fhir`, state: 'st-1' },
      ...{ code_challenge_method: 'S256', code_challenge: aVerifier().challenge },
      ...parameters,
    }
    for (const [name, value] of Object.entries(all)) if (value !== undefined) asked.set(name, value)
    return browser.go(`${baseUrl}/auth/authorize?${asked.toString()}`)
  }
  const signIn: SignInServer['signIn'] = async ({
    client = 'no6-phone',
    scope = 'user/*.rs',
    user = 'no6-zhang',
    purpose = 'TREAT',
    patient,
  } = {}) => {
    const { verifier, challenge } = aVerifier()
    const browser = new Browser(baseUrl)
    const asked = { client_id: client, scope, code_challenge: challenge }
    let page = await authorize(browser, asked)
    page = await browser.submit(page, { step: 'password', name: user, password })
    page = await browser.submit(page, { step: 'purpose', purpose })
    if (patient !== undefined) {
      page = await browser.submit(page, { step: 'search', search: patient[0] })
      page = await browser.submit(page, { patient: patient[1] })
    }
    const code = page.url.searchParams.get('code')
    if (code === null) throw new Error(`no code: ${page.status} ${page.url.href} ${page.html}`)
    return { code, verifier, url: page.url }
  }
  const redeem: SignInServer['redeem'] = ({ code, verifier }, more = {}) => {
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    return post('token', { ...form, redirect_uri: callback, client_id: 'no6-phone', ...more })
  }
  return { ...server, registry, secret, desk, post, authorize, signIn, redeem }
}
