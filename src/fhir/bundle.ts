/** Bundles put together as bytes: the resources in them are never parsed. @see https://hl7.org/fhir/R4/bundle.html */

export interface Link {
  readonly relation: 'self' | 'next' | 'prev'
  readonly url: string
}

/** One entry: members other than `resource`, and the resource's own JSON bytes. */
export interface Entry {
  readonly members: Readonly<Record<string, unknown>>
  readonly resource?: Bytes
}

/** Bytes that can be put in their place: a Buffer, or something that unpacks itself there. */
export interface Bytes {
  readonly length: number
  copy(target: Uint8Array, at: number): number
}

/** Pieces of JSON in order: text of ours, bytes of resources. */
type Piece = string | Bytes

const pushEntry = (pieces: Piece[], { members, resource }: Entry): void => {
  const text = JSON.stringify(members)
  if (resource === undefined) return void pieces.push(text)
  pieces.push(text === '{}' ? '{"resource":' : `${text.slice(0, -1)},"resource":`, resource, '}')
}

/** All pieces in one allocation. */
const joined = (pieces: readonly Piece[]): Buffer => {
  let bytes = 0
  for (const piece of pieces)
    bytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
  const whole = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const piece of pieces)
    at += typeof piece === 'string' ? whole.write(piece, at) : piece.copy(whole, at)
  return whole
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
  const pieces: Piece[] = [`${head.slice(0, -1)},"entry":[`]
  entries.forEach((entry, index) => {
    if (index > 0) pieces.push(',')
    pushEntry(pieces, entry)
  })
  pieces.push(']}')
  return joined(pieces)
}
