import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FeedReader } from '../access/feed-reader.ts'
import { languageOf, type Language } from '../fhir/outcome.ts'
import type { Context } from '../interactions/interaction.ts'
import type { DeskFrame } from './desk-pages.ts'
import { sendPage } from './page.ts'
import type { Shares } from './share.ts'

/** Sign-in of people at the desk; `auth/` does it. */
export interface DeskSignIn {
  signIn(attempt: {
    readonly name: string
    readonly password: string
    readonly code: string
    /** For the address attempts are counted by. */
    readonly from: IncomingMessage
  }): Promise<{ readonly session: string } | 'wrong' | 'too-many' | 'busy' | 'no-factor'>
  visitorOf(session: string | undefined): Promise<Visitor | undefined>
  proofOf(session: string): string
  readonly seconds: number
}

/** Who sits at the desk. */
export interface Visitor {
  readonly reader: FeedReader
  readonly name: string
  readonly organization: string
}

/** What the pages are served with. */
export interface DeskServing {
  readonly context: Context
  readonly shares: Shares
  readonly desk: DeskSignIn
}

const cookieName = 'huizhen_desk'

/** The parameters of the address. */
export const queryOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.split('?', 2)[1] ?? '')

/** The fields of a posted form; none where it is no form. */
export const formOf = ({ body }: FastifyRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams()

/** The language chosen by the page before, else the one the browser asks for. */
export const languageIn = (request: FastifyRequest): Language => {
  const asked = formOf(request).get('lang') ?? queryOf(request).get('lang')
  return asked === 'en' || asked === 'zh-CN'
    ? asked
    : languageOf(request.headers['accept-language'])
}

/** What every page of the desk carries, before it is known who looks. */
export const frameOf = (request: FastifyRequest): DeskFrame => {
  const query = queryOf(request)
  query.delete('lang')
  const path = request.method === 'GET' ? request.url.split('?', 1)[0]! : '/desk'
  const here = query.size === 0 ? path : `${path}?${query.toString()}`
  return { language: languageIn(request), here }
}

/** The session of the cookie, still unproven. */
export const sessionOf = ({ headers }: FastifyRequest): string | undefined =>
  new RegExp(`(?:^|; )${cookieName}=([\\w-]{1,2000})`).exec(headers.cookie ?? '')?.[1]

/** Browsers say where a form stood. */
export const isForeign = ({ headers }: FastifyRequest, { baseUrl }: Context): boolean => {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && origin !== new URL(baseUrl).origin
}

interface Visit {
  readonly frame: DeskFrame
  readonly visitor: Visitor
}

/** Shows a page to who has signed in; sends everybody else to the sign-in. */
export const visited = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { context, desk }: DeskServing,
  show: (visit: Visit) => Promise<string>,
): Promise<FastifyReply> => {
  const session = sessionOf(request)
  const visitor = await desk.visitorOf(session)
  const frame = frameOf(request)
  const isPost = request.method === 'POST'
  const isOurs = !isPost || (session !== undefined && hasProof(request, session, desk))
  if (
    visitor === undefined ||
    session === undefined ||
    !isOurs ||
    (isPost && isForeign(request, context))
  )
    return reply.redirect(`/desk/sign-in?lang=${frame.language}`, 303)
  const whole = { ...frame, visitor, proof: desk.proofOf(session) }
  return sendPage(reply, await show({ frame: whole, visitor }))
}

/** Whether a form came from a page of this session. */
export const hasProof = (request: FastifyRequest, session: string, desk: DeskSignIn): boolean =>
  formOf(request).get('proof') === desk.proofOf(session)

/** The cookie of a session: of this path alone, out of reach of scripts and of other sites. */
export const cookie = (value: string, seconds: number, { baseUrl }: Context): string => {
  const secure = baseUrl.startsWith('https:') ? '; Secure' : ''
  return `${cookieName}=${value}; Path=/desk; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`
}
