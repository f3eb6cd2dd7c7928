import type { Message } from './messages.ts'

/** Refusals of one primitive value, by type. None repeats the value. */
export const valueMessages = {
  'value-not-integer': {
    en: 'Not an integer. Expected a whole number from -2147483648 to 2147483647, written without point or exponent.',
    'zh-CN': '不是整数。应为 -2147483648 至 2147483647 之间的整数,不含小数点或指数。',
  },
  'value-not-unsigned-int': {
    en: 'Not an unsignedInt. Expected a whole number from 0 to 2147483647, written without point or exponent.',
    'zh-CN': '不是 unsignedInt。应为 0 至 2147483647 之间的整数,不含小数点或指数。',
  },
  'value-not-positive-int': {
    en: 'Not a positiveInt. Expected a whole number from 1 to 2147483647, written without point or exponent.',
    'zh-CN': '不是 positiveInt。应为 1 至 2147483647 之间的整数,不含小数点或指数。',
  },
  'value-not-decimal': {
    en: 'Not a usable decimal. Expected a finite number of at most 64 characters, between 1e-323 and 1e308 in size.',
    'zh-CN': '不是可用的小数。应为不超过 64 个字符的有限数字,绝对值在 1e-323 与 1e308 之间。',
  },
  'value-not-string': {
    en: 'Not a FHIR string. Expected 1 to 1048576 characters without control characters other than tab, line feed and carriage return, and without halves of surrogate pairs.',
    'zh-CN':
      '不是合法的 FHIR 字符串。应为 1 至 1048576 个字符,除制表符、换行和回车外不得含控制字符,也不得含不成对的代理字符。',
  },
  'value-not-code': {
    en: 'Not a code. Expected text without white space at its ends and with single spaces at most inside. Trim it.',
    'zh-CN': '不是合法的 code。首尾不得有空白,中间最多为单个空格。请去除多余空白。',
  },
  'value-not-uri': {
    en: 'Not a URI. Expected text without any white space or control character. Percent-encode or remove them.',
    'zh-CN': '不是合法的 URI。不得含空白或控制字符。请进行百分号编码或删除。',
  },
  'value-not-id': {
    en: 'Not an id. Expected 1 to 64 letters, digits, "-" and ".".',
    'zh-CN': '不是合法的 id。应为 1 至 64 个字母、数字、"-" 或 "."。',
  },
  'value-not-oid': {
    en: 'Not an oid. Expected urn:oid: and numbers separated by points, such as urn:oid:1.2.3.',
    'zh-CN': '不是合法的 oid。应为 urn:oid: 加以点分隔的数字,例如 urn:oid:1.2.3。',
  },
  'value-not-uuid': {
    en: 'Not a uuid. Expected urn:uuid: and a UUID in lower case.',
    'zh-CN': '不是合法的 uuid。应为 urn:uuid: 加小写的 UUID。',
  },
  'value-not-date': {
    en: 'Not a date. Expected YYYY, YYYY-MM or YYYY-MM-DD, and a day that exists.',
    'zh-CN': '不是合法的日期。应为 YYYY、YYYY-MM 或 YYYY-MM-DD,且该日真实存在。',
  },
  'value-not-date-time': {
    en: 'Not a dateTime. Expected YYYY, YYYY-MM, YYYY-MM-DD, or a moment with seconds and time zone such as 2026-03-01T09:30:00+08:00, and a day that exists.',
    'zh-CN':
      '不是合法的 dateTime。应为 YYYY、YYYY-MM、YYYY-MM-DD,或带秒和时区的时刻,例如 2026-03-01T09:30:00+08:00,且该日真实存在。',
  },
  'value-not-instant': {
    en: 'Not an instant. Expected a moment with seconds and time zone such as 2026-03-01T09:30:00.000+08:00, and a day that exists.',
    'zh-CN':
      '不是合法的 instant。应为带秒和时区的时刻,例如 2026-03-01T09:30:00.000+08:00,且该日真实存在。',
  },
  'value-not-time': {
    en: 'Not a time. Expected hh:mm:ss from 00:00:00 to 23:59:59, without time zone.',
    'zh-CN': '不是合法的 time。应为 hh:mm:ss,范围 00:00:00 至 23:59:59,不带时区。',
  },
  'value-not-base64': {
    en: 'Not base64. Expected groups of four letters of A-Z, a-z, 0-9, + and /, padded with = at the end.',
    'zh-CN': '不是合法的 base64。应为每组四个字符(A-Z、a-z、0-9、+、/),末尾用 = 补齐。',
  },
} as const satisfies Record<string, Message>
