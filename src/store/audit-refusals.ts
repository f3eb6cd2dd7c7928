import type { AuditRecord } from './audit-record.ts'
import type { AuditTrail } from './audit.ts'

/** A refusal of somebody who was not recognized, or of a client at sign-in. */
export interface Refusal {
  readonly interaction: 'authenticate' | 'login'
  /** HTTP status. */
  readonly outcome: number
  readonly detail: string
  /** The client, where it is a registered one. */
  readonly client: string | null
  readonly organization: number | null
}

/** Milliseconds in which refusals of one kind become one record: a flood of them is no flood of rows. */
const gatherMilliseconds = 10_000
/** Kinds of refusals counted at a time; what goes beyond is written out first. */
const kindsMax = 1000

/** Counts refusals and records them as one for each kind. */
export interface RefusalCounter {
  count(refusal: Refusal): void
  /** Hands what was counted to the trail. */
  flush(): void
}

/** `requestId` gives an id for a record that stands for many requests. */
export const createRefusalCounter = (
  auditTrail: AuditTrail,
  now: () => Date,
  requestId: () => string,
): RefusalCounter => {
  const counted = new Map<string, AuditRecord>()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const records = [...counted.values()]
    counted.clear()
    if (records.length > 0) auditTrail.note(records)
  }
  return {
    flush,
    count(refusal) {
      const kind = JSON.stringify(Object.values(refusal))
      const known = counted.get(kind)
      if (known !== undefined) {
        counted.set(kind, { ...known, occurrences: known.occurrences + 1 })
        return
      }
      if (counted.size >= kindsMax) flush()
      counted.set(kind, {
        ...emptyRecord,
        ...refusal,
        owner: refusal.organization,
        recorded: now().toISOString(),
        requestId: requestId(),
      })
      timer ??= setTimeout(flush, gatherMilliseconds).unref()
    },
  }
}

/** A record that says nothing yet; of an event that is no request for records. */
export const emptyRecord = {
  ...{ subject: null, practitioner: null, tokenId: null, purpose: null, resourceType: null },
  ...{ detail: null, crossHospital: false, target: null, entities: [], patients: [] },
  ...{ parameters: null, address: null, occurrences: 1 },
} satisfies Partial<AuditRecord>
