import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { narrowingSql, versionNarrowingSql } from './narrowing.ts'
import { linksTold } from './links-told.ts'
import type { Visibility } from './permitted.ts'
import type { Reach, StatementPatient } from './reach.ts'
import {
  isInternalType,
  isOpenToPatient,
  isSharedType,
  isSharedWithoutPatient,
} from './shared-types.ts'
import * as pairs from './disclosed-pairs.ts'
import type { Sql, Values } from './statement-text.ts'

export type { Reach } from './reach.ts'
export { isSharedType } from './shared-types.ts'

/**
 * The one access predicate, for all aliases of one statement. `visible` gives the condition for an
 * alias, `ctes` afterwards the `with` entries those conditions need. The rules themselves are functions
 * (migrations/0024-disclosure-speed.sql), called only once a row of another owner is met: for the statement
 * (the entries are materialized) where rows have one patient, else for the row.
 *
 * A row is visible when it is the caller's own; or of a shared type; or every patient it names is
 * disclosed; or it is addressed to the caller and no patient denies that. The JSON is never read.
 */
export class Guard {
  readonly #values: Values
  readonly #visibility: Visibility
  readonly #patient: StatementPatient | undefined
  /** The types whose rules are looked up at once, by CTE. */
  readonly #types = { disclosed: new Set<string>(), disclosed_here: new Set<string>() }
  /** What is kept back of the statement's patient is looked up, too. */
  #looksUpHere = false
  #organizationBound: Sql | undefined
  #callerBound: Sql | undefined
  #confinedBound: Sql | undefined

  constructor(visibility: Visibility, values: Values, patient?: StatementPatient) {
    this.#values = values
    this.#visibility = visibility
    this.#patient = patient
  }

  /** Bound on first use: PostgreSQL refuses a value that stands nowhere in the text. */
  get #organization(): Sql {
    return (this.#organizationBound ??= this.#values.integer(this.#visibility.organization))
  }

  /** Who asks, as the first arguments of the functions. */
  get #caller(): Sql {
    const { actors, purposes } = this.#visibility
    return (this.#callerBound ??= [
      this.#organization,
      this.#values.bigints(actors),
      this.#values.texts(purposes),
    ].join(', '))
  }

  get #confinedTo(): Sql {
    return (this.#confinedBound ??= this.#values.bigint(this.#visibility.confined!.patient))
  }

  /** The caller's own rows; a patient has none, whose hospital wrote them. */
  own(alias: string): Sql {
    return this.#visibility.confined?.by === 'self'
      ? 'false'
      : `${alias}.owner = ${this.#organization}`
  }

  /** The caller's own rows, of one of `types`, as far as the token goes. */
  ownVisible(alias: string, types: readonly string[]): Sql {
    return this.#narrowed(narrowingSql, alias, types, this.own(alias))
  }

  /** Whether a row of `alias`, which is of one of `types`, is visible. */
  visible(alias: string, types: readonly string[], reach: Reach = 'any'): Sql {
    return this.#narrowed(narrowingSql, alias, types, this.#ruled(alias, types, reach))
  }

  /** The same for rows of superseded versions. */
  visibleVersion(alias: string, types: readonly string[], reach: Reach = 'any'): Sql {
    return this.#narrowed(versionNarrowingSql, alias, types, this.#ruled(alias, types, reach))
  }

  /**
   * Whether rows of one patient, owner and type are visible all alike, or none is; those apart that name
   * several patients, have an audience or are very restricted. Otherwise each row must be asked.
   */
  isAlike(type: string, patient: bigint): boolean {
    const { confined, narrowing } = this.#visibility
    const isOther = narrowing?.patient !== undefined && narrowing.patient !== patient
    const isBounded = isOther || narrowing?.criteria.has(type) === true
    if (confined !== undefined || isBounded || this.#patient === undefined) return false
    return !isSharedType(type) && !isSharedWithoutPatient(type)
  }

  /** Whether the rows of `owner` of one type are visible, where `isAlike`. */
  opened(owner: Sql, type: string): Sql {
    const { purposes } = this.#visibility
    const isOwn = `${owner} = ${this.#organization}`
    if (purposes.length === 0 || isInternalType(type)) return isOwn
    this.#types.disclosed_here.add(type)
    const number = this.#values.smallint(resourceTypeNumber(type)!)
    return `(${isOwn} or coalesce(${pairs.isDisclosedHere(owner, number)}, false))`
  }

  #narrowed(bounds: typeof narrowingSql, alias: string, types: readonly string[], open: Sql): Sql {
    const { narrowing } = this.#visibility
    if (narrowing === undefined) return open
    const context = { values: this.#values, guard: this }
    return `(${[open, ...bounds(alias, types, narrowing, context)].join(' and ')})`
  }

  /** What the rules say, before the bounds of the token. */
  #ruled(alias: string, types: readonly string[], reach: Reach): Sql {
    if (types.length > 0 && types.every(isSharedType)) return 'true'
    const { confined } = this.#visibility
    const alternatives = [this.#open(alias, types)]
    const shared = types.filter(isSharedType)
    if (shared.length > 0) alternatives.push(this.#isOf(alias, shared))
    const stock = types.filter(isSharedWithoutPatient)
    if (stock.length > 0)
      alternatives.push(
        `(${this.#isOf(alias, stock)} and ${alias}.patient is null and ${alias}.other_patients is null)`,
      )
    const ruled = types.filter(type => !isSharedType(type) && !isInternalType(type))
    if (ruled.length > 0 && this.#visibility.purposes.length > 0 && confined?.by !== 'self') {
      const ofType = ruled.length === types.length ? '' : `${this.#isOf(alias, ruled)} and `
      alternatives.push(
        `${ofType}${this.#disclosed(alias, ruled, reach)}`,
        // Asked first whether there is an audience: null would not keep `and` from asking for denials.
        `${alias}.audience is not null and ${this.#organization} = any(${alias}.audience) and ${ofType}not is_denied(${this.#of(alias)})`,
      )
    }
    return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
  }

  /** What needs no consent: the caller's own rows, or to a patient what is about this patient alone. */
  #open(alias: string, types: readonly string[]): Sql {
    if (this.#visibility.confined?.by !== 'self') return this.own(alias)
    const open = types.filter(type => !isSharedType(type) && isOpenToPatient(type))
    if (open.length === 0) return 'false'
    const ofType = open.length === types.length ? '' : `${this.#isOf(alias, open)} and `
    return `(${ofType}${alias}.patient = ${this.#self} and ${alias}.other_patients is null)`
  }

  /** The patient who asks, if the caller's hospital keeps that Patient: no other may speak for it. */
  get #self(): Sql {
    return `(select p.key from resource p where p.key = ${this.#confinedTo} and p.owner = ${this.#organization} and not p.deleted)`
  }

  /**
   * Whether all that a visible row of one of `types` holds may be told: it is the caller's own, or the
   * patients it names keep nothing of its owner's records back, and what it is linked to is visible.
   */
  whole(alias: string, types: readonly string[], reach: Reach = 'any'): Sql {
    const parts = [this.#nothingKept(alias, types, reach), linksTold(this, alias, types)]
    return parts.filter(part => part !== 'true').join(' and ') || 'true'
  }

  #nothingKept(alias: string, types: readonly string[], reach: Reach): Sql {
    if (types.length > 0 && types.every(isSharedType)) return 'true'
    const by = this.#visibility.confined?.by
    if (this.#visibility.purposes.length === 0 || by === 'self') return 'true'
    const row = ['patient', 'other_patients', 'owner'].map(name => `${alias}.${name}`)
    const [name, of] =
      by === 'glass' ? ['is_glass_limited', [this.#confinedTo]] : ['is_limited', []]
    const isWhole = `not ${name}(${[this.#caller, ...of, ...row].join(', ')})`
    if (reach === 'judged')
      return `(${this.own(alias)} or case ${alias}.disclosure when 0 then ${isWhole} else ${alias}.disclosure = 2 end)`
    if (by === 'glass' || this.#patient === undefined) return `(${this.own(alias)} or ${isWhole})`
    this.#looksUpHere = true
    const isKeptBack = `${pairs.isDisclosedHere(`${alias}.owner`, `${pairs.keptBack}`)}`
    return `(${this.own(alias)} or case when ${alias}.patient = ${this.#patient()} and ${alias}.other_patients is null
    then (${isKeptBack}) is not true else ${isWhole} end)`
  }

  /**
   * The rows of `from`, known as `alias`, with a column `disclosure`: how a row of another owner is
   * disclosed by its patients, 0 not at all, 1 keeping something else back, 2 whole. Of such rows
   * `visible` and `whole` ask no more.
   */
  judged(alias: string, types: readonly string[], from: Sql): Sql {
    const { confined, purposes } = this.#visibility
    const isRuled = !types.every(isSharedType) && purposes.length > 0 && confined?.by !== 'self'
    const disclosure = isRuled
      ? `case when ${this.own(alias)} then 0 else ${this.#judgement(alias)} end`
      : '0'
    return `(select ${alias}.*, ${disclosure} as disclosure from ${from} offset 0) ${alias}`
  }

  /** `with` entries, each `name as materialized (...)`. Empty when no condition needs one. */
  ctes(): readonly Sql[] {
    const { disclosed, disclosed_here } = this.#types
    const entries: Sql[] = []
    if (disclosed.size > 0)
      entries.push(`disclosed as materialized (
  select patient, owner, type from disclosed(${this.#caller}, ${this.#numbers(disclosed)}, null)
)`)
    if (disclosed_here.size > 0 || this.#looksUpHere)
      entries.push(
        pairs.disclosedHere(this.#caller, this.#numbers(disclosed_here), this.#patient!()),
        pairs.treesHere(this.#caller, this.#patient!()),
      )
    return entries
  }

  #numbers(types: Iterable<string>): Sql {
    return this.#values.smallints([...types].map(type => resourceTypeNumber(type)!))
  }

  #isOf(alias: string, types: readonly string[]): Sql {
    return `${alias}.type = any(${this.#numbers(types)})`
  }

  #row(alias: string): readonly Sql[] {
    return pairs.judged.map(name => `${alias}.${name}`)
  }

  /** Who asks, and the row asked about. */
  #of(alias: string): Sql {
    return [this.#caller, ...this.#row(alias)].join(', ')
  }

  /** How a row is disclosed, 0, 1 or 2 as for `judged`. */
  #judgement(alias: string): Sql {
    return this.#visibility.confined?.by === 'glass'
      ? `glass_disclosure(${[this.#caller, this.#confinedTo, ...this.#row(alias)].join(', ')})`
      : `disclosure(${this.#of(alias)})`
  }

  /** At least one patient is named, and each that is named is disclosed. Few rows name several. */
  #disclosed(alias: string, types: readonly string[], reach: Reach): Sql {
    if (reach === 'judged') return `${alias}.disclosure > 0`
    if (this.#visibility.confined?.by === 'glass') return `${this.#judgement(alias)} > 0`
    const isDisclosed = `is_disclosed(${this.#of(alias)})`
    if (reach === 'few') return isDisclosed
    const name = reach === 'of-patient' ? 'disclosed_here' : 'disclosed'
    for (const type of types) this.#types[name].add(type)
    const isOpen = (type: Sql): Sql =>
      reach === 'of-patient'
        ? pairs.isDisclosedHere(`${alias}.owner`, type)
        : `(${alias}.patient, ${alias}.owner, ${type}) in (select patient, owner, type from disclosed)`
    const isSingly = isOpen(`${pairs.judgedSingly}::smallint`)
    const singly = reach === 'of-patient' ? pairs.isPermittedHere(alias) : isDisclosed
    return `case when ${alias}.other_patients is not null then ${isDisclosed}
    when ${isOpen(`${alias}.type`)} then ${alias}.confidentiality < ${pairs.veryRestricted} else ${isSingly} and ${singly} end`
  }
}
