import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { Visibility } from './permitted.ts'
import { isInternalType, isSharedType, isSharedWithoutPatient } from './shared-types.ts'
import type { Sql, Values } from './statement-text.ts'

export { isSharedType } from './shared-types.ts'

/** The patient a whole statement is about, as SQL; lets the rules be looked up for that one alone. */
export type StatementPatient = () => Sql

/**
 * The one access predicate, for all aliases of one statement. `visible` gives the condition for an
 * alias, `ctes` afterwards the `with` entries those conditions need. The entries are materialized:
 * rules are looked up once per statement, and not at all while only the caller's own rows are met.
 *
 * A row is visible when it is the caller's own; or of a shared type; or every patient it names is
 * disclosed; or it is addressed to the caller and no patient denies that. The JSON is never read.
 */
export class Guard {
  readonly #values: Values
  readonly #visibility: Visibility
  readonly #patient: StatementPatient | undefined
  readonly #types = new Set<string>()
  #organizationBound: Sql | undefined
  #purposesBound: Sql | undefined

  constructor(visibility: Visibility, values: Values, patient?: StatementPatient) {
    this.#values = values
    this.#visibility = visibility
    this.#patient = patient
  }

  /** Bound on first use: PostgreSQL refuses a value that stands nowhere in the text. */
  get #organization(): Sql {
    return (this.#organizationBound ??= this.#values.integer(this.#visibility.organization))
  }
  get #purposes(): Sql {
    return (this.#purposesBound ??= this.#values.texts(this.#visibility.purposes))
  }

  /** The caller's own rows. */
  own(alias: string): Sql {
    return `${alias}.owner = ${this.#organization}`
  }

  /**
   * Whether a row of `alias`, which is of one of `types`, is visible. `isOfPatient`: the row's
   * `patient` is the patient the statement is about.
   */
  visible(alias: string, types: readonly string[], isOfPatient: 'of-patient' | 'any' = 'any'): Sql {
    if (types.length > 0 && types.every(isSharedType)) return 'true'
    const alternatives = [this.own(alias)]
    const shared = types.filter(isSharedType)
    if (shared.length > 0) alternatives.push(this.#isOf(alias, shared))
    const stock = types.filter(isSharedWithoutPatient)
    if (stock.length > 0)
      alternatives.push(
        `(${this.#isOf(alias, stock)} and ${alias}.patient is null and ${alias}.other_patients is null)`,
      )
    const ruled = types.filter(type => !isSharedType(type) && !isInternalType(type))
    if (ruled.length > 0 && this.#visibility.purposes.length > 0) {
      for (const type of ruled) this.#types.add(type)
      alternatives.push(
        disclosed(alias, isOfPatient === 'of-patient' ? 'disclosed_here' : 'disclosed'),
      )
      alternatives.push(this.#addressed(alias, ruled.length === types.length ? [] : ruled))
    }
    return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
  }

  /** `with` entries, each `name as materialized (...)`. Empty when no condition needs one. */
  ctes(): readonly Sql[] {
    if (this.#types.size === 0) return []
    const types = this.#values.smallints([...this.#types].map(type => resourceTypeNumber(type)!))
    return [
      this.#actor(),
      `live_rule as not materialized (
  select c.patient, c.owner, c.kind, c.types from consent_rule c where ${this.#live('c')}
)`,
      this.#disclosed('disclosed', types),
      ...(this.#patient === undefined
        ? []
        : [this.#disclosed('disclosed_here', types, this.#patient)]),
    ]
  }

  #isOf(alias: string, types: readonly string[]): Sql {
    const numbers = types.map(type => resourceTypeNumber(type)!)
    return `${alias}.type = any(${this.#values.smallints(numbers)})`
  }

  /**
   * In whose names the caller acts. What a tenant says about its people counts against them (a
   * denial of that actor) always, in their favour only where the actor is the tenant's own.
   */
  #actor(): Sql {
    const actors = this.#values.bigints(this.#visibility.actors)
    return `actor as materialized (
  select array_agg(a.key) as denied, array_agg(a.key) filter (where a.own) as permitted
  from (
    select k.key, true as own from unnest(${actors}) k(key)
    union all
    select m.actor, exists (select from resource o where o.key = m.actor and o.owner = m.owner)
    from actor_membership m
    where m.member = any(${actors}) and m.owner = ${this.#organization}
      and now() >= m.valid_from and now() < m.valid_to
  ) a
)`
  }

  /** A rule that applies to this caller and purpose now. */
  #live(alias: string): Sql {
    return `now() >= ${alias}.valid_from and now() < ${alias}.valid_to
    and (${alias}.purposes is null or ${alias}.purposes && ${this.#purposes})
    and (${alias}.actors is null or case ${alias}.kind
      when 'P' then ${alias}.actors && (select permitted from actor)
      else ${alias}.actors && (select denied from actor) end)`
  }

  /** Patient, owner and type of what consultations and consents open to the caller now. */
  #disclosed(name: string, types: Sql, patient?: StatementPatient): Sql {
    return `${name} as materialized (
  select g.patient, g.owner, t.type
  from (
    select distinct patient, owner from consultation_gate
    where recipient = ${this.#organization} and now() >= valid_from and now() < valid_to${
      patient === undefined ? '' : ` and patient = ${patient()}`
    }
  ) g
  join live_rule c on c.patient = g.patient and c.owner = g.owner
  join unnest(${types}) t(type) on c.types is null or t.type = any(c.types)
  group by g.patient, g.owner, t.type
  having bool_or(c.kind = 'P') and not bool_or(c.kind = 'D')
)`
  }

  /** Few rows are addressed to a caller, so their denials are looked up row by row, by index. */
  #addressed(alias: string, types: readonly string[]): Sql {
    const ofType = types.length === 0 ? '' : ` and ${this.#isOf(alias, types)}`
    return `(${this.#organization} = any(${alias}.audience)${ofType} and not exists (
    select from live_rule c
    where c.patient = any(array_append(${alias}.other_patients, ${alias}.patient))
      and c.owner = ${alias}.owner and c.kind = 'D' and (c.types is null or ${alias}.type = any(c.types))))`
  }
}

/** At least one patient is named, and each that is named is disclosed. */
const disclosed = (alias: string, cte: 'disclosed' | 'disclosed_here'): Sql =>
  `((${alias}.patient is null and cardinality(${alias}.other_patients) > 0
      or (${alias}.patient, ${alias}.owner, ${alias}.type) in (select patient, owner, type from ${cte}))
    and (${alias}.other_patients is null or not exists (
      select from unnest(${alias}.other_patients) o(patient)
      where (o.patient, ${alias}.owner, ${alias}.type) not in (select patient, owner, type from disclosed))))`
