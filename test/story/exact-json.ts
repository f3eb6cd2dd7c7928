/** A parsed JSON value whose numbers are kept as written, so that `1.10` and `1.1` differ. */
export type Exact = null | boolean | string | Exact[] | { [name: string]: Exact }

/** Stands before the digits of a number. A private-use character: no test data holds it. */
const numberMark = '\ue000'
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const markedNumber = new RegExp(`"${numberMark}([^"]*)"`, 'g')

/** Parses JSON, each number as a marked string of its digits. Shares no code with the server. */
export const parseExact = (text: string): Exact =>
  JSON.parse(
    text.replace(stringOrNumber, found =>
      found.startsWith('"') ? found : `"${numberMark}${found}"`,
    ),
  )

/** The JSON of such a value, its numbers with their digits. */
export const stringifyExact = (value: unknown): string =>
  JSON.stringify(value).replace(markedNumber, '$1')
