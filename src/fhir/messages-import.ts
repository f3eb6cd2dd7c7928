import type { Message } from './messages.ts'

/** Refusals of `$import` and of the lines it takes in. */
export const importMessages = {
  'import-parameter': {
    en: '$import cannot use {found}. Expected: {expected}. Correct it and send it again; nothing was begun.',
    'zh-CN': '$import 无法使用 {found}。应为:{expected}。请更正后重新发送;任务尚未开始。',
  },
  'import-systems-only': {
    en: '$import goes on after its request, in the name of a system. Ask for it with a token of a system client.',
    'zh-CN': '$import 在请求结束后以系统名义继续执行。请使用系统客户端的令牌。',
  },
  'import-jobs-open': {
    en: 'Your hospital has {limit} imports that are not done. Ask $import-status how far they are, and begin the next one when one is done.',
    'zh-CN':
      '贵机构已有 {limit} 个未完成的导入任务。请用 $import-status 查询进度,待其中一个完成后再开始下一个。',
  },
  'import-type': {
    en: 'The line is no {expected}, which its input is said to hold. Move it to an input of its own type, or leave "type" out.',
    'zh-CN': '该行不是输入所声明的 {expected}。请将其移至相应类型的输入,或不声明 "type"。',
  },
  'import-line': {
    en: 'The line is no resource in JSON. Expected: one whole resource per line, with its resourceType.',
    'zh-CN': '该行不是 JSON 资源。应为:每行一个完整资源,并含 resourceType。',
  },
  'import-client-gone': {
    en: 'The client that asked for the import may not act any more. Its work has stopped; what was stored stays. Have the client switched on, and ask again.',
    'zh-CN': '请求导入的客户端已不可用。任务已停止,已存入的内容保留。请启用该客户端后重新请求。',
  },
  'import-input-gone': {
    en: 'An input could not be read any more. The work has stopped; what was stored stays. Store the Binary again, and ask for what is missing.',
    'zh-CN':
      '某个输入已无法读取。任务已停止,已存入的内容保留。请重新存入 Binary,再导入缺少的部分。',
  },
} as const satisfies Readonly<Record<string, Message>>
