import { SaxesParser } from 'saxes'
import { limits } from './limits.ts'
import { escapeXml, possibleXml } from './xml-escape.ts'
import { xhtmlNamespace } from './xml-names.ts'

/**
 * The `div` of a narrative as it stands in XML: unchanged when it is well-formed. A stored text that
 * is not is shown as text, so that the document around it stays readable.
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
export const narrativeXml = (div: string): string => {
  const written = withNamespace(possibleXml(div.trim()))
  return isDiv(written) ? written : `<div xmlns="${xhtmlNamespace}">${escapeXml(div)}</div>`
}

/** A `div` that was written without namespace means XHTML; in XML it has to say so. */
const withNamespace = (div: string): string =>
  /^<div\b[^>]*\sxmlns\s*=/.test(div)
    ? div
    : div.replace(/^<div\b/, `<div xmlns="${xhtmlNamespace}"`)

/** Whether the text is one well-formed XHTML `div` without DOCTYPE. */
const isDiv = (text: string): boolean => {
  const parser = new SaxesParser({ xmlns: true, position: false })
  let depth = 0
  let isGood = text.startsWith('<div')
  parser.on('error', () => void (isGood = false))
  parser.on('doctype', () => void (isGood = false))
  parser.on('opentag', ({ local, uri }) => {
    if (depth++ === 0 && (local !== 'div' || uri !== xhtmlNamespace)) isGood = false
    if (depth > limits.xmlDepthMax) isGood = false
  })
  parser.on('closetag', () => void depth--)
  if (isGood) parser.write(text).close()
  return isGood
}
