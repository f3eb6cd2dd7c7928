/** Elements within a line: what they enclose goes on in the word before it. */
const inline =
  /<\/?(?:a|abbr|acronym|b|big|bdo|cite|code|dfn|em|font|i|kbd|q|s|samp|small|span|strong|sub|sup|tt|u|var)(?:\s[^<>]*)?\/?>/gi
const tag = /<[^<>]*>/g
const reference = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi

const named: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' },
  ...{ deg: '°', micro: 'µ', plusmn: '±', times: '×', middot: '·', eacute: 'é', uuml: 'ü' },
}

/**
 * What a person reads of a narrative's `div`: without tags, comments and attributes, references
 * resolved. Blocks are apart; marks within a line leave a word whole.
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
export const narrativeText = (div: string): string =>
  withoutComments(div)
    .replace(inline, '')
    .replace(tag, ' ')
    .replace(reference, (_, decimal?: string, hexadecimal?: string, name?: string) =>
      name === undefined
        ? character(decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal))
        : (named[name.toLowerCase()] ?? ' '),
    )

const character = (point: number): string => (point <= 0x10ffff ? String.fromCodePoint(point) : ' ')

/** By search, not by pattern: a pattern would read on from each comment that has no end. */
const withoutComments = (div: string): string => {
  let text = ''
  let from = 0
  for (let start = div.indexOf('<!--'); start >= 0; start = div.indexOf('<!--', from)) {
    const end = div.indexOf('-->', start + 4)
    text += `${div.slice(from, start)} `
    if (end < 0) return text
    from = end + 3
  }
  return text + div.slice(from)
}
