import type { Language } from '../../fhir/outcome.ts'
import { messages } from '../../fhir/messages.ts'
import type { ApiPaths } from '../../interactions/openapi.ts'
import type { SearchReference } from '../../interactions/search-reference.ts'
import { escapeHtml as e } from '../page.ts'

const texts = {
  en: {
    errors:
      'The code stands in <code>OperationOutcome.issue.details.coding</code>; it never changes its meaning.',
    code: 'Code',
    api: 'Generated from the tables the server works by. As a file: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1); one type alone: <a href="/openapi.json?type=Encounter">?type=Encounter</a>.',
    method: 'Method',
    address: 'Address',
    what: 'What it does',
    statuses: 'Statuses',
    types: 'The search parameters of each type:',
    common: 'Every type has the same parameters that begin with an underscore, beside these:',
    parameter: 'Parameter',
    kind: 'Kind',
    modifiers: 'Modifiers',
    example: 'Example',
    meaning: 'Meaning (text of the FHIR specification)',
  },
  'zh-CN': {
    errors: '代码位于 <code>OperationOutcome.issue.details.coding</code>,含义永不改变。',
    code: '代码',
    api: '由服务器自身的表生成。文件:<a href="/openapi.json">openapi.json</a>(OpenAPI 3.1);仅一种类型:<a href="/openapi.json?type=Encounter">?type=Encounter</a>。',
    method: '方法',
    address: '地址',
    what: '作用',
    statuses: '状态码',
    types: '各资源类型的检索参数:',
    common: '所有类型都有以下划线开头的通用参数,此外还有:',
    parameter: '参数',
    kind: '类型',
    modifiers: '修饰符',
    example: '示例',
    meaning: '含义(FHIR 规范原文)',
  },
} as const

/** Every message a caller can meet, by its stable code, in both languages. */
export const errorCatalogue = (language: Language): string => {
  const rows = Object.entries(messages).map(
    ([code, message]) =>
      `<tr id="${code}"><td><code>${code}</code><td lang="en">${e(message.en)}<td lang="zh-CN">${e(message['zh-CN'])}`,
  )
  return `<p>${texts[language].errors}</p>
<table><tr><th>${texts[language].code}<th lang="en">English<th lang="zh-CN">中文
${rows.join('\n')}
</table>`
}

/** Everything that can be asked for, with its statuses. */
export const apiReference = (paths: ApiPaths, language: Language): string => {
  const { method, address, what, statuses, api } = texts[language]
  const byTag = new Map<string, string[]>()
  for (const [path, methods] of Object.entries(paths))
    for (const [name, { summary, tags, responses }] of Object.entries(methods)) {
      const tag = tags[0] ?? ''
      const row = `<tr><td>${name.toUpperCase()}<td><code>${e(path)}</code><td>${e(summary)}<td>${Object.keys(responses).join(' ')}`
      byTag.set(tag, [...(byTag.get(tag) ?? []), row])
    }
  const tables = [...byTag].map(
    ([tag, rows]) =>
      `<h2>${e(tag)}</h2>\n<table><tr><th>${method}<th>${address}<th>${what}<th>${statuses}\n${rows.join('\n')}\n</table>`,
  )
  return `<p>${api}</p>\n${tables.join('\n')}`
}

/** A link to the search parameters of each type. */
export const searchTypes = (types: readonly string[], language: Language): string =>
  `<p>${texts[language].types}</p>\n<p>${types.map(type => `<a href="/docs/search/${type}?lang=${language}">${type}</a>`).join(' ')}</p>`

/** The search parameters of one type, each with an example. */
export const searchReference = (
  type: string,
  found: readonly SearchReference[],
  language: Language,
): string => {
  const { common, parameter, kind, modifiers, example, meaning } = texts[language]
  const rows = found.map(
    one =>
      `<tr id="${e(one.code)}"><td><code>${e(one.code)}</code><td>${one.type}<td>${one.modifiers.map(name => `<code>:${e(name)}</code>`).join(' ')}<td><code>${e(`${type}?${one.example}`)}</code><td lang="en">${e(one.description)}`,
  )
  return `<p>${common}</p>
<table><tr><th>${parameter}<th>${kind}<th>${modifiers}<th>${example}<th>${meaning}
${rows.join('\n')}
</table>`
}
