import type { Message } from './messages.ts'

/** Refusals by rules that R4 states in words, not as FHIRPath. */
export const ruleMessages = {
  'element-id-repeated': {
    en: 'Another element of this resource has the same id. Ids of elements are unique within a resource: change or remove one.',
    'zh-CN': '该资源中另有元素使用相同的 id。元素 id 在资源内必须唯一:请修改或删除其一。',
  },
  'attachment-size': {
    en: 'The attachment states a size of {found} bytes, but its data has {expected}. Expected the number of bytes before base64 encoding: correct or remove it.',
    'zh-CN':
      '附件声明的大小为 {found} 字节,而其 data 为 {expected} 字节。应为 base64 编码之前的字节数:请更正或删除。',
  },
  'care-team-on-behalf-of': {
    en: 'Rule ctm-1 of R4 is not met: onBehalfOf is only for a member that is a Practitioner, found {found}. Remove it, or correct the member.',
    'zh-CN':
      '不满足 R4 规则 ctm-1:仅当 member 为 Practitioner 时才能填写 onBehalfOf,发现 {found}。请删除,或更正 member。',
  },
  'bundle-link-repeated': {
    en: 'The bundle has more than one link "{name}". Expected one: remove the rest.',
    'zh-CN': 'Bundle 有多个 "{name}" 链接,应只有一个。请删除多余的链接。',
  },
  'bundle-full-url-missing': {
    en: 'In a bundle of this type every entry needs a fullUrl, by which others refer to it. Add it, for example a urn:uuid:.',
    'zh-CN': '此类 Bundle 的每个条目都需要 fullUrl,供其他条目引用。请补充,例如 urn:uuid:。',
  },
  'bundle-full-url-relative': {
    en: 'The fullUrl is relative. Expected an absolute URL or a urn:uuid: or urn:oid:. Write it in full.',
    'zh-CN': 'fullUrl 是相对地址。应为绝对 URL、urn:uuid: 或 urn:oid:。请写出完整地址。',
  },
  'bundle-full-url-other': {
    en: 'The fullUrl names another type or id than the resource has. Make them agree, or use a urn:uuid:.',
    'zh-CN': 'fullUrl 中的类型或 id 与资源不一致。请使两者一致,或改用 urn:uuid:。',
  },
  'bundle-outcome-expected': {
    en: 'The entry says that it is an outcome (search.mode). Expected an OperationOutcome: correct the mode or the resource.',
    'zh-CN': '该条目声明为 outcome(search.mode),应为 OperationOutcome。请更正 mode 或资源。',
  },
  'bundle-match-without-id': {
    en: 'A resource in the answer to a search has no id. Add it.',
    'zh-CN': '检索结果中的资源没有 id。请补充。',
  },
  'uri-not-absolute': {
    en: '"{name}" is relative. Expected an absolute URI, such as http://... or urn:oid:...: others refer to it from elsewhere. Write it in full.',
    'zh-CN':
      '"{name}" 是相对地址。应为绝对 URI,例如 http://... 或 urn:oid:...,以便从别处引用。请写出完整地址。',
  },
  'canonical-of-other-type': {
    en: 'The canonical names a {found}. Expected a {expected}: correct it.',
    'zh-CN': '该 canonical 指向 {found},应为 {expected}。请更正。',
  },
  'concept-map-code': {
    en: 'The code is not of {valueSet}, which the map says it maps from. Expected a code of it: correct the code or the value set.',
    'zh-CN': '该代码不属于映射所声明的值集 {valueSet}。应为其中的代码:请更正代码或值集。',
  },
  'search-parameter-derived': {
    en: 'The parameter this one is derived from has the type {expected}. Expected the same: correct the type, or derivedFrom.',
    'zh-CN': '所派生自的检索参数类型为 {expected}。两者类型应相同:请更正 type 或 derivedFrom。',
  },
  'profile-path-unknown': {
    en: 'R4 has no such element of {type}. Expected a path by the names of R4: correct it.',
    'zh-CN': 'R4 的 {type} 没有此元素。应为 R4 元素名称组成的路径:请更正。',
  },
  'profile-discriminator-unknown': {
    en: 'The discriminator names an element that what is sliced ({expected}) has not. Expected a path from there: correct it.',
    'zh-CN': '判别元素不存在于被切片的元素({expected})中。应为从该元素出发的路径:请更正。',
  },
  'extension-url-fixed': {
    en: 'The extension builds on one that fixes its own url, so no extension could meet both. Expected a base that does not: change it.',
    'zh-CN':
      '该扩展所基于的扩展固定了自身的 url,因此无法同时满足两者。应改用未固定 url 的基础定义。',
  },
  'questionnaire-condition-inner': {
    en: 'The condition asks a question that is this item or inside it, so it could never be answered before. Expected a question outside: refer to another.',
    'zh-CN': '条件引用了该项目自身或其内部的问题,因此永远无法先行回答。应引用外部的问题:请更正。',
  },
  'questionnaire-condition-unknown': {
    en: 'The condition asks a question that this questionnaire has not. Expected the linkId of one of its items: correct it.',
    'zh-CN': '条件引用的问题不在该问卷中。应为其中某项目的 linkId:请更正。',
  },
} as const satisfies Record<string, Message>
