import type { Language } from '../fhir/outcome.ts'
import { navigationOf } from './docs/pages.ts'
import { escapeHtml as e, page } from './page.ts'
import type { Welcome } from './people.ts'

const texts = {
  en: {
    what: 'FHIR R4 exchange between hospitals for remote consultation: a specialist sees the records a patient has consented to share, during the consultation, and nothing else.',
    next: 'What to do next',
    token: 'Get a token, and ask:',
    postman:
      'Import the <a href="/postman/collection.json">collection</a> and the <a href="/postman/environment.json">environment</a> into Postman, and run the collection from the top.',
    sending: 'Read how to send',
    consent: 'and what a consent opens',
    refused: 'See what was refused at the',
    desk: 'feed desk',
    addresses: 'Addresses',
    fhir: 'FHIR endpoint',
    issuer: 'Token endpoint',
    signIn:
      'People sign in by SMART App Launch with PKCE, for example through the public client <code>no6-web</code>, whose redirect URIs are <code>http://127.0.0.1/callback</code> on any port and Postman’s.',
    client: 'Client',
    secret: 'Secret',
    person: 'Person',
    name: 'Name',
    password: 'Password',
  },
  'zh-CN': {
    what: '面向远程会诊的 FHIR R4 医院间数据交换服务:会诊期间,专家只能看到患者同意共享的病历。',
    next: '下一步',
    token: '获取令牌并请求:',
    postman:
      '将<a href="/postman/collection.json">集合</a>和<a href="/postman/environment.json">环境</a>导入 Postman,从头运行。',
    sending: '阅读如何发送数据',
    consent: '以及同意书开放的内容',
    refused: '被拒绝的内容见',
    desk: '数据接入台',
    addresses: '地址',
    fhir: 'FHIR 接口',
    issuer: '令牌接口',
    signIn:
      '人员通过带 PKCE 的 SMART App Launch 登录,例如公开客户端 <code>no6-web</code>,其回调地址为任意端口的 <code>http://127.0.0.1/callback</code> 及 Postman 的地址。',
    client: '客户端',
    secret: '密钥',
    person: '人员',
    name: '姓名',
    password: '密码',
  },
} as const

/** The page at `/`: what this is, what to do next, sandbox credentials when there are any. */
export const landingPage = (welcome: Welcome, language: Language): string => {
  const { baseUrl } = welcome
  const said = texts[language]
  const [first] = welcome.sandboxClients
  const link = (path: string, text: string): string =>
    `<a href="${path}?lang=${language}">${text}</a>`
  return page({
    title: 'Huizhen 会诊',
    language,
    navigation: navigationOf('/', language),
    body: `<h1>Huizhen 会诊</h1>
<p>${said.what}</p>
<h2>${said.next}</h2>
<ol>
${first === undefined ? '' : `<li>${said.token}\n<pre>curl -s -u ${e(first.id)}:${e(first.secret)} -d grant_type=client_credentials ${e(baseUrl)}/auth/token</pre>`}
<li>${said.postman}
<li>${link('/docs/sending', said.sending)} ${link('/docs/consent', said.consent)}.
<li>${said.refused} ${link('/desk', said.desk)}.
</ol>
<h2>${said.addresses}</h2>
<ul>
<li>${said.fhir}: <code>${e(baseUrl)}/fhir</code> (<a href="/fhir/metadata">CapabilityStatement</a>, <a href="/openapi.json">OpenAPI</a>)
<li>${said.issuer}: <code>${e(baseUrl)}/auth/token</code> (<a href="/fhir/.well-known/smart-configuration">SMART configuration</a>)
</ul>
${first === undefined ? '' : credentialsOf(welcome, said)}`,
  })
}

const credentialsOf = (
  { sandboxClients, sandboxPeople = [] }: Welcome,
  said: (typeof texts)[Language],
): string => {
  const clients = sandboxClients.map(
    ({ id, secret }) => `<tr><td><code>${e(id)}</code><td><code>${e(secret)}</code>`,
  )
  const people = sandboxPeople.map(
    ({ id, name, password }) =>
      `<tr><td><code>${e(id)}</code><td>${e(name)}<td><code>${e(password)}</code>`,
  )
  return `<h2>Sandbox</h2>
<table><tr><th>${said.client}<th>${said.secret}
${clients.join('\n')}
</table>
<p>${said.signIn}</p>
<table><tr><th>${said.person}<th>${said.name}<th>${said.password}
${people.join('\n')}
</table>`
}
