import type { Message } from './messages.ts'

/** Refusals that concern formats: XML bodies, encodings, subsets of resources. */
export const formatMessages = {
  'xml-malformed': {
    en: 'The body is not well-formed XML: line {line}, column {column}. Check for an unclosed tag, a missing quote, or an unescaped "&" or "<" there; entities such as &nbsp; are written as characters.',
    'zh-CN':
      '请求体不是格式良好的 XML:第 {line} 行第 {column} 列。请检查该处是否有未闭合的标签、缺少的引号,或未转义的 "&" 或 "<";&nbsp; 之类的实体请直接写字符。',
  },
  'xml-doctype': {
    en: 'The XML has a DOCTYPE, which FHIR forbids. Remove the declaration and all entities of its own.',
    'zh-CN': 'XML 含有 FHIR 禁止的 DOCTYPE。请删除该声明及其自定义实体。',
  },
  'xml-encoding': {
    en: 'The XML declaration names an encoding other than UTF-8. Send UTF-8 and declare encoding="UTF-8", or none.',
    'zh-CN': 'XML 声明的编码不是 UTF-8。请以 UTF-8 发送,并声明 encoding="UTF-8" 或不声明。',
  },
  'xml-too-deep': {
    en: 'The XML is nested deeper than {limit} levels.',
    'zh-CN': 'XML 嵌套超过 {limit} 层。',
  },
  'xml-root': {
    en: 'The root of the XML must be an R4 resource type in the namespace http://hl7.org/fhir, such as <Patient xmlns="http://hl7.org/fhir">. Type names are case-sensitive.',
    'zh-CN':
      'XML 根元素必须是命名空间 http://hl7.org/fhir 中的 R4 资源类型,例如 <Patient xmlns="http://hl7.org/fhir">。类型名区分大小写。',
  },
  'xml-namespace': {
    en: 'Line {line}, column {column}: this element must be in the namespace {expected}.',
    'zh-CN': '第 {line} 行第 {column} 列:该元素必须属于命名空间 {expected}。',
  },
  'xml-element-unknown': {
    en: 'Line {line}, column {column}: {type} has no element "{found}". Nearest: {nearest}.',
    'zh-CN': '第 {line} 行第 {column} 列:{type} 没有元素 "{found}"。最接近的是:{nearest}。',
  },
  'xml-element-repeated': {
    en: 'Line {line}, column {column}: the element "{found}" stands more than once, but may stand once only.',
    'zh-CN': '第 {line} 行第 {column} 列:元素 "{found}" 重复出现,但只允许出现一次。',
  },
  'xml-attribute-unknown': {
    en: 'Line {line}, column {column}: this attribute is not part of the element. Expected: {expected}.',
    'zh-CN': '第 {line} 行第 {column} 列:该元素没有此属性。可用:{expected}。',
  },
  'xml-text-unexpected': {
    en: 'Line {line}, column {column}: there is text between the elements. FHIR writes values as attributes: <status value="final"/>.',
    'zh-CN':
      '第 {line} 行第 {column} 列:元素之间有文本。FHIR 的取值写在属性中:<status value="final"/>。',
  },
  'xml-resource-count': {
    en: 'Line {line}, column {column}: "contained" and "resource" each hold exactly one resource. Repeat the element for more.',
    'zh-CN':
      '第 {line} 行第 {column} 列:"contained" 和 "resource" 各自只能包含一个资源。如有多个,请重复该元素。',
  },
  'xml-narrative-prefix': {
    en: 'Line {line}, column {column}: the narrative uses a namespace prefix. Write <div xmlns="http://www.w3.org/1999/xhtml"> and elements without prefix.',
    'zh-CN':
      '第 {line} 行第 {column} 列:叙述文本使用了命名空间前缀。请写作 <div xmlns="http://www.w3.org/1999/xhtml">,其中元素不带前缀。',
  },
  'encoding-unsupported': {
    en: 'The body has a Content-Encoding that is not taken. Send gzip, or no encoding.',
    'zh-CN': '不支持请求体的 Content-Encoding。请使用 gzip 或不压缩。',
  },
  'body-not-gzip': {
    en: 'The body is not gzip, although Content-Encoding says so. Compress it again, or leave the header out.',
    'zh-CN': '请求体不是 gzip 格式,与 Content-Encoding 不符。请重新压缩,或去掉该请求头。',
  },
  'summary-with-elements': {
    en: '_summary and _elements exclude each other. Send one of the two.',
    'zh-CN': '_summary 与 _elements 不能同时使用。请只发送其中一个。',
  },
  'summary-text-include': {
    en: '_summary=text does not go with _include or _revinclude. Leave one of them out.',
    'zh-CN': '_summary=text 不能与 _include 或 _revinclude 同时使用。请去掉其中之一。',
  },
  'elements-unknown': {
    en: '_elements names an element that {type} has not at its root: "{found}". Nearest: {nearest}. Names are separated by commas.',
    'zh-CN':
      '_elements 中的 "{found}" 不是 {type} 的顶层元素。最接近的是:{nearest}。名称之间用逗号分隔。',
  },
  'elements-too-many': {
    en: '_elements names {found} elements; at most {limit} are taken.',
    'zh-CN': '_elements 列出 {found} 个元素,最多接受 {limit} 个。',
  },
} as const satisfies Record<string, Message>
