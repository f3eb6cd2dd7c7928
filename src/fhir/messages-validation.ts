import type { Message } from './messages.ts'
import { questionnaireMessages } from './messages-questionnaire.ts'
import { ruleMessages } from './messages-rules.ts'
import { valueMessages } from './messages-values.ts'

/** Refusals of a resource's content. They name elements and rules, never what an element held. */
export const validationMessages = {
  'json-member-reserved': {
    en: 'The member "{name}" is not allowed in JSON sent here. Remove it.',
    'zh-CN': '此处的 JSON 不允许使用成员 "{name}"。请删除。',
  },
  'element-unknown': {
    en: '{type} has no element "{name}" in R4. Nearest: {nearest}. Correct the name, remove the element, or send it as an extension.',
    'zh-CN':
      'R4 的 {type} 没有元素 "{name}"。最接近的是:{nearest}。请更正名称、删除该元素,或改用扩展(extension)。',
  },
  'element-left-out': {
    en: '{type} has no element "{name}" in R4, so it was left out of what is stored; what was sent is kept beside it. Nearest: {nearest}. Correct the name, or send it as an extension.',
    'zh-CN':
      'R4 的 {type} 没有元素 "{name}",因此未存入;原始内容另行保存。最接近的是:{nearest}。请更正名称,或改用扩展(extension)。',
  },
  'element-kind': {
    en: 'Wrong JSON kind: expected {expected}, found {found}. Send this element as {expected}.',
    'zh-CN': 'JSON 类型错误:应为 {expected},发现 {found}。请以 {expected} 形式发送该元素。',
  },
  'element-empty': {
    en: 'Empty ({found}). FHIR has no empty values: leave the element out, or give it content.',
    'zh-CN': '内容为空({found})。FHIR 不允许空值:请去掉该元素,或填写内容。',
  },
  'element-null': {
    en: 'Found null, which stands only in an array of primitives whose "_" sibling has content at the same place. Leave the element out.',
    'zh-CN':
      '发现 null。null 只能出现在基本类型数组中,且其 "_" 同名数组在相同位置有内容。请去掉该元素。',
  },
  'element-without-content': {
    en: 'The element has an id but no content. Expected a value, child elements or an extension: add one, or remove the element.',
    'zh-CN': '该元素只有 id 而没有内容。应有值、子元素或扩展:请补充,或删除该元素。',
  },
  'element-required': {
    en: 'The required element "{name}" is missing. Add it.',
    'zh-CN': '缺少必填元素 "{name}"。请补充。',
  },
  'element-too-many': {
    en: 'Found {found} items, at most {max} are allowed. Remove the rest.',
    'zh-CN': '发现 {found} 项,最多允许 {max} 项。请删除多余的项。',
  },
  'choice-repeated': {
    en: '{name}[x] takes one type only, found {found}. Keep one of them.',
    'zh-CN': '{name}[x] 只能使用一种类型,发现 {found}。请只保留一个。',
  },
  'extension-content': {
    en: 'An extension has either a value[x] or nested extensions: exactly one of the two. Add or remove one.',
    'zh-CN': '扩展必须且只能有 value[x] 或嵌套扩展两者之一。请补充或删除其一。',
  },
  'reference-malformed': {
    en: 'Not a reference. Expected Type/id, Type/id/_history/version, #id of a contained resource, urn:uuid:, urn:oid: or an absolute URL. Conditional references work only inside a transaction.',
    'zh-CN':
      '引用格式错误。应为 Type/id、Type/id/_history/version、内含资源的 #id、urn:uuid:、urn:oid: 或绝对 URL。条件引用只能用于事务(transaction)内。',
  },
  'reference-type-unknown': {
    en: 'The reference names "{found}", which is not an R4 resource type. Type names are case-sensitive: correct it.',
    'zh-CN': '引用中的 "{found}" 不是 R4 资源类型。类型名区分大小写,请更正。',
  },
  'reference-target': {
    en: 'This element cannot refer to {found}. Expected one of: {expected}. Refer to one of these types.',
    'zh-CN': '该元素不能引用 {found}。应为以下之一:{expected}。请改为引用其中的类型。',
  },
  'reference-contained-missing': {
    en: 'No contained resource has the id this "#" reference names. Add it to "contained", or correct the reference.',
    'zh-CN': '没有内含资源具有该 "#" 引用所指的 id。请在 "contained" 中补充,或更正引用。',
  },
  'contained-nested': {
    en: 'A contained resource contains another. Move it to "contained" of the outermost resource.',
    'zh-CN': '内含资源中又包含资源。请将其移到最外层资源的 "contained" 中。',
  },
  'contained-unreferenced': {
    en: 'Nothing in the resource refers to this contained resource, and it does not refer to the resource around it. Expected a reference "#id" to it: add one, or remove the contained resource.',
    'zh-CN':
      '资源中没有任何元素引用此内含资源,它也没有引用外层资源。应有指向它的 "#id" 引用:请补充,或删除该内含资源。',
  },
  'contained-without-id': {
    en: 'A contained resource needs an id, so that "#id" can refer to it. Add one.',
    'zh-CN': '内含资源必须有 id,以便用 "#id" 引用。请补充。',
  },
  'contained-meta': {
    en: 'A contained resource has no {name} of its own: it lives in the resource around it. Remove it.',
    'zh-CN': '内含资源不能有自己的 {name}:它随外层资源存在。请删除。',
  },
  'code-not-bound': {
    en: 'The code is not in the required value set. Expected one of: {expected}. Codes are case-sensitive.',
    'zh-CN': '代码不在规定的值集中。应为以下之一:{expected}。代码区分大小写。',
  },
  'code-not-of-system': {
    en: 'The code is none of the required code system. Expected: {expected}. Codes are case-sensitive: correct it.',
    'zh-CN': '该代码不属于规定的代码系统。应为:{expected}。代码区分大小写,请更正。',
  },
  'code-absent': {
    en: 'The code is said to be absent. Expected a code of the required value set, which has none for what is not known: add one, or leave the element out.',
    'zh-CN':
      '代码被标记为缺失。此处应为规定值集中的代码,该值集没有表示未知的代码:请补充代码,或去掉该元素。',
  },
  'concept-not-bound': {
    en: 'No coding is from the required value set. Expected a coding with one of the codes {expected} of the system {system}: add it; other codings may stay beside it.',
    'zh-CN':
      '没有任何 coding 属于规定的值集。应有系统 {system} 中的代码之一:{expected}。请补充,其他 coding 可以保留。',
  },
  'narrative-not-allowed': {
    en: 'The narrative must be one XHTML <div> without active content. Expected no script, style, form, frame, link, event attribute, declaration or script URL: remove it.',
    'zh-CN':
      '叙述文本必须是一个不含活动内容的 XHTML <div>。不得包含脚本、样式、表单、框架、链接标签、事件属性、声明或脚本 URL:请删除。',
  },
  'invariant-broken': {
    en: 'Rule {rule} of R4 is not met: {text} Change the element so that it is.',
    'zh-CN': '不满足 R4 规则 {rule}:{text}请修改该元素以满足此规则。',
  },
  ...questionnaireMessages,
  ...ruleMessages,
  ...valueMessages,
} as const satisfies Record<string, Message>
