import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NotFound } from '../../fhir/errors.ts'
import { languageOf, type Language } from '../../fhir/outcome.ts'
import { isResourceType, resourceTypes } from '../../fhir/resource-types.ts'
import type { Context } from '../../interactions/interaction.ts'
import { openApi } from '../../interactions/openapi.ts'
import { searchReferenceOf } from '../../interactions/search-reference.ts'
import { escapeHtml as e, page, sendPage } from '../page.ts'
import { consentGuide, consentGuideTitle } from './consent-guide.ts'
import { operatingGuide, operatingGuideTitle } from './operating-guide.ts'
import { consultationGuide, consultationGuideTitle } from './consultation-guide.ts'
import { apiReference, errorCatalogue, searchReference, searchTypes } from './reference-pages.ts'
import { searchGuide, searchGuideTitle } from './search-guide.ts'
import { sendingGuide, sendingGuideTitle } from './sending-guide.ts'

const titles = {
  en: {
    docs: 'Documentation',
    api: 'API reference',
    search: 'Search parameters',
    errors: 'Error catalogue',
    start: 'Start page',
    other: '中文',
    intro: 'Everything here comes from this server itself and needs no network.',
  },
  'zh-CN': {
    docs: '文档',
    api: '接口参考',
    search: '检索参数',
    errors: '错误目录',
    start: '首页',
    other: 'English',
    intro: '以下内容均由本服务器自身提供,无需外部网络。',
  },
} as const

type Said = (language: Language, context: Context) => string

/** The pages, in the order they are linked: address, title, body. */
const places: readonly (readonly [
  path: string,
  title: (language: Language) => string,
  body: Said,
])[] = [
  ['/docs/sending', sendingGuideTitle, sendingGuide],
  ['/docs/consent', consentGuideTitle, consentGuide],
  ['/docs/consultations', consultationGuideTitle, consultationGuide],
  ['/docs/searching', searchGuideTitle, searchGuide],
  ['/docs/operating', operatingGuideTitle, operatingGuide],
  [
    '/docs/api',
    language => titles[language].api,
    (language, context) => apiReference(openApi(context).paths, language),
  ],
  [
    '/docs/search',
    language => titles[language].search,
    language => searchTypes(resourceTypes, language),
  ],
  ['/docs/errors', language => titles[language].errors, errorCatalogue],
]

/** The language an address asks for, else the one of the browser. */
export const languageIn = (request: FastifyRequest): Language => {
  const { lang } = request.query as { readonly lang?: unknown }
  return lang === 'en' || lang === 'zh-CN' ? lang : languageOf(request.headers['accept-language'])
}

/** Links to the other pages and to the other language of this one. */
export const navigationOf = (path: string, language: Language): string => {
  const other = language === 'en' ? 'zh-CN' : 'en'
  const links = [
    ['/', titles[language].start],
    ['/docs', titles[language].docs],
    ...places.map(([place, title]) => [place, title(language)] as const),
  ] as const
  return [
    ...links.map(([place, title]) => `<a href="${place}?lang=${language}">${e(title)}</a>`),
    `<a href="${e(path)}?lang=${other}" lang="${other}" hreflang="${other}">${titles[language].other}</a>`,
  ].join(' ')
}

/**
 * The documentation, rendered by the server in English and Chinese, and the OpenAPI document. Nothing
 * of it needs a token, a script or another server.
 */
export const docsRoutes =
  (context: Context) =>
  async (server: FastifyInstance): Promise<void> => {
    const show = (path: string, title: (language: Language) => string, body: Said) =>
      server.get(path, (request, reply) => {
        const language = languageIn(request)
        const text = body(language, context)
        return sendDocument(reply, { path, language, title: title(language), body: text })
      })
    show('/docs', language => titles[language].docs, welcome)
    for (const [path, title, body] of places) show(path, title, body)
    server.get('/docs/search/:type', (request, reply) => {
      const { type } = request.params as { readonly type: string }
      if (!isResourceType(type)) throw new NotFound('address-unknown')
      const language = languageIn(request)
      const body = searchReference(type, searchReferenceOf(type, context.definitions), language)
      const title = `${titles[language].search}: ${type}`
      return sendDocument(reply, { path: `/docs/search/${type}`, language, title, body })
    })
    server.get('/openapi.json', (request, reply) => {
      const { type } = request.query as { readonly type?: unknown }
      const types = typeof type === 'string' && isResourceType(type) ? [type] : undefined
      return reply
        .header('cache-control', 'no-cache')
        .type('application/json')
        .send(openApi(context, types))
    })
  }

interface Document {
  readonly path: string
  readonly language: Language
  readonly title: string
  readonly body: string
}

const sendDocument = (reply: FastifyReply, { path, language, title, body }: Document) =>
  sendPage(
    reply,
    page({
      title: `${title} - Huizhen 会诊`,
      language,
      navigation: navigationOf(path, language),
      body: `<h1>${e(title)}</h1>\n${body}`,
    }),
  )

const welcome = (language: Language): string =>
  `<p>${titles[language].intro}</p>
<ul>
${places.map(([path, title]) => `<li><a href="${path}?lang=${language}">${e(title(language))}</a>`).join('\n')}
<li><a href="/openapi.json">OpenAPI 3.1</a>
<li><a href="/fhir/metadata">CapabilityStatement</a>
<li><a href="/desk?lang=${language}">${language === 'en' ? 'Feed desk' : '数据接入台'}</a>
</ul>`
