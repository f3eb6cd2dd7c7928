import type { Message } from './messages.ts'

/** Refusals of PATCH, of histories and of the meta operations. None quotes a value of the resource. */
export const patchMessages = {
  'patch-format-unsupported': {
    en: 'A patch must be sent as {accepted}. The FHIR formats take a Parameters resource (FHIRPath Patch).',
    'zh-CN': '补丁必须以 {accepted} 发送。FHIR 格式的内容应为 Parameters 资源(FHIRPath Patch)。',
  },
  'patch-malformed': {
    en: 'The patch cannot be read: {expected} is needed here. Correct this operation.',
    'zh-CN': '无法解析补丁:此处需要 {expected}。请更正该操作。',
  },
  'patch-too-many-operations': {
    en: 'The patch has {found} operations; at most {limit} are taken. Split it, or update the whole resource with PUT.',
    'zh-CN': '补丁含 {found} 个操作,最多接受 {limit} 个。请拆分,或用 PUT 更新整个资源。',
  },
  'patch-too-costly': {
    en: 'Applying the patch takes more than one request may. Use fewer operations or shorter paths, or update the whole resource with PUT.',
    'zh-CN': '执行该补丁的开销超过单次请求的上限。请减少操作或缩短路径,或用 PUT 更新整个资源。',
  },
  'patch-path-unresolved': {
    en: 'The path of this operation does not lead to {expected} in the current version. Read the resource again and correct the path.',
    'zh-CN': '该操作的路径在当前版本中没有指向 {expected}。请重新读取资源并更正路径。',
  },
  'patch-path-unsupported': {
    en: 'The path of this operation cannot be used: {found}. Expected: {expected}.',
    'zh-CN': '该操作的路径无法使用:{found}。期望:{expected}。',
  },
  'patch-test-failed': {
    en: 'A "test" operation does not hold for the current version; nothing was changed. Read the resource again and repeat the change on it.',
    'zh-CN': '"test" 操作与当前版本不符,未作任何更改。请重新读取资源后再次修改。',
  },
  'patch-criteria-none': {
    en: 'No resource of yours meets the criteria, so nothing was patched. Correct the criteria, or create the resource first.',
    'zh-CN': '没有符合条件的本机构资源,未执行补丁。请更正条件,或先创建资源。',
  },
  'patch-immutable': {
    en: 'A patch cannot change {element}. Leave it as it is, or write another resource.',
    'zh-CN': '补丁不能修改 {element}。请保持不变,或写入另一个资源。',
  },
  'history-parameter': {
    en: '{parameter} is not usable in a history. Found: {found}. Expected: {expected}.',
    'zh-CN': '历史查询无法使用 {parameter}。发现:{found}。期望:{expected}。',
  },
  'operation-unknown': {
    en: 'There is no operation "${found}" at this address. Served here: {expected}.',
    'zh-CN': '该地址没有 "${found}" 操作。此处支持:{expected}。',
  },
  'operation-parameter': {
    en: 'The operation needs {expected}. Send a Parameters resource that has it.',
    'zh-CN': '该操作需要 {expected}。请发送包含它的 Parameters 资源。',
  },
  'operation-body': {
    en: 'The body of the operation is not understood. Expected: a Parameters resource, each parameter of which has a name and a value.',
    'zh-CN': '无法理解该操作的请求体。应为 Parameters 资源,其中每个 parameter 都有 name 和 value。',
  },
  'operation-value-not-plain': {
    en: 'The parameter "{parameter}" has a complex value. Expected: a simple one, such as valueString.',
    'zh-CN': '参数 "{parameter}" 的取值是复杂类型。应为简单类型,例如 valueString。',
  },
  'operation-parameter-unknown': {
    en: 'The operation has no parameter "{parameter}", or not with such a value. Expected: {expected}.',
    'zh-CN': '该操作没有参数 "{parameter}",或其取值无效。应为:{expected}。',
  },
  'lastn-parameter-missing': {
    en: '$lastn needs whose and which observations: "patient" or "subject", and "category" or "code".',
    'zh-CN': '$lastn 需要指明患者和项目:"patient" 或 "subject",以及 "category" 或 "code"。',
  },
  'lastn-parameter-refused': {
    en: '$lastn has an order and a size of its own and does not take "{parameter}". Leave it out; "max" says how many of each code.',
    'zh-CN': '$lastn 有固定的排序和数量,不接受 "{parameter}"。请去掉;每个项目的数量由 "max" 指定。',
  },
  'observations-too-many': {
    en: 'The search finds more than {limit} observations, which are not read at once. Narrow it with "code", "category" or "date".',
    'zh-CN':
      '检索结果超过 {limit} 条 Observation,无法一次读取。请用 "code"、"category" 或 "date" 缩小范围。',
  },
  'operation-too-costly': {
    en: 'More than {limit} resources would have to be read for this answer. Ask for one type or one resource.',
    'zh-CN': '该请求需要读取超过 {limit} 个资源。请改为查询单个类型或单个资源。',
  },
  'meta-security-kept': {
    en: 'Security labels say who may see a record: only a privacy officer of its hospital removes them. Leave meta.security out of the request.',
    'zh-CN':
      '安全标签决定谁可以查看记录:只有所属医院的隐私官可以删除。请从请求中去掉 meta.security。',
  },
} as const satisfies Record<string, Message>
