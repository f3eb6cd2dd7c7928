/** Bundles put together as bytes: the resources in them are never parsed. @see https://hl7.org/fhir/R4/bundle.html */

export interface Link {
  readonly relation: 'self' | 'next'
  readonly url: string
}

/** One entry: members other than `resource`, and the resource's own JSON bytes. */
export interface Entry {
  readonly members: Readonly<Record<string, unknown>>
  readonly resource?: Buffer
}

const comma = Buffer.from(',')
const end = Buffer.from('}')

const entryBytes = ({ members, resource }: Entry): readonly Buffer[] => {
  const text = JSON.stringify(members)
  if (resource === undefined) return [Buffer.from(text)]
  const head = text === '{}' ? '{"resource":' : `${text.slice(0, -1)},"resource":`
  return [Buffer.from(head), resource, end]
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
  const parts: Buffer[] = [Buffer.from(`${head.slice(0, -1)},"entry":[`)]
  entries.forEach((entry, index) => {
    if (index > 0) parts.push(comma)
    parts.push(...entryBytes(entry))
  })
  parts.push(Buffer.from(']}'))
  return Buffer.concat(parts)
}
