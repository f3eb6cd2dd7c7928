import type { Message } from './messages.ts'

/** Refusals and warnings of a search. They name parameters, never the values that were searched for. */
export const searchMessages = {
  'search-parameter-unknown': {
    en: '{resourceType} has no search parameter "{parameter}". Nearest: {nearest}. All are listed in /fhir/metadata.',
    'zh-CN':
      '{resourceType} 没有检索参数 "{parameter}"。最接近的是:{nearest}。完整列表见 /fhir/metadata。',
  },
  'search-parameter-unsupported': {
    en: 'The search parameter "{parameter}" of {resourceType} exists in R4 but is not served here (kind: {kind}). Leave it out. Nearest served: {nearest}.',
    'zh-CN':
      '{resourceType} 的检索参数 "{parameter}" 属于 R4,但此处不支持(类别:{kind})。请去掉。最接近的可用参数:{nearest}。',
  },
  'search-parameter-invalid': {
    en: '{element} cannot be used: found {found}, expected {expected}. Correct it, or store the parameter with status draft.',
    'zh-CN':
      '{element} 无法使用:发现 {found},应为 {expected}。请更正,或以 draft 状态存入该检索参数。',
  },
  'search-parameter-not-ready': {
    en: 'The search parameter "{parameter}" of {resourceType} is not ready: of what was stored before it, {progress} is indexed. An operator starts that with $reindex; search again when it is done.',
    'zh-CN':
      '{resourceType} 的检索参数 "{parameter}" 尚未就绪:此前存入的资源中已建立索引的为 {progress}。由运营方用 $reindex 启动,完成后请重新检索。',
  },
  'search-parameter-ignored': {
    en: 'The search parameter "{parameter}" was ignored: {resourceType} is not searched by it here. Nearest: {nearest}.',
    'zh-CN':
      '检索参数 "{parameter}" 已被忽略:此处不能用它检索 {resourceType}。最接近的是:{nearest}。',
  },
  'search-parameters-too-many': {
    en: 'The search has {found} parameters; at most {limit} are taken. Send fewer, or join values with commas.',
    'zh-CN': '检索含 {found} 个参数,最多接受 {limit} 个。请减少参数,或用逗号合并取值。',
  },
  'search-parameter-repeated': {
    en: 'The parameter "{parameter}" stands more than once. Send it once.',
    'zh-CN': '参数 "{parameter}" 重复出现。请只发送一次。',
  },
  'search-modifier-unsupported': {
    en: 'The parameter "{parameter}" does not take the modifier ":{modifier}" here. It takes: {expected}.',
    'zh-CN': '参数 "{parameter}" 在此不支持修饰符 ":{modifier}"。可用:{expected}。',
  },
  'search-values-too-many': {
    en: 'The parameter "{parameter}" has {found} values; at most {limit} are taken. Split the search.',
    'zh-CN': '参数 "{parameter}" 含 {found} 个取值,最多接受 {limit} 个。请拆分检索。',
  },
  'search-value-empty': {
    en: 'The parameter "{parameter}" has an empty value. Give it a value, or leave the parameter out; a comma inside a value is written "\\,".',
    'zh-CN': '参数 "{parameter}" 的取值为空。请填写取值或去掉该参数;取值内的逗号写作 "\\,"。',
  },
  'search-value-not-text': {
    en: 'A value of "{parameter}" has the character U+0000 or ends in a lone "\\". Remove it; a backslash is written "\\\\".',
    'zh-CN': '"{parameter}" 的取值含有字符 U+0000,或以单个 "\\" 结尾。请去掉;反斜杠写作 "\\\\"。',
  },
  'search-token-malformed': {
    en: 'A value of "{parameter}" is not a token. Expected: code, system|code, |code or system|. A bar inside a value is written "\\|".',
    'zh-CN':
      '"{parameter}" 的取值不是 token 格式。应为:code、system|code、|code 或 system|。取值内的竖线写作 "\\|"。',
  },
  'search-reference-malformed': {
    en: 'A value of "{parameter}" is not a reference. Expected: id, Type/id or an absolute URL; targets: {expected}.',
    'zh-CN': '"{parameter}" 的取值不是引用。应为:id、Type/id 或绝对 URL;目标类型:{expected}。',
  },
  'search-string-malformed': {
    en: 'A value of "{parameter}" has no letter or digit to search for, or is longer than {limit} bytes.',
    'zh-CN': '"{parameter}" 的取值没有可检索的文字,或超过 {limit} 字节。',
  },
  'search-date-malformed': {
    en: 'A value of "{parameter}" is not a date. Expected: an optional prefix ({prefixes}) and YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.sss]][Z|+hh:mm]. In a URL, write "+" as %2B.',
    'zh-CN':
      '"{parameter}" 的取值不是日期。应为:可选前缀({prefixes})加 YYYY、YYYY-MM、YYYY-MM-DD 或 YYYY-MM-DDThh:mm[:ss[.sss]][Z|+hh:mm]。URL 中 "+" 须写作 %2B。',
  },
  'search-number-malformed': {
    en: 'A value of "{parameter}" is not a number. Expected: an optional prefix ({prefixes}) and a number such as 5, -0.5 or 1e2.',
    'zh-CN': '"{parameter}" 的取值不是数字。应为:可选前缀({prefixes})加数字,如 5、-0.5 或 1e2。',
  },
  'search-quantity-malformed': {
    en: 'A value of "{parameter}" is not a quantity. Expected: an optional prefix ({prefixes}), a number, and perhaps a unit: 5.4, 5.4||mg or 5.4|http://unitsofmeasure.org|mg.',
    'zh-CN':
      '"{parameter}" 的取值不是数量。应为:可选前缀({prefixes})加数字,可带单位:5.4、5.4||mg 或 5.4|http://unitsofmeasure.org|mg。',
  },
  'search-of-type-malformed': {
    en: 'A value of "{parameter}:of-type" is not complete. Expected: system|code|value, where system and code are of the type of the identifier.',
    'zh-CN':
      '"{parameter}:of-type" 的取值不完整。应为:system|code|value,其中 system 和 code 是标识符类型的编码。',
  },
  'search-composite-malformed': {
    en: 'A value of "{parameter}" is not a pair. Expected: two values joined by "$"; a "$" inside a value is written "\\$".',
    'zh-CN': '"{parameter}" 的取值不是一对值。应为:用 "$" 连接的两个值;值内的 "$" 写作 "\\$"。',
  },
  'search-chain-too-wide': {
    en: 'The chain in "{parameter}" leads to more than {limit} types. Name the type of each step: reference:Type.parameter.',
    'zh-CN':
      '"{parameter}" 的链式检索涉及超过 {limit} 种类型。请在每一级写明类型:reference:Type.parameter。',
  },
  'search-has-malformed': {
    en: '"{parameter}" is not a reverse chain. Expected: _has:Type:reference:parameter, where the reference leads to {resourceType}.',
    'zh-CN':
      '"{parameter}" 不是反向链式检索。应为:_has:Type:reference:parameter,且该引用指向 {resourceType}。',
  },
  'search-values-of-resource-too-many': {
    en: 'The resource has more than {limit} values to be found by. Split it into several resources.',
    'zh-CN': '该资源可供检索的值超过 {limit} 个。请拆分为多个资源。',
  },
  'search-cursor-not-alone': {
    en: 'A page link was sent with "{parameter}" beside "_cursor", which holds the whole search already. Follow the link as it is; only _format and _pretty may stand beside it.',
    'zh-CN':
      '分页链接在 "_cursor" 之外还带有 "{parameter}"。"_cursor" 已包含整个检索,请原样使用链接;只可另加 _format 和 _pretty。',
  },
  'search-prefix-unsupported': {
    en: 'The parameter "{parameter}" does not take the prefix "{prefix}" here. It takes: {prefixes}.',
    'zh-CN': '参数 "{parameter}" 在此不支持前缀 "{prefix}"。可用:{prefixes}。',
  },
  'search-missing-malformed': {
    en: 'The modifier ":missing" of "{parameter}" takes "true" or "false".',
    'zh-CN': '"{parameter}" 的修饰符 ":missing" 只接受 "true" 或 "false"。',
  },
  'search-result-malformed': {
    en: 'The value of "{parameter}" is not one it takes. Expected: {expected}.',
    'zh-CN': '"{parameter}" 的取值无效。应为:{expected}。',
  },
  'search-result-unsupported': {
    en: 'This form of "{parameter}" exists in R4 but is not served here. Served: {expected}.',
    'zh-CN': '"{parameter}" 的这种用法属于 R4,但此处不支持。支持:{expected}。',
  },
  'search-sort-unsupported': {
    en: '{resourceType} cannot be sorted by "{found}". It can be sorted by: {expected}. Put "-" in front for newest or last first.',
    'zh-CN': '{resourceType} 不能按 "{found}" 排序。可用:{expected}。倒序时在前面加 "-"。',
  },
  'search-sort-too-long': {
    en: '_sort has {found} keys; at most {limit} are taken.',
    'zh-CN': '_sort 含 {found} 个排序键,最多接受 {limit} 个。',
  },
  'search-include-malformed': {
    en: 'A value of "{parameter}" is not served. Expected: Type:parameter or Type:parameter:TargetType, where the parameter is a reference. Nearest: {nearest}.',
    'zh-CN':
      '"{parameter}" 的取值不可用。应为:Type:parameter 或 Type:parameter:TargetType,其中参数须为引用类型。最接近的是:{nearest}。',
  },
  'search-include-parameters-too-many': {
    en: 'The search has {found} _include and _revinclude parameters; at most {limit} are taken.',
    'zh-CN': '检索含 {found} 个 _include 和 _revinclude 参数,最多接受 {limit} 个。',
  },
  'search-includes-too-many': {
    en: 'More than {limit} resources would be included on this page. Ask for fewer matches with _count, or leave out an _include or _revinclude.',
    'zh-CN':
      '本页将附带超过 {limit} 个资源。请用 _count 减少每页结果,或去掉部分 _include、_revinclude。',
  },
  'search-page-too-large': {
    en: 'The resources of this page are too large to be answered at once. Ask for fewer with _count, or leave out an _include or _revinclude.',
    'zh-CN':
      '本页资源总量过大,无法一次返回。请用 _count 减少每页结果,或去掉部分 _include、_revinclude。',
  },
  'search-chain-too-long': {
    en: 'The chain in "{parameter}" has more than {limit} hop. Search the middle type first, and use its ids.',
    'zh-CN': '"{parameter}" 的链式检索超过 {limit} 级。请先检索中间类型,再使用其 id。',
  },
  'search-chain-not-reference': {
    en: 'A chain starts at a reference, and "{parameter}" is not one. References of {resourceType}: {expected}.',
    'zh-CN':
      '链式检索须从引用参数开始,而 "{parameter}" 不是。{resourceType} 的引用参数:{expected}。',
  },
  'search-value-set-unknown': {
    en: 'The value of "{parameter}" is no canonical URL of a value set that is here, or that you may see. Nearest of R4: {nearest}. Store the value set first, or ask for the codes themselves, separated by commas.',
    'zh-CN':
      '"{parameter}" 的取值不是此处已有(或您可见)值集的规范 URL。R4 中最接近的是:{nearest}。请先存入该值集,或直接列出编码,用逗号分隔。',
  },
  'search-value-set-too-large': {
    en: 'A value set of the search has {found} codes; at most {limit} can be searched for at once. Name a narrower value set, or search by a code system hierarchy (:below).',
    'zh-CN':
      '检索所用的值集有 {found} 个编码,一次最多检索 {limit} 个。请改用较小的值集,或按代码系统层级检索(:below)。',
  },
  'search-value-sets-too-many': {
    en: 'The search names {found} value sets; at most {limit} are taken. Name fewer, or one that includes them.',
    'zh-CN': '检索引用了 {found} 个值集,最多 {limit} 个。请减少,或使用包含它们的单个值集。',
  },
  'search-value-set-not-listed': {
    en: 'The value set in "{parameter}" cannot be expanded here: it draws on a code system that is not here in full. Ask for the codes themselves instead, separated by commas.',
    'zh-CN':
      '"{parameter}" 中的值集在此无法展开:它所用的代码系统在此不完整。请直接列出编码,用逗号分隔。',
  },
  'search-code-system-unknown': {
    en: 'The code system in "{parameter}" is not here in full, so nothing is known of its hierarchy. Nearest that is here: {nearest}. Ask for the codes themselves instead, separated by commas.',
    'zh-CN':
      '"{parameter}" 中的代码系统在此不完整,无法得知其层级。此处最接近的是:{nearest}。请直接列出编码,用逗号分隔。',
  },
  'search-subsumed-malformed': {
    en: 'A value of "{parameter}" is not complete. Expected: system|code, because a hierarchy belongs to one code system.',
    'zh-CN': '"{parameter}" 的取值不完整。应为:system|code,因为层级属于某一个代码系统。',
  },
  'search-filter-malformed': {
    en: 'The text of _filter is not understood at character {position}. Expected there: {expected}. A filter is written: name co "pet" and (birthdate ge 2014-10-10 or not (active eq true)).',
    'zh-CN':
      '_filter 的文本在第 {position} 个字符处无法理解。此处应为:{expected}。过滤式写作:name co "pet" and (birthdate ge 2014-10-10 or not (active eq true))。',
  },
  'search-near-malformed': {
    en: 'A value of "{parameter}" is not a place. Expected: latitude|longitude|distance|unit in degrees and a UCUM unit of length, such as 31.23|121.47|11.2|km; distance and unit may be left out.',
    'zh-CN':
      '"{parameter}" 的取值不是位置。应为:纬度|经度|距离|单位(度,UCUM 长度单位),例如 31.23|121.47|11.2|km;距离和单位可省略。',
  },
  'search-filter-operator': {
    en: 'In _filter "{parameter}" does not take the operator "{operator}". It takes: {expected}.',
    'zh-CN': '_filter 中的 "{parameter}" 不支持运算符 "{operator}"。可用:{expected}。',
  },
  'search-filter-partial': {
    en: 'Filters in square brackets, which are about a part of a resource, are not served. Use a composite search parameter, or a chain: subject.name co "pet".',
    'zh-CN':
      '不支持方括号中的过滤式(针对资源的一部分)。请使用组合检索参数,或链式路径:subject.name co "pet"。',
  },
  'search-list-functional': {
    en: 'Functional lists such as $current-problems are not served. Expected: the id of a List.',
    'zh-CN': '不支持 $current-problems 等功能性列表。应为某个 List 的 id。',
  },
  'search-type-unknown': {
    en: '"{found}" in _type is not a type that is searched here. Nearest: {nearest}. Separate types with commas.',
    'zh-CN':
      '_type 中的 "{found}" 不是此处可检索的类型。最接近的是:{nearest}。多个类型用逗号分隔。',
  },
  'search-system-too-wide': {
    en: 'The search asks for its types in more than {limit} different ways. Name fewer types with _type, or search them one by one.',
    'zh-CN': '该检索对各类型的条件组合超过 {limit} 种。请用 _type 减少类型,或逐个类型检索。',
  },
  'search-system-sort': {
    en: 'Several types have no such order in common. Sort by _id or _lastUpdated, or search one type.',
    'zh-CN': '多个类型没有这种共同的排序。请按 _id 或 _lastUpdated 排序,或只检索一种类型。',
  },
  'compartment-unknown': {
    en: 'No search is served below a resource of this type. Types with a compartment: {expected}.',
    'zh-CN': '此类型的资源之下不能检索。有 compartment 的类型:{expected}。',
  },
  'compartment-member-unknown': {
    en: 'Resources of type "{found}" are not in the compartment {compartment}. Nearest: {nearest}.',
    'zh-CN': '"{found}" 类型的资源不在 {compartment} compartment 中。最接近的是:{nearest}。',
  },
  'search-target-unknown': {
    en: 'The parameter "{parameter}" does not refer to the type after ":". It refers to: {expected}.',
    'zh-CN': '参数 "{parameter}" 不会引用 ":" 之后的类型。可引用:{expected}。',
  },
} as const satisfies Record<string, Message>
