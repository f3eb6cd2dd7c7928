import type { Message } from './messages.ts'

/** Refusals and notes of searches for text, and of what a search is asked for besides its matches. */
export const searchTextMessages = {
  'search-text-malformed': {
    en: 'A value of "{parameter}" is no text to search for. Expected: words that must all be there, "a phrase" of at most {words} words, a or b, -word, parentheses, the beginning of a word with "*" behind it (at most {letters} letters). Each of them needs a letter or digit; a comma inside a value is written "\\,".',
    'zh-CN':
      '"{parameter}" 的取值不是可检索的文本。应为:须同时出现的词、"短语"(最多 {words} 个词)、a or b、-词、括号,或词首加 "*"(最多 {letters} 个字母)。每一项都须含文字或数字;取值内的逗号写作 "\\,"。',
  },
  'search-text-too-long': {
    en: 'A value of "{parameter}" has more than {limit} words to search for, or more than {nesting} parentheses within each other. Search for fewer.',
    'zh-CN': '"{parameter}" 的取值含超过 {limit} 个检索词,或括号嵌套超过 {nesting} 层。请减少。',
  },
  'search-text-unready': {
    en: 'Texts of resources that were stored by an earlier version of this server are still being indexed, so a search for text (_text, _content, :text) would miss some. Try again later; other searches are not affected.',
    'zh-CN':
      '由较早版本存储的资源,其文本仍在建立索引;此时文本检索(_text、_content、:text)会有遗漏。请稍后再试;其他检索不受影响。',
  },
  'search-query-unknown': {
    en: 'There is no named query here, so "_query" has nothing to name. Send the parameters of the search itself; all are listed in /fhir/metadata.',
    'zh-CN': '此处没有命名查询,"_query" 无可用取值。请直接发送检索参数;完整列表见 /fhir/metadata。',
  },
  'search-total-estimated': {
    en: 'The total is an estimate: more than {limit} resources match. Send _total=accurate for the exact number.',
    'zh-CN': '总数为估计值:匹配的资源超过 {limit} 个。如需准确数字,请使用 _total=accurate。',
  },
  'search-contained-unsupported': {
    en: '"{parameter}" asks for contained resources, which are not searched on their own here: they are part of the resource that contains them. Served: _contained=false. Texts and codes of contained resources are found by _content of the containing resource.',
    'zh-CN':
      '"{parameter}" 要求返回内含(contained)资源;此处不单独检索内含资源,它们是所在资源的一部分。支持:_contained=false。内含资源的文本和编码可用所在资源的 _content 检索。',
  },
} as const satisfies Record<string, Message>
