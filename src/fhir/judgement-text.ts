import type { Doubt } from './doubt.ts'
import { misreadAs } from './misread-text.ts'

/** Primitives that people read. */
const readable: ReadonlySet<string> = new Set(['string', 'markdown'])

/** A string, its type, the type of the element that holds it, and where it stands. */
interface Text {
  readonly type: string
  readonly holder: string
  readonly at: string
}

// oxlint-disable-next-line no-control-regex -- the characters of ASCII
const ascii = /^[\x00-\x7f]*$/
const privateUse = /[\uE000-\uF8FF\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}]/u
/** What two replacement characters become when they are read as GBK. */
const replacementReadAsGbk = '锟斤拷'

/** Text that has lost characters on its way, or was read in another encoding than it was written in. */
export const judgeText = (text: string, { type, holder, at }: Text, doubt: Doubt): void => {
  if (!readable.has(type)) return
  const isName = holder === 'HumanName' || holder === 'Address'
  if (isName && /\?\?|？？/.test(text)) doubt('value', 'text-lost', at)
  if (ascii.test(text)) return
  if (text.includes('\uFFFD') || text.includes(replacementReadAsGbk))
    doubt('value', 'text-lost', at)
  else if (privateUse.test(text)) doubt('value', 'text-private-use', at)
  else {
    const encoding = misreadAs(text)
    if (encoding !== undefined)
      doubt('value', 'text-misread', at, { written: encoding.written, read: encoding.read })
  }
}
