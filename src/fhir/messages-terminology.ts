import type { Message } from './messages.ts'

/** What the terminology operations say about codes, value sets and code systems. */
export const terminologyMessages = {
  'terminology-system-unknown': {
    en: 'The code system "{system}" is not here. Write it as a CodeSystem, or correct the system.',
    'zh-CN': '此处没有代码系统 "{system}"。请以 CodeSystem 资源写入,或更正 system。',
  },
  'terminology-value-set-unknown': {
    en: 'The value set "{valueSet}" is not here. Write it as a ValueSet, or correct the canonical.',
    'zh-CN': '此处没有值集 "{valueSet}"。请以 ValueSet 资源写入,或更正其 canonical。',
  },
  'terminology-map-unknown': {
    en: 'The concept map "{conceptMap}" is not here. Write it as a ConceptMap, or correct the canonical.',
    'zh-CN': '此处没有概念映射 "{conceptMap}"。请以 ConceptMap 资源写入,或更正其 canonical。',
  },
  'terminology-supplement-missing': {
    en: 'The supplement "{supplement}" is needed and is not here. Write it as a CodeSystem with content "supplement".',
    'zh-CN':
      '需要补充代码系统 "{supplement}",但此处没有。请以 content 为 "supplement" 的 CodeSystem 写入。',
  },
  'terminology-filter-invalid': {
    en: 'The filter "{property} {op}" on {system} cannot be applied. Give it a property, an operator of R4 and a valid value.',
    'zh-CN': '无法对 {system} 应用过滤 "{property} {op}"。请给出属性、R4 的运算符和有效取值。',
  },
  'terminology-value-set-circular': {
    en: 'The value set "{valueSet}" imports itself, or imports lie too deep. Take the import out.',
    'zh-CN': '值集 "{valueSet}" 引用了自身,或引用层次过深。请去掉该引用。',
  },
  'terminology-expansion-too-large': {
    en: 'The expansion has {found} codes; at most {limit} are sent at once. Ask with count and offset, or with a filter.',
    'zh-CN': '展开结果有 {found} 个代码,一次最多发送 {limit} 个。请使用 count 和 offset,或加过滤。',
  },
  'terminology-code-not-in-value-set': {
    en: 'The code "{found}" is not in the value set "{valueSet}". Use one of its codes; $expand lists them.',
    'zh-CN': '代码 "{found}" 不在值集 "{valueSet}" 中。请使用其中的代码,可用 $expand 列出。',
  },
  'terminology-no-code-in-value-set': {
    en: 'None of the codings is in the value set "{valueSet}". Add one of its codes; $expand lists them.',
    'zh-CN': '没有任何编码属于值集 "{valueSet}"。请加入其中的代码,可用 $expand 列出。',
  },
  'terminology-code-unknown': {
    en: 'The code system "{system}" has no code "{found}". Correct the code.',
    'zh-CN': '代码系统 "{system}" 中没有代码 "{found}"。请更正代码。',
  },
  'terminology-code-not-in-fragment': {
    en: 'The code "{found}" is not in the part of the code system "{system}" that is here; it may be valid elsewhere.',
    'zh-CN': '此处仅有代码系统 "{system}" 的一部分,其中没有代码 "{found}";它可能在其他部分有效。',
  },
  'terminology-code-case': {
    en: 'The code "{found}" is written "{expected}" in {system}. Case does not matter there, but write it as it stands.',
    'zh-CN': '代码 "{found}" 在 {system} 中写作 "{expected}"。该系统不区分大小写,但请按原样书写。',
  },
  'terminology-code-inactive': {
    en: 'The code "{code}" is inactive, and only active codes were asked for. Use an active one.',
    'zh-CN': '代码 "{code}" 已停用,而请求只接受有效代码。请使用有效代码。',
  },
  'terminology-code-retired': {
    en: 'The code "{code}" is {status} and not to be used any more. Use another one.',
    'zh-CN': '代码 "{code}" 的状态为 {status},不宜再用。请改用其他代码。',
  },
  'terminology-code-deprecated': {
    en: 'The code "{code}" is deprecated. Use another one where there is one.',
    'zh-CN': '代码 "{code}" 已弃用。如有其他代码,请改用。',
  },
  'terminology-system-missing': {
    en: 'The coding has no system, so nothing can be said about its code. Give it one.',
    'zh-CN': '该编码没有 system,无法判断其代码。请补充 system。',
  },
  'terminology-system-is-value-set': {
    en: '"{system}" is a value set, not a code system. Name the code system the code comes from.',
    'zh-CN': '"{system}" 是值集而不是代码系统。请填写代码所属的代码系统。',
  },
  'terminology-system-is-supplement': {
    en: '"{system}" is a supplement and has no codes of its own. Name the code system that it supplements.',
    'zh-CN': '"{system}" 是补充,本身没有代码。请填写它所补充的代码系统。',
  },
  'terminology-system-relative': {
    en: 'The system "{system}" is not an absolute URI. Write it in full.',
    'zh-CN': 'system "{system}" 不是绝对 URI。请完整书写。',
  },
  'terminology-system-not-inferred': {
    en: 'The system of the code "{code}" does not follow from the value set "{valueSet}" (found: {found}). Give the system.',
    'zh-CN': '无法由值集 "{valueSet}" 推断代码 "{code}" 的 system(找到:{found})。请给出 system。',
  },
  'terminology-display-wrong': {
    en: 'The display of the code "{code}" is not one of its names in the languages asked for ({languages}). Expected: {expected}.',
    'zh-CN': '代码 "{code}" 的 display 不是它在所要求语言({languages})中的名称。应为:{expected}。',
  },
  'terminology-display-spaces': {
    en: 'The display of the code "{code}" has other white space than its name. Expected: {expected}.',
    'zh-CN': '代码 "{code}" 的 display 与其名称的空白不同。应为:{expected}。',
  },
  'terminology-display-other-language': {
    en: 'The display of the code "{code}" is right, but it has no name in the languages asked for ({languages}).',
    'zh-CN': '代码 "{code}" 的 display 正确,但它在所要求的语言({languages})中没有名称。',
  },
  'terminology-display-withdrawn': {
    en: 'The display of the code "{code}" is a name it does not have any more (status: {status}). Expected: {expected}.',
    'zh-CN': '代码 "{code}" 的 display 是已撤销的名称(状态:{status})。应为:{expected}。',
  },
  'terminology-input-missing': {
    en: 'The operation needs {expected}. Send it as a parameter of the query or of a Parameters resource.',
    'zh-CN': '该操作需要 {expected}。请作为查询参数或在 Parameters 资源中发送。',
  },
  'terminology-input-invalid': {
    en: 'The parameter "{parameter}" is not what the operation takes. Expected: {expected}.',
    'zh-CN': '参数 "{parameter}" 不符合该操作的要求。应为:{expected}。',
  },
} as const satisfies Record<string, Message>
