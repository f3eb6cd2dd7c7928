import type { Language } from '../../fhir/outcome.ts'
import { escapeHtml as e } from '../page.ts'
import { consentExamples, consentFrame } from '../../access/consent-examples.ts'

const texts = {
  en: {
    title: 'Consent guide',
    intro: [
      'A hospital always sees what it has written. Another hospital sees a record while three things hold: a consultation addressed to it is active, a consent permits it, and no consent denies it.',
      'A Consent counts with scope patient-privacy and status active. Its organization is the hospital whose records it is about. It is enforced as a whole, three provisions deep; what cannot be enforced exactly is refused with 422 and the element that is at fault.',
      'What is not known about a record counts against showing it: an unscreened document, a missing date, a missing author.',
      'A change holds for the very next request, through every door: reads, searches, totals, pages, histories, includes.',
    ],
    ask: 'How a consent is enforced is told by <code>GET Consent/[id]/$enforcement-status</code>.',
    examples: 'Fourteen worked examples',
    setting:
      'The records are of <code>tinglin</code>, a consultation to <code>no6</code> is active, and the purpose is TREAT where nothing else is said. A test holds the server to each of them.',
  },
  'zh-CN': {
    title: '同意书指南',
    intro: [
      '医院始终可见本院写入的内容。其他医院需同时满足三个条件:发给它的会诊有效、有同意书允许、没有同意书拒绝。',
      '有效的同意书 scope 为 patient-privacy,status 为 active;organization 为病历所属医院。条款最多三层,整体执行;无法准确执行的以 422 拒绝并指出元素。',
      '对内容的未知按不可见处理:未筛查的文档、缺失的日期、缺失的作者。',
      '更改对下一次请求立即生效,包括读取、检索、总数、分页、历史与包含。',
    ],
    ask: '同意书的执行情况可通过 <code>GET Consent/[id]/$enforcement-status</code> 查询。',
    examples: '十四个示例',
    setting:
      '病历属于 <code>tinglin</code>,发给 <code>no6</code> 的会诊有效,未说明时用途为 TREAT。每个示例均有测试保证。',
  },
} as const

/** The title of the guide. */
export const consentGuideTitle = (language: Language): string => texts[language].title

/** The consent guide: the rules in words, and the worked examples with their JSON. */
export const consentGuide = (language: Language): string => {
  const { intro, ask, examples, setting } = texts[language]
  const shown = consentExamples.map((example, at) => {
    const { title, effect } = example[language === 'en' ? 'en' : 'zh']
    const json =
      example.consent === undefined
        ? ''
        : `\n<pre>${e(JSON.stringify({ ...consentFrame('tinglin-liuyang', 'tinglin'), ...example.consent }, null, 2))}</pre>`
    return `<h3 id="example-${at + 1}">${at + 1}. ${e(title)}</h3>\n<p>${e(effect)}</p>${json}`
  })
  return `${intro.map(text => `<p>${e(text)}</p>`).join('\n')}
<p>${ask}</p>
<h2>${examples}</h2>
<p>${setting}</p>
${shown.join('\n')}`
}
