const isUrl = (text: string, protocols: readonly string[]): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol)

const isWithin = (text: string, from: number, to: number): boolean =>
  /^\d{1,6}$/.test(text) && Number(text) >= from && Number(text) <= to

const isTimeZone = (text: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false
  }
}

const isBaseUrl = (text: string): boolean => {
  // It is written into JSON as it is.
  if (!isUrl(text, ['http:', 'https:']) || /["\\\s]/.test(text)) return false
  const { search, hash, username } = new URL(text)
  return search === '' && hash === '' && username === ''
}

/** The forms of the texts of environment variables, by name. */
export const formats = {
  port: (text: string) => isWithin(text, 0, 65_535),
  pool: (text: string) => isWithin(text, 1, 200),
  mebibytes: (text: string) => isWithin(text, 1, 512),
  entries: (text: string) => isWithin(text, 1000, 100_000),
  'audit-days': (text: string) => isWithin(text, 180, 36_525),
  'postgres-url': (text: string) => isUrl(text, ['postgres:', 'postgresql:']),
  'http-url': isBaseUrl,
  'time-zone': isTimeZone,
  secret: (text: string) => text.length >= 32 && text.length <= 200,
}

/** What is expected of each form, in words. */
export const expected: Record<string, string> = {
  port: 'a port, 0 to 65535',
  pool: 'a whole number, 1 to 200',
  mebibytes: 'a whole number, 1 to 512',
  entries: 'a whole number, 1000 to 100000',
  'audit-days': 'a whole number, 180 to 36525',
  'postgres-url': 'a URL that starts with postgres://',
  'http-url': 'a URL that starts with http:// or https://, without query, fragment or user',
  secret: 'a secret of 32 to 200 characters',
  'time-zone': 'an IANA time zone, such as Asia/Shanghai',
}
