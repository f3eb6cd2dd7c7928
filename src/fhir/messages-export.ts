import type { Message } from './messages.ts'

/** Refusals of exports. */
export const exportMessages = {
  'export-parameter': {
    en: 'The export does not know {parameter}. It knows {expected}. "Prefer: handling=lenient" passes it over.',
    'zh-CN':
      '导出不支持参数 {parameter}。可用参数:{expected}。使用 "Prefer: handling=lenient" 可忽略它。',
  },
  'export-format': {
    en: 'Exports are written as NDJSON. Leave _outputFormat out, or send one of: {expected}.',
    'zh-CN': '导出格式为 NDJSON。请省略 _outputFormat,或使用:{expected}。',
  },
  'export-since': {
    en: '_since is an instant with a time zone, such as 2024-05-01T00:00:00+08:00.',
    'zh-CN': '_since 须为带时区的时刻,如 2024-05-01T00:00:00+08:00。',
  },
  'export-type': {
    en: 'There is no resource type {found}. Perhaps: {nearest}.',
    'zh-CN': '没有资源类型 {found}。可能是:{nearest}。',
  },
  'export-type-outside': {
    en: 'Resources of type {found} do not belong to patients. Export them with [base]/$export, as an operator.',
    'zh-CN': '类型 {found} 的资源不属于患者。请由平台运营方用 [base]/$export 导出。',
  },
  'export-filter': {
    en: '_typeFilter is a type with a search, such as Observation?category=laboratory, once for each type.',
    'zh-CN': '_typeFilter 为类型加检索条件,如 Observation?category=laboratory,每种类型一次。',
  },
  'export-group': {
    en: 'The group has too many patients for one export. At most {limit}: divide it.',
    'zh-CN': '该组患者过多,一次导出最多 {limit} 位。请拆分。',
  },
  'export-too-many': {
    en: 'The organization has {limit} exports at a time at most. DELETE those that are done with.',
    'zh-CN': '同一机构同时最多有 {limit} 个导出。请 DELETE 已用完的导出。',
  },
} as const satisfies Record<string, Message>
