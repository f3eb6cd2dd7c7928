import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { SaxesParser, type SaxesTagNS } from 'saxes'
import type { Definitions } from './definitions.ts'
import { InvalidRequest, TooLarge } from './errors.ts'
import { badOffset } from './json.ts'
import { limits } from './limits.ts'
import type { Resource } from './resource.ts'
import {
  attach,
  closeFrame,
  elementFrame,
  rootFrame,
  type Frame,
  type Refuse,
} from './xml-frame.ts'
import { xhtmlNamespace } from './xml-names.ts'

/** What is read in one turn: about ten milliseconds. */
const turnLetters = 32 * 1024

/**
 * The resource of an XML body, as the tree `parseJson` gives for the same resource in JSON. Narratives
 * keep their text as it was written. A DOCTYPE is refused, so there are no entities but the five of
 * XML itself; comments and processing instructions are passed over.
 *
 * Reading XML takes ten times as long as JSON, so a long body is read in turns, and other requests
 * are served between them.
 * @throws TooLarge beyond limits.xmlBytesMax
 * @throws InvalidRequest body-not-utf8, and the xml- codes with line and column
 * @see https://hl7.org/fhir/R4/xml.html
 */
export const parseXml = async (bytes: Buffer, definitions: Definitions): Promise<Resource> => {
  if (bytes.length > limits.xmlBytesMax)
    throw new TooLarge('body-too-large', { limit: limits.xmlBytesMax })
  if (!isUtf8(bytes)) throw new InvalidRequest('body-not-utf8', { offset: badOffset(bytes) })
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  // XML 1.1 would allow control characters that FHIR does not.
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const refuse: Refuse = (code, parameters = {}) => {
    throw new InvalidRequest(code, { ...parameters, line: parser.line, column: parser.column })
  }
  const reading: Reading = { definitions, refuse, text, parser, frames: [] }
  parser.on('error', () => refuse('xml-malformed'))
  parser.on('doctype', () => refuse('xml-doctype'))
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) refuse('xml-encoding')
  })
  parser.on('opentag', tag => open(tag, reading))
  parser.on('closetag', () => close(reading))
  parser.on('text', found => requireBlank(found, reading))
  parser.on('cdata', found => requireBlank(found, reading))
  for (let from = 0; from < text.length; from += turnLetters) {
    if (from > 0) await setImmediate()
    parser.write(text.slice(from, from + turnLetters))
  }
  parser.close()
  return reading.root!
}

interface Reading {
  readonly definitions: Definitions
  readonly refuse: Refuse
  readonly text: string
  readonly parser: SaxesParser<{ xmlns: true; forceXMLVersion: true; defaultXMLVersion: '1.0' }>
  readonly frames: Frame[]
  narrative?: Narrative
  root?: Resource
}

/** A `div` that is being passed over: its text is taken whole when it ends. */
interface Narrative {
  readonly start: number
  readonly declaration: string
  depth: number
}

const open = (tag: SaxesTagNS, reading: Reading): void => {
  const { frames, refuse, definitions, narrative } = reading
  if (frames.length + (narrative?.depth ?? 0) >= limits.xmlDepthMax)
    refuse('xml-too-deep', { limit: limits.xmlDepthMax })
  if (narrative !== undefined) {
    requireXhtml(tag, refuse)
    narrative.depth++
    return
  }
  const parent = frames.at(-1)
  if (parent === undefined) return void frames.push(rootFrame(tag, definitions, refuse))
  const frame = elementFrame(tag, parent, definitions, refuse)
  frames.push(frame)
  if (frame.kind === 'narrative') reading.narrative = narrativeFrom(tag, reading)
}

/** A prefix or namespace from outside would be lost with the text taken out of its document. */
const requireXhtml = ({ prefix, uri, attributes }: SaxesTagNS, refuse: Refuse): void => {
  if (uri !== xhtmlNamespace) refuse('xml-namespace', { expected: xhtmlNamespace })
  const isPlain = Object.values(attributes).every(
    attribute =>
      attribute.prefix === '' || attribute.prefix === 'xml' || attribute.uri === xmlnsUri,
  )
  if (prefix !== '' || !isPlain) refuse('xml-narrative-prefix')
}

const xmlnsUri = 'http://www.w3.org/2000/xmlns/'

const narrativeFrom = (tag: SaxesTagNS, { refuse, text, parser }: Reading): Narrative => {
  requireXhtml(tag, refuse)
  return {
    // No attribute can hold a "<", so the last one begins this tag.
    start: text.lastIndexOf('<', parser.position - 1),
    declaration: 'xmlns' in tag.attributes ? '' : ` xmlns="${xhtmlNamespace}"`,
    depth: 1,
  }
}

const close = (reading: Reading): void => {
  const { frames, refuse, narrative } = reading
  if (narrative !== undefined && --narrative.depth > 0) return
  const frame = frames.pop()!
  if (narrative !== undefined) {
    frame.value = textOf(narrative, reading)
    delete reading.narrative
  }
  const parent = frames.at(-1)
  if (parent === undefined) reading.root = closeFrame(frame) as Resource
  else attach(frame, parent, refuse)
}

const textOf = ({ start, declaration }: Narrative, { text, parser }: Reading): string => {
  const whole = text.slice(start, parser.position)
  return declaration === '' ? whole : whole.replace(/^<div/, `<div${declaration}`)
}

const requireBlank = (found: string, { narrative, refuse }: Reading): void => {
  if (narrative === undefined && found.trim() !== '') refuse('xml-text-unexpected')
}
