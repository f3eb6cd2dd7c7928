import type { Language } from '../../fhir/outcome.ts'
import { escapeHtml as e } from '../page.ts'
import { searchSubjects, type SearchExample } from './search-examples.ts'

const texts = {
  en: {
    title: 'Search guide',
    lead: 'Every example can be sent as it stands, with GET or as a form to <code>_search</code>. What a type can be asked for is listed under <a href="/docs/search?lang=en">search parameters</a>. In a value, <code>\\,</code> <code>\\|</code> <code>\\$</code> stand for the characters themselves. Records you may not see take no part: not in totals, chains, inclusions or orders.',
    example: 'Search',
    meaning: 'What it means',
    refused: 'Refused with',
  },
  'zh-CN': {
    title: '检索指南',
    lead: '每个示例都可原样发送,用 GET 或以表单提交到 <code>_search</code>。各类型可用的参数见<a href="/docs/search?lang=zh-CN">检索参数</a>。值中的 <code>\\,</code> <code>\\|</code> <code>\\$</code> 表示字符本身。您无权查看的记录完全不参与:不计入总数、链、附带资源与排序。',
    example: '检索',
    meaning: '含义',
    refused: '拒绝代码',
  },
} as const

/** The title of the guide. */
export const searchGuideTitle = (language: Language): string => texts[language].title

const rowOf = ({ query, en, zh, refused }: SearchExample, language: Language): string => {
  const code =
    refused === undefined
      ? ''
      : ` ${texts[language].refused} <a href="/docs/errors?lang=${language}#${refused}"><code>${refused}</code></a>`
  return `<tr><td><code>${e(query)}</code><td>${e(language === 'en' ? en : zh)}${code}`
}

/** How to search, for who integrates a system: each kind of parameter, results, bounds and refusals. */
export const searchGuide = (language: Language): string => {
  const { lead, example, meaning } = texts[language]
  const parts = searchSubjects.map(
    ({ id, en, zh, examples }) => `<h2 id="${id}">${e(language === 'en' ? en : zh)}</h2>
<table><tr><th>${example}<th>${meaning}
${examples.map(one => rowOf(one, language)).join('\n')}
</table>`,
  )
  return `<p>${lead}</p>\n${parts.join('\n')}`
}
