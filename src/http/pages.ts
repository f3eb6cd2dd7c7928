import type { Message } from '../fhir/messages.ts'
import { escapeHtml as escape, page } from './page.ts'
import type { Welcome } from './people.ts'

/** The page at `/`: what this is, what to do next, sandbox credentials when there are any. */
export const landingPage = ({ baseUrl, sandboxClients, sandboxPeople = [] }: Welcome): string => {
  const [first] = sandboxClients
  const credentials = sandboxClients
    .map(({ id, secret }) => `<tr><td><code>${escape(id)}</code><td><code>${escape(secret)}</code>`)
    .join('\n')
  return page({
    title: 'Huizhen 会诊',
    language: 'zh-CN',
    body: `<h1>Huizhen 会诊</h1>
<p>FHIR R4 exchange between hospitals for remote consultation: a specialist sees the records a patient
has consented to share, during the consultation, and nothing else.</p>
<p lang="zh-CN">面向远程会诊的 FHIR R4 医院间数据交换服务:会诊期间,专家只能看到患者同意共享的病历。</p>
<ul>
<li>FHIR endpoint: <code>${escape(baseUrl)}/fhir</code> (<a href="/fhir/metadata">CapabilityStatement</a>)</li>
<li>Token endpoint: <code>${escape(baseUrl)}/auth/token</code> (<a href="/fhir/.well-known/smart-configuration">SMART configuration</a>)</li>
<li>Postman: <a href="/postman/collection.json">collection</a>, <a href="/postman/environment.json">environment</a></li>
<li><a href="/docs">Error catalogue 错误目录</a></li>
</ul>
${
  first === undefined
    ? ''
    : `<h2>Sandbox</h2>
<pre>curl -s -u ${escape(first.id)}:${escape(first.secret)} -d grant_type=client_credentials ${escape(baseUrl)}/auth/token</pre>
<table><tr><th>client<th>secret
${credentials}
</table>
<p>People sign in at <code>${escape(baseUrl)}/auth/authorize</code> (SMART App Launch with PKCE), for example through the public client
<code>no6-web</code>, whose redirect URIs are <code>http://127.0.0.1/callback</code> on any port and Postman's.</p>
<table><tr><th>person<th>name<th>password
${sandboxPeople.map(({ id, name, password }) => `<tr><td><code>${escape(id)}</code><td>${escape(name)}<td><code>${escape(password)}</code>`).join('\n')}
</table>`
}`,
  })
}

/** The page at `/docs`: every message a caller can meet, by its stable code. */
export const docsPage = (messages: Readonly<Record<string, Message>>): string =>
  page({
    title: 'Huizhen: errors',
    language: 'en',
    body: `<h1>Error catalogue 错误目录</h1>
<p>The code stands in <code>OperationOutcome.issue.details.coding</code>.</p>
<table><tr><th>code<th>English<th>中文
${Object.entries(messages)
  .map(
    ([code, message]) =>
      `<tr id="${code}"><td><code>${code}</code><td>${escape(message.en)}<td lang="zh-CN">${escape(message['zh-CN'])}`,
  )
  .join('\n')}
</table>`,
  })
