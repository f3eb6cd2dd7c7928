import type { Message } from './messages.ts'

/**
 * What is allowed and yet doubtful. The texts never repeat an identity number, a name or a date: they
 * say which element, and what of it.
 */
export const judgementMessages = {
  'resident-id-form': {
    en: 'Not a resident identity number: found {found} characters, expected 17 digits and a digit or X, or the 15 digits of old numbers. Correct it, or send it under its own system.',
    'zh-CN':
      '不是公民身份号码:发现 {found} 个字符,应为 17 位数字加一位数字或 X,或旧式 15 位数字。请更正,或使用其自身的 system。',
  },
  'resident-id-check': {
    en: 'The check character of the resident identity number is wrong. Expected the one of GB 11643 (ISO 7064 MOD 11-2): compare the number with the card; it is not used to link records.',
    'zh-CN':
      '公民身份号码的校验码错误,应符合 GB 11643(ISO 7064 MOD 11-2)。请与证件核对;该号码不会用于关联记录。',
  },
  'resident-id-letter': {
    en: 'The last letter of the resident identity number is a small x. Expected a capital X: searches tell them apart.',
    'zh-CN': '公民身份号码末位为小写 x,应为大写 X:检索区分大小写。',
  },
  'resident-id-system': {
    en: 'The system is another name of the resident identity number. Expected {expected}, under which this exchange finds it: send that one.',
    'zh-CN': '该 system 是公民身份号码的另一名称。应为 {expected},本平台据此检索:请改用该值。',
  },
  'resident-id-birth-date': {
    en: 'The birth date in the resident identity number and birthDate are two different dates. Expected the same: check both against the card.',
    'zh-CN': '公民身份号码中的出生日期与 birthDate 不一致,应相同。请与证件核对。',
  },
  'resident-id-gender': {
    en: 'The sex in the resident identity number and gender differ. Expected the same: check both against the card.',
    'zh-CN': '公民身份号码中的性别与 gender 不一致,应相同。请与证件核对。',
  },
  'identifier-placeholder': {
    en: 'The value stands in place of an identifier: found a placeholder or the name of the person. Expected the identifier itself: leave the element out where there is none.',
    'zh-CN': '该值是占位符或本人姓名,而不是标识符。应为真实的标识符:如没有,请去掉该元素。',
  },
  'identifier-shared': {
    en: 'Another Patient has this identifier, and another name or birth date. Expected one person to an identifier: find out which record is right, or merge them.',
    'zh-CN':
      '另一 Patient 也有此标识符,但姓名或出生日期不同。一个标识符应只属于一人:请核实哪条记录正确,或合并记录。',
  },
  'text-lost': {
    en: 'Characters of the text were lost before it came here: found replacement characters. Expected the original text: send it anew as UTF-8 from the source.',
    'zh-CN': '文本在到达之前已丢失字符:发现替代字符。应为原始文本:请从来源以 UTF-8 重新发送。',
  },
  'text-misread': {
    en: 'The text looks like {written} that was read as {read}. Expected readable text: correct the encoding at the source and send it anew as UTF-8.',
    'zh-CN':
      '该文本像是以 {read} 读取的 {written} 内容(乱码)。应为可读文本:请在来源处更正编码后以 UTF-8 重新发送。',
  },
  'text-private-use': {
    en: 'The text has characters of the private use area, which other systems show otherwise or not at all. Expected characters of Unicode: map them at the source.',
    'zh-CN':
      '文本含私用区字符,其他系统会显示不同内容或无法显示。应为 Unicode 标准字符:请在来源处转换。',
  },
  'time-future': {
    en: 'The time is {minutes} minutes ahead of the clock here, and tells of what has happened. Expected at most {allowed}: correct the time, its zone or the clock of the sender.',
    'zh-CN':
      '该时间比本服务器时钟超前 {minutes} 分钟,而它表示已发生的事件。最多允许 {allowed} 分钟:请更正时间、时区或发送方时钟。',
  },
  'time-past': {
    en: 'The year is before 1900. Expected the year it happened: systems write such years where none is known; leave the element out then.',
    'zh-CN': '年份早于 1900 年。应为实际发生的年份:系统常以此表示未知;如未知请去掉该元素。',
  },
  'birth-date-implausible': {
    en: 'By the birth date the person is older than {years} years. Expected the date of birth, or that the person is known to have died: check it.',
    'zh-CN': '按出生日期此人超过 {years} 岁。应为真实出生日期,或注明已故:请核实。',
  },
  'death-before-birth': {
    en: 'The death is before the birth. Expected it later: check both dates.',
    'zh-CN': '死亡时间早于出生日期,应晚于出生日期:请核实两个日期。',
  },
  'unit-spelling': {
    en: 'The unit {found} is not spelt as UCUM does. Expected {expected} in "code"; "unit" may stay as it is printed.',
    'zh-CN': '单位 {found} 的写法不符合 UCUM。"code" 应为 {expected};"unit" 可保留打印形式。',
  },
  'unit-without-code': {
    en: 'The unit {found} has no code, so values cannot be compared. Expected system http://unitsofmeasure.org and code {expected} beside it: add them; "unit" may stay.',
    'zh-CN':
      '单位 {found} 没有代码,数值无法比较。应同时有 system http://unitsofmeasure.org 和 code {expected}:请补充,"unit" 可保留。',
  },
} as const satisfies Record<string, Message>
