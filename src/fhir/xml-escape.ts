const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // An attribute keeps these only as character references.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** What XML 1.0 cannot hold in any form. @see https://www.w3.org/TR/xml/#charsets */
const impossible = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Text without characters that XML cannot hold: they become U+FFFD. */
export const possibleXml = (text: string): string => text.replace(impossible, '\ufffd')

/** A text as it stands in an XML attribute or between tags. */
export const escapeXml = (text: string): string =>
  /[&<>"\t\n\r]|[^\u0020-\ud7ff]/.test(text)
    ? possibleXml(text).replace(/[&<>"\t\n\r]/g, mark => escapes[mark]!)
    : text
