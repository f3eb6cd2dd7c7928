import type { Definitions } from '../fhir/definitions.ts'
import type { Issue, Language } from '../fhir/outcome.ts'
import type { Profiles } from '../fhir/profiles.ts'
import type { Database, Queryable } from '../store/queryable.ts'
import type { Assumed } from '../access/assumed-principal.ts'
import type { Cursors } from '../access/cursor.ts'
import type { TrailIds } from '../access/trail-id.ts'
import type { Grant } from '../access/grant.ts'
import type { Principal } from '../access/principal.ts'
import type { Organization } from '../registry/organizations.ts'
import type { Compartment } from '../search/compartment.ts'
import type { RefusalCounter } from '../store/audit-refusals.ts'
import type { AuditTrail } from '../store/audit.ts'
import type { FeedIntake } from '../store/feed-intake.ts'
import type { FeedSeal } from '../store/feed-seal.ts'
import type { WriteGroups } from '../store/write-groups.ts'
import type { ResourceVersion, ServedResource } from '../store/rows.ts'
import type { OperationName } from './operations/definitions.ts'

/** What every request of this process shares. All nondeterminism enters here. */
export interface Context {
  /**
   * What R4 defines and operators have added. It changes while requests run: what belongs together is
   * read from one of them.
   */
  readonly definitions: Definitions
  /** Hears of changes at once; needed where a write is refused for one it has not heard of. */
  readonly renewDefinitions: () => Promise<unknown>
  /** Has this process look for reindex jobs at once. */
  readonly wakeReindexer: () => void
  /** The same for imports, and for what hospitals are to be told. */
  readonly wakeImporter: () => void
  readonly wakeWebhooks: () => void
  /** Profiles, extensions and value sets that resources are checked by. */
  readonly profiles: Profiles
  readonly database: Database
  readonly auditTrail: AuditTrail
  /** Counts those who are not recognized. */
  readonly refusals: RefusalCounter
  /** For creates outside of transactions. */
  readonly writeGroups: WriteGroups
  readonly cursors: Cursors
  readonly trailIds: TrailIds
  readonly organizationById: (id: string) => Promise<Organization | undefined>
  /** A system client with the rights it has now, for what is done again in its name. */
  readonly principalOfClient: (id: string, organization: number) => Promise<Principal | undefined>
  /** What was refused, and how much was not. */
  readonly feed: FeedIntake
  readonly feedSeal: FeedSeal
  /** Who would ask with the best token of a client at this moment; undefined when nobody would. */
  readonly assumedPrincipal: (assumed: Assumed) => Promise<Principal | undefined>
  readonly isSandbox: boolean
  /** Without trailing slash; the FHIR endpoint is `${baseUrl}/fhir`. */
  readonly baseUrl: string
  /** IANA name, for zoneless input and date-only boundaries. */
  readonly timeZone: string
  /** Entries of a batch or transaction at most. */
  readonly bundleEntriesMax: number
  /** The offset of that zone, such as `+08:00`. */
  readonly zoneOffset: string
  readonly now: () => Date
  /** A fresh time-ordered UUID. */
  readonly newId: () => string
}

/** One request on its way: who asks, and where its statements run. */
export interface Exchange {
  readonly context: Context
  readonly grant: Grant
  /** Who takes a step of a consultation, where `grant` is that of the records' owner. */
  readonly actor?: Grant
  readonly requestId: string
  /** Network address the request came from, for the audit trail. */
  readonly address?: string
  /** The pool, or the open transaction of a transaction bundle. */
  readonly queryable: Queryable
  /** Whether `Prefer: handling=lenient` was sent. */
  readonly isLenient: boolean
  /** A search tells how it is found in place of what; for operators and in the sandbox alone. */
  readonly isExplained?: boolean
  /** What the answer to a write shall carry. @see https://hl7.org/fhir/R4/http.html#ops */
  readonly returnPreference: 'minimal' | 'representation' | 'OperationOutcome' | undefined
  readonly language: Language
  /** The client's name for this request, by which it is done once. */
  readonly idempotency?: { readonly key: string; readonly requestHash: Buffer } | undefined
}

/** Under which terms one resource is read. @see https://hl7.org/fhir/R4/http.html#cread */
export interface ReadTerms {
  readonly parameters?: Parameters
  /** ETags of versions the caller has. */
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
}

/** A request without HTTP: what the route table, a batch entry or a job makes. */
export type Request =
  | ({
      readonly interaction: 'read'
      readonly resourceType: string
      readonly id: string
    } & ReadTerms)
  | ({
      readonly interaction: 'vread'
      readonly resourceType: string
      readonly id: string
      readonly versionId: string
    } & ReadTerms)
  | {
      readonly interaction: 'create'
      readonly resourceType: string
      readonly resource: unknown
      /** Criteria of a conditional create, as they were written. */
      readonly ifNoneExist?: string | undefined
    }
  | {
      readonly interaction: 'conditional-update'
      readonly resourceType: string
      readonly parameters: Parameters
      readonly resource: unknown
      readonly ifMatch?: string
    }
  | {
      readonly interaction: 'conditional-delete'
      readonly resourceType: string
      readonly parameters: Parameters
      readonly ifMatch?: string
    }
  | {
      readonly interaction: 'update'
      readonly resourceType: string
      readonly id: string
      readonly resource: unknown
      readonly ifMatch?: string
      readonly ifNoneMatch?: string
    }
  | {
      readonly interaction: 'patch'
      readonly resourceType: string
      readonly id: string
      readonly body: unknown
      /** False: the body is a resource that is or holds the patch. */
      readonly isJsonPatch: boolean
      readonly ifMatch?: string
    }
  | {
      readonly interaction: 'conditional-patch'
      readonly resourceType: string
      readonly parameters: Parameters
      readonly body: unknown
      readonly isJsonPatch: boolean
      readonly ifMatch?: string
    }
  | {
      readonly interaction: 'delete'
      readonly resourceType: string
      readonly id: string
      readonly ifMatch?: string
    }
  | {
      readonly interaction: 'history-instance'
      readonly resourceType: string
      readonly id: string
      readonly parameters: Parameters
    }
  | {
      readonly interaction: 'history-type'
      readonly resourceType: string
      readonly parameters: Parameters
    }
  | { readonly interaction: 'history-system'; readonly parameters: Parameters }
  | OperationRequest
  | {
      readonly interaction: 'search-type'
      readonly resourceType: string
      readonly parameters: Parameters
      /** Only what belongs to it. */
      readonly compartment?: Compartment
    }
  | {
      readonly interaction: 'search-system'
      readonly parameters: Parameters
      readonly compartment?: Compartment
    }
  | { readonly interaction: 'capabilities' }
  | { readonly interaction: 'batch'; readonly bundle: Bundle }
  | { readonly interaction: 'transaction'; readonly bundle: Bundle }

/** An operation on the system, on a type, or on one resource. @see https://hl7.org/fhir/R4/operations.html */
export interface OperationRequest {
  readonly interaction: 'operation'
  readonly name: OperationName
  /** Undefined on the system. */
  readonly resourceType?: string
  /** Of one resource. */
  readonly id?: string
  readonly parameters: Parameters
  /** The body of a POST. */
  readonly resource?: unknown
  readonly ifMatch?: string
}

export type InteractionCode = Request['interaction']

/** Decoded query or form parameters, in the order they came. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/** A Bundle of which only the type has been looked at. */
export interface Bundle {
  readonly resourceType: 'Bundle'
  readonly type: string
  readonly entry?: unknown
}

/** What an interaction gives back; `http/response.ts` alone turns it into status and headers. */
export type Result =
  | {
      readonly kind: 'created' | 'updated' | 'unchanged'
      readonly version: ResourceVersion
      /** What the same write made without being asked: Patients of whom only an identifier is known. */
      readonly others?: readonly ServedResource[]
      /** What was left out of it. */
      readonly warnings?: readonly Issue[]
    }
  /** An update that its source has overtaken: the version that stays. */
  | { readonly kind: 'stale-ignored'; readonly version: ResourceVersion }
  | { readonly kind: 'found' | 'matched'; readonly version: ResourceVersion }
  /** The caller has this version already. */
  | { readonly kind: 'unmodified'; readonly version: ResourceVersion }
  /** A delete of no one resource: it met nothing, or by criteria has deleted several. */
  | { readonly kind: 'absent'; readonly disclosed?: readonly ServedResource[] }
  | { readonly kind: 'deleted'; readonly version: ResourceVersion }
  /** Something whose answer is at another address. */
  | {
      readonly kind: 'accepted'
      readonly location: string
      readonly disclosed: readonly ServedResource[]
    }
  | {
      /** Something put together for the answer: a bundle, or what an operation gives. */
      readonly kind: 'bundle' | 'operation'
      readonly json: Buffer
      /** What the answer shows, for the audit trail. */
      readonly disclosed: readonly ServedResource[]
      /** Patients of other hospitals' records that only a total tells of. */
      readonly countedPatients?: readonly bigint[]
      readonly warnings: readonly Issue[]
      /** It goes on: where to ask for the rest, and how far it is. */
      readonly pending?: { readonly location: string; readonly progress: string }
    }
