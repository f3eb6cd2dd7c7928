/** Bundles put together as bytes: the resources in them are never parsed. @see https://hl7.org/fhir/R4/bundle.html */

export interface Link {
  readonly relation: 'self' | 'next' | 'prev'
  readonly url: string
}

/** One entry: members other than `resource`, and the resource's own JSON bytes. */
export interface Entry {
  /** An object, or its JSON. */
  readonly members: Readonly<Record<string, unknown>> | string
  readonly resource?: Bytes | undefined
}

/** Bytes that can be put in their place: a Buffer, or something that unpacks itself there. */
export interface Bytes {
  readonly length: number
  copy(target: Uint8Array, at: number): number
}

/** Text of ours, and the bytes of a resource behind it. */
interface Piece {
  readonly text: string
  readonly resource: Bytes | undefined
}

/** All pieces, and `end` behind them, in one allocation. */
const joined = (pieces: readonly Piece[], end: string): Buffer => {
  let bytes = Buffer.byteLength(end)
  for (const { text, resource } of pieces)
    bytes += Buffer.byteLength(text) + (resource?.length ?? 0)
  const whole = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const { text, resource } of pieces) {
    at += whole.write(text, at)
    if (resource !== undefined) at += resource.copy(whole, at)
  }
  whole.write(end, at)
  return whole
}

/** The start of an entry: all of it where it has no resource. */
const entryText = ({ members, resource }: Entry): string => {
  const text = typeof members === 'string' ? members : JSON.stringify(members)
  if (resource === undefined) return text
  return text === '{}' ? '{"resource":' : `${text.slice(0, -1)},"resource":`
}

/** The bytes of a whole Bundle; without entries the member `entry` is left out, as R4 forbids empty arrays. */
export const bundleBytes = (
  members: {
    readonly type: 'searchset' | 'history' | 'transaction-response' | 'batch-response'
    readonly total?: number
    readonly link?: readonly Link[]
  },
  entries: readonly Entry[],
): Buffer => {
  const head = JSON.stringify({ resourceType: 'Bundle', ...members })
  if (entries.length === 0) return Buffer.from(head)
  let before = `${head.slice(0, -1)},"entry":[`
  const pieces = entries.map(entry => {
    const text = before + entryText(entry)
    before = entry.resource === undefined ? ',' : '},'
    return { text, resource: entry.resource }
  })
  return joined(pieces, `${before.slice(0, -1)}]}`)
}
