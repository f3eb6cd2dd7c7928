import type { Message } from './messages.ts'

/** Refusals that concern the request itself: address, method, format, body, version. */
export const requestMessages = {
  'not-found': {
    en: 'Resource not found.',
    'zh-CN': '未找到资源。',
  },
  'everything-parameter': {
    en: '$everything cannot use {parameter}: found {found}, expected {expected}.',
    'zh-CN': '$everything 无法使用 {parameter}:发现 {found},应为 {expected}。',
  },
  'cursor-invalid': {
    en: 'The page link is no longer valid, or was made for another caller. Run the search again.',
    'zh-CN': '分页链接已失效,或不是为当前调用者生成的。请重新执行查询。',
  },
  'request-malformed': {
    en: 'The HTTP request is malformed. Check its headers and length.',
    'zh-CN': 'HTTP 请求格式错误。请检查请求头和长度。',
  },
  'headers-too-large': {
    en: 'The address and headers are larger than {limit} bytes together. Send a long search as POST [type]/_search with its parameters in a form body.',
    'zh-CN':
      '地址和请求头合计超过 {limit} 字节。较长的查询请用 POST [type]/_search,并将参数放在表单请求体中。',
  },
  'encoding-unsupported': {
    en: 'The body has a Content-Encoding, and only bodies without one are taken. Send the JSON uncompressed.',
    'zh-CN': '请求体带有 Content-Encoding,而此处只接受未压缩的请求体。请直接发送 JSON。',
  },
  created: { en: 'The resource was created.', 'zh-CN': '资源已创建。' },
  updated: { en: 'The resource was updated.', 'zh-CN': '资源已更新。' },
  unchanged: {
    en: 'The resource already had this content; no new version was made.',
    'zh-CN': '资源内容未变化,没有产生新版本。',
  },
  'not-found-update': {
    en: 'Resource not found. To create one under an id of your choice, begin the id with your prefix "{own}"; POST lets the server assign the id.',
    'zh-CN':
      '未找到资源。若要用自定 id 新建,请以本机构前缀 "{own}" 开头;或用 POST 由服务器分配 id。',
  },
  'address-unknown': {
    en: 'No such address. The FHIR endpoint is /fhir; see /fhir/metadata for what it serves.',
    'zh-CN': '地址不存在。FHIR 端点为 /fhir;可用功能见 /fhir/metadata。',
  },
  'address-malformed': {
    en: 'The address holds a broken percent escape. Encode it as UTF-8 with %XX.',
    'zh-CN': '地址中含有错误的百分号转义。请用 UTF-8 的 %XX 形式编码。',
  },
  'resource-type-unknown': {
    en: '"{found}" is not an R4 resource type. Type names are case-sensitive. Nearest: {nearest}.',
    'zh-CN': '"{found}" 不是 R4 资源类型。类型名区分大小写。最接近的是:{nearest}。',
  },
  'method-not-allowed': {
    en: 'This address does not serve that method. Allowed: {allow}.',
    'zh-CN': '该地址不支持此方法。允许的方法:{allow}。',
  },
  'format-not-acceptable': {
    en: 'Only JSON and XML are served. Accept application/fhir+json or application/fhir+xml, or send _format=json or _format=xml.',
    'zh-CN':
      '仅提供 JSON 和 XML 格式。请在 Accept 中使用 application/fhir+json 或 application/fhir+xml,或发送 _format=json 或 _format=xml。',
  },
  'format-unsupported': {
    en: 'The body must be JSON or XML. Send Content-Type: application/fhir+json or application/fhir+xml.',
    'zh-CN':
      '请求体必须是 JSON 或 XML。请发送 Content-Type: application/fhir+json 或 application/fhir+xml。',
  },
  'body-missing': {
    en: 'A body is required: the resource as JSON.',
    'zh-CN': '缺少请求体:请发送 JSON 格式的资源。',
  },
  'body-too-large': {
    en: 'The body is larger than {limit} bytes. Split it into smaller bundles.',
    'zh-CN': '请求体超过 {limit} 字节。请拆分为较小的 Bundle。',
  },
  'body-not-utf8': {
    en: 'The body is not UTF-8: the first bad byte is at offset {offset}. Send UTF-8, not GBK or GB18030.',
    'zh-CN':
      '请求体不是 UTF-8 编码:首个错误字节位于偏移 {offset}。请发送 UTF-8,不要使用 GBK 或 GB18030。',
  },
  'json-malformed': {
    en: 'The body is not JSON: line {line}, column {column}, found {found}, expected {expected}. Check for a missing comma, quote or bracket there.',
    'zh-CN':
      '请求体不是合法 JSON:第 {line} 行第 {column} 列发现 {found},应为 {expected}。请检查该处是否缺少逗号、引号或括号。',
  },
  'json-too-deep': {
    en: 'The JSON is nested deeper than {limit} levels. Expected at most that many: look for objects that hold each other, and send what is deep as resources of its own.',
    'zh-CN':
      'JSON 嵌套超过 {limit} 层,最多允许 {limit} 层。请检查是否有对象互相嵌套,或将深层内容作为单独的资源发送。',
  },
  'json-duplicate-member': {
    en: 'Line {line}, column {column}: the member "{name}" stands twice in one object. Expected each name once: keep one of the two.',
    'zh-CN':
      '第 {line} 行第 {column} 列:同一对象中成员 "{name}" 重复出现,每个名称只能出现一次。请只保留一个。',
  },
  'json-not-resource': {
    en: 'The body must be one JSON object with a "resourceType" member.',
    'zh-CN': '请求体必须是一个带有 "resourceType" 成员的 JSON 对象。',
  },
  'resource-type-mismatch': {
    en: 'The body is a {found}, the address says {expected}. Send it to /{found}, or correct "resourceType".',
    'zh-CN': '请求体是 {found},而地址是 {expected}。请发送到 /{found},或更正 "resourceType"。',
  },
  'id-mismatch': {
    en: 'The id in the body differs from the id in the address, or is missing. They must be the same.',
    'zh-CN': '请求体中的 id 与地址中的 id 不同,或缺失。两者必须一致。',
  },
  'id-invalid': {
    en: 'The id is not a FHIR id: 1 to 64 letters, digits, "-" and ".".',
    'zh-CN': 'id 格式不符合 FHIR 规范:应为 1 至 64 个字母、数字、"-" 或 "."。',
  },
  'version-mismatch': {
    en: 'If-Match names another version than the current one. Read the resource again and repeat the change on it.',
    'zh-CN': 'If-Match 指定的版本不是当前版本。请重新读取资源后再次修改。',
  },
  'if-match-invalid': {
    en: 'If-Match must be one version, such as W/"3".',
    'zh-CN': 'If-Match 必须是一个版本号,例如 W/"3"。',
  },
  'write-conflict': {
    en: 'Another write changed the same resource at the same time. Send the request again.',
    'zh-CN': '另一个写操作同时修改了同一资源。请重新发送请求。',
  },
  'index-outdated': {
    en: 'What there is to index changed while this was written; nothing was stored. Send the request again.',
    'zh-CN': '写入过程中需要建立的索引发生了变化,没有存入任何内容。请重新发送请求。',
  },
  'reindex-parameter': {
    en: '$reindex cannot use {found}. Expected: {expected}. Correct it, or send no parameter for everything.',
    'zh-CN': '$reindex 无法使用 {found}。应为:{expected}。请更正,或不带参数以处理全部资源。',
  },
  'reindex-inactive': {
    en: 'This SearchParameter is not active, so there is nothing to index by it. Set its status to active first.',
    'zh-CN': '该 SearchParameter 未启用,没有可建立的索引。请先将 status 设为 active。',
  },
  deleted: {
    en: 'The resource was deleted. Earlier versions are in its history.',
    'zh-CN': '资源已删除。历史版本可通过 _history 查询。',
  },
  unavailable: {
    en: 'The server cannot answer at the moment. Nothing was changed. Try again after the time in Retry-After.',
    'zh-CN': '服务器暂时无法响应,未作任何更改。请在 Retry-After 指定的时间后重试。',
  },
  'large-bodies-busy': {
    en: 'Too many large bodies are being worked on already. Nothing was changed. Try again after the time in Retry-After, or send smaller bundles.',
    'zh-CN':
      '正在处理的大型请求体过多。未作任何更改。请在 Retry-After 指定的时间后重试,或发送较小的 bundle。',
  },
  'outcome-unknown': {
    en: 'The server lost its database while it was answering. If the request was a write, it may or may not have been kept. Send it again: with a business identifier or an If-Match header it cannot be stored twice.',
    'zh-CN':
      '服务器在处理请求时与数据库断开。如果是写操作,结果可能已保存,也可能未保存。请重新发送;带业务标识或 If-Match 时不会重复保存。',
  },
  'statement-timeout': {
    en: 'The answer took longer than one request may. Ask for less: add a patient, a code or a date, or a smaller _count.',
    'zh-CN': '该请求耗时超过单次请求的上限。请缩小范围:加上患者、代码或日期,或减小 _count。',
  },
  'value-not-storable': {
    en: 'A value cannot be stored or compared: a text with the character U+0000, a number or date out of range, or a value that is too long to index. Correct the value.',
    'zh-CN':
      '某个值无法存储或比较:文本含有字符 U+0000、数字或日期超出范围,或值过长无法建立索引。请更正该值。',
  },
  exception: {
    en: 'Something failed inside the server. Quote the request id {requestId} to its operators.',
    'zh-CN': '服务器内部出错。请将请求编号 {requestId} 告知运维人员。',
  },
  'bundle-type-invalid': {
    en: 'Bundle.type must be "transaction" or "batch" here. Found: {found}.',
    'zh-CN': '此处 Bundle.type 必须为 "transaction" 或 "batch"。发现:{found}。',
  },
  'organization-busy': {
    en: '{limit} requests of this organization are under way already, and more are not taken at one time. Nothing was changed. Try again after the time in Retry-After, with fewer requests at once; a batch or transaction carries many writes in one.',
    'zh-CN':
      '该机构已有 {limit} 个请求正在处理,同时不再接受更多。未作任何更改。请在 Retry-After 指定的时间后重试,并减少并发请求数;可用 batch 或 transaction 合并多次写入。',
  },
  'bundle-too-large': {
    en: 'The bundle has {found} entries; at most {limit} are taken, and nothing of this one was stored. Send it as several bundles. Entries that refer to each other by urn:uuid belong into one; otherwise send those that are referred to first.',
    'zh-CN':
      'Bundle 含 {found} 个条目,最多接受 {limit} 个,本次未保存任何内容。请拆分为多个 Bundle 发送:以 urn:uuid 相互引用的条目放在同一个 Bundle 中,否则先发送被引用的条目。',
  },
  'bundle-entry-invalid': {
    en: 'This entry needs {expected}.',
    'zh-CN': '该条目需要 {expected}。',
  },
  'bundle-entry-unsupported': {
    en: 'This request is not served inside a bundle: {found}. Supported: {expected}.',
    'zh-CN': 'Bundle 内不支持该请求:{found}。支持:{expected}。',
  },
  'bundle-duplicate-identity': {
    en: 'Entries {first} and {second} write the same resource. A transaction may touch a resource once.',
    'zh-CN': '条目 {first} 与 {second} 写入同一资源。一个事务中每个资源只能出现一次。',
  },
  'bundle-duplicate-full-url': {
    en: 'Entries {first} and {second} have the same fullUrl. Each fullUrl must be unique.',
    'zh-CN': '条目 {first} 与 {second} 的 fullUrl 相同。每个 fullUrl 必须唯一。',
  },
  'reference-unresolved': {
    en: 'The reference names "{found}", but no entry of this bundle has that fullUrl. Add the entry, or correct the reference.',
    'zh-CN': '引用 "{found}" 在本 Bundle 中没有对应 fullUrl 的条目。请补充条目或更正引用。',
  },
  'header-not-supported': {
    en: 'The header {header} is not served here. Leave it out.',
    'zh-CN': '此处不支持请求头 {header}。请去掉。',
  },
} as const satisfies Record<string, Message>
