import type { DateValue, QuantityValue, StringValue } from '../search/index-sink.ts'
import type { ResourceTexts } from '../search/resource-texts.ts'

import type { PackedJson } from './content.ts'

/** The kind of request a version came by; conditional forms count as the plain ones. @see https://hl7.org/fhir/R4/valueset-http-verb.html */
export type VersionMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A resource version on its way into the database: `resource`, `resource_text`, `shared_text`, `search_string`, `search_date` and `search_quantity` in one value. */
export interface ResourceRow {
  readonly key: bigint
  readonly type: number
  readonly id: string
  readonly version: number
  readonly owner: number
  readonly deleted: boolean
  readonly method: VersionMethod
  readonly lastUpdated: string
  readonly patient: bigint | null
  readonly otherPatients: readonly bigint[] | null
  /** Patients that a Patient is linked to. */
  readonly linkedPatients: readonly bigint[] | null
  /** Keys of the parties a request names as its recipients. */
  readonly addressed: readonly bigint[] | null
  /** Keys of the requests it answers. */
  readonly answers: readonly bigint[] | null
  readonly dateLow: string
  readonly dateHigh: string
  /** The same for all of a type that have the same categories. */
  readonly category: bigint
  /** The hashes of its shared texts first. */
  readonly tokens: readonly bigint[]
  /** One bit for each search parameter with a value. */
  readonly present: bigint
  /** What consents can ask of it, see search/facts.ts. */
  readonly facts: readonly bigint[]
  readonly confidentiality: number
  readonly screened: boolean
  readonly strings: readonly StringValue[]
  readonly dates: readonly DateValue[]
  readonly quantities: readonly QuantityValue[]
  readonly texts: ResourceTexts
  /** The index generation the search values were made by; one that was overtaken is refused. */
  readonly generation: number
  readonly content: Buffer
}

/** The current version of a resource as a writer needs it. */
export interface CurrentVersion {
  readonly key: bigint
  readonly owner: number
  readonly version: number
  readonly deleted: boolean
  readonly lastUpdated: string
  readonly patient: bigint | null
  readonly otherPatients: readonly bigint[] | null
  readonly content: Buffer
}

/** A resource as an answer made of many shows it: its JSON bytes are never parsed on the way out. */
export interface ServedResource {
  readonly resourceType: string
  readonly id: string
  readonly owner: number
  /** Keys of the patients it names, for the audit trail. */
  readonly patients: readonly bigint[]
  readonly json: Buffer
  /** The same bytes still packed. */
  readonly packed?: PackedJson | undefined
}

/** One version as it is served. */
export interface ResourceVersion extends ServedResource {
  readonly versionId: number
  readonly lastUpdated: string
  readonly deleted: boolean
}

/** One version as a history shows it. */
export interface HistoryVersion extends ResourceVersion {
  /** The version before it was a tombstone. */
  readonly isBroughtBack: boolean
  readonly method: VersionMethod
}

/** What a resource says about access, kept in rows that the predicate reads. */
export interface AccessRules {
  readonly key: bigint
  /** A consultation request that opens the gate for the organizations it is addressed to. */
  readonly gate: Gate | null
  readonly consent: readonly ConsentRule[]
  readonly memberships: readonly Membership[]
  /** A review by which a hospital ends what somebody has opened in an emergency. */
  readonly isDispute?: true
}

/** The consultation a request opens. */
export interface Gate {
  readonly patient: bigint
  /** Keys of the people and teams it names; of the organizations where it names none. */
  readonly performers: readonly bigint[]
  readonly from: string
  readonly to: string
}

/** One provision of a consent's tree, parents before children; null means any. */
export interface ConsentRule {
  readonly patient: bigint
  readonly kind: 'P' | 'D'
  /** Ordinal of the provision it is an exception to. */
  readonly parent: number | null
  /** False: a permit that opens nothing, as the consent is not verified. */
  readonly counts: boolean
  /** A permit from opting in alone: it names no recipient, and counts where the owner honors that. */
  readonly optIn: boolean
  readonly actors: readonly bigint[] | null
  readonly purposes: readonly string[] | null
  readonly from: string
  readonly to: string
  readonly types: readonly number[] | null
  /** Facts of profiles and document types, beside `types`. */
  readonly classes: readonly bigint[] | null
  readonly codes: readonly bigint[] | null
  readonly labels: readonly bigint[] | null
  /** Of a permit the highest level it reaches, of a deny the lowest. */
  readonly confidentiality: number | null
  /** The clinical dates meant, half-open. */
  readonly dateLow: string | null
  readonly dateHigh: string | null
  /** Keys of records meant themselves, by what they refer to, and by what refers to them. */
  readonly instances: readonly bigint[] | null
  readonly related: readonly bigint[] | null
  readonly referring: readonly bigint[] | null
  /** Facts of authors: among `data`, and among the actors. */
  readonly dataAuthors: readonly bigint[] | null
  readonly authors: readonly bigint[] | null
}

/** `member` acts in the name of `actor`. */
export interface Membership {
  readonly member: bigint
  readonly actor: bigint
  readonly from: string
  readonly to: string
}
