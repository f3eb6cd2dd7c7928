import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { VersionRow } from './compile-read.ts'
import { keyOf } from './hash.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import { Guard, type Reach } from './visible.ts'

/** What is asked of one patient's record. @see https://hl7.org/fhir/R4/patient-operation-everything.html */
export interface EverythingQuestion {
  readonly patientId: string
  readonly resourceTypes: readonly string[]
  /** Clinical dates to be met; resources without one are given all the same. */
  readonly start?: string
  readonly end?: string
  /** Only what was stored at or after this time. */
  readonly since?: string
  /** Resources of a page at most, the Patient not counted. */
  readonly count: number
}

/** Where a page ended: type number, start of the clinical date and key of its last row. */
export type EverythingPosition = readonly [type: string, dateLow: string, key: string]

/**
 * One row of the answer. The `total` row has `total` alone, and stands only where the Patient is
 * visible; so does the `merged` row, which has nothing.
 */
export interface EverythingRow extends VersionRow {
  readonly mode: 'patient' | 'member' | 'total' | 'merged'
  readonly date_low: string
  readonly total: number | null
}

const names = [
  ...['key', 'type', 'id', 'version', 'owner', 'deleted', 'last_updated'],
  ...['patient', 'other_patients', 'linked_patients', 'content'],
]
const columns = (alias: string): Sql => names.map(name => `${alias}.${name}`).join(', ')

/**
 * The record of one patient as one statement: the Patient first, then all that names the patient and
 * may be seen, by type and within a type newest first; `count + 1` at most, the last of which only
 * says that there is another page. No row when the Patient itself is absent or hidden. A `merged` row
 * says that the Patient has replaced others: ask again with their keys, to have their records, too.
 *
 * Walks the index `resource_patient`, and `resource_other_patients` for what names several patients.
 */
export const compileEverything = (
  { asked, visibility }: Permitted<EverythingQuestion>,
  position?: EverythingPosition,
  merged?: readonly bigint[],
): Statement => {
  const values = new Values()
  const key = keyOf('Patient', asked.patientId)
  const patient = values.bigint(key)
  const guard = new Guard(visibility, values, () => patient)
  const { resourceTypes: types } = asked
  const wanted = wantedSql(asked, values)
  const size = values.integer(asked.count)
  const branch = (of: Sql, visible: Sql): Sql =>
    `select ${columns('r')}, r.date_low from resource r where ${of} and not r.deleted and r.key <> ${patient}${wanted} and ${visible}`
  const after = position === undefined ? '' : ` where ${afterSql(position, values)}`
  const subject = `subject as materialized (
  select ${columns('r')} from resource r
  where r.key = ${patient} and not r.deleted and ${guard.visible('r', ['Patient'], 'of-patient')}
)`
  const all = merged && values.bigints([key, ...merged])
  const members = membersOf(patient, all, (reach?: Reach) => guard.visible('r', types, reach))
  const member = `member as not materialized (
  ${members.map(([of, visible]) => branch(of, visible)).join('\n  union all\n  ')}
)`
  const page = `page as materialized (
  select m.* from member m${after} order by m.type, m.date_low desc, m.key desc limit ${size} + 1
)`
  const whole = position === undefined ? wholeSql(asked, size) : '(select count(*) from member)'
  const body = `select 'patient' as mode, ${columns('s')}, ${guard.whole('s', ['Patient'])} as whole, null::timestamptz as date_low, null::integer as total from subject s
union all
(select 'member', ${columns('p')}, ${guard.whole('p', types)}, p.date_low, null from page p where exists (select from subject) order by p.type, p.date_low desc, p.key desc)
union all
select 'total', ${names.map(() => 'null').join(', ')}, null, null, (${whole} + 1)::integer from subject${
    merged === undefined ? mergedMark(patient) : ''
  }`
  const ctes = [...guard.ctes(), subject, member, page]
  return statement('everything', `with ${ctes.join(',\n')}\n${body}`, values)
}

/** How the members are found, with the access predicate for each way: those of one patient, or of `all`. */
const membersOf = (
  patient: Sql,
  all: Sql | undefined,
  visible: (reach?: Reach) => Sql,
): readonly (readonly [of: Sql, visible: Sql])[] =>
  all === undefined
    ? [
        [`r.patient = ${patient}`, visible('of-patient')],
        [
          `r.other_patients @> array[${patient}] and r.patient is distinct from ${patient}`,
          visible('few'),
        ],
      ]
    : [
        [`r.patient = any(${all})`, visible()],
        [
          `r.other_patients && ${all} and (r.patient is null or r.patient <> all(${all}))`,
          visible('few'),
        ],
      ]

/** One row more when the Patient, which is visible, has replaced another one. */
const mergedMark = (patient: Sql): Sql => `
union all
select 'merged', ${names.map(() => 'null').join(', ')}, null, null, null from subject
where exists (select from patient_merge m where m.surviving = ${patient})`

/** The members in all: what the page tells when it holds them all, else a count. */
const wholeSql = ({ count }: EverythingQuestion, size: Sql): Sql =>
  count === 0
    ? '(select count(*) from member)'
    : `(case when (select count(*) from page) <= ${size} then (select count(*) from page) else (select count(*) from member) end)`

const wantedSql = (
  { resourceTypes, start, end, since }: EverythingQuestion,
  values: Values,
): Sql => {
  const numbers = resourceTypes.map(type => resourceTypeNumber(type)!)
  const dated = [
    ...(start === undefined ? [] : [`r.date_high > ${values.time(start)}`]),
    ...(end === undefined ? [] : [`r.date_low < ${values.time(end)}`]),
  ]
  return [
    ` and r.type = any(${values.smallints(numbers)})`,
    ...(since === undefined ? [] : [`r.last_updated >= ${values.time(since)}`]),
    ...(dated.length === 0 ? [] : [`(r.date_high = '-infinity' or ${dated.join(' and ')})`]),
  ].join(' and ')
}

const afterSql = ([type, dateLow, key]: EverythingPosition, values: Values): Sql => {
  const last = values.smallint(Number(type))
  return `(m.type > ${last} or (m.type = ${last} and (m.date_low, m.key) < (${values.time(dateLow)}, ${values.bigint(BigInt(key))})))`
}
