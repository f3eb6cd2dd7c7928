import type pg from 'pg'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'

/** Observations of each patient, all but the one with many. */
export const observationsEach = 200
/** Observations of the patient with many. */
export const observationsOfMany = 50_000
export const patientWithMany = 'scale-many'

/** Rows that stand together: what one visit brings, among those of other patients. */
const visitSize = 12

const observation = resourceTypeNumber('Observation')!

/** A resource's key, as the server makes it. */
const keySql = (address: string): string =>
  `('x' || substr(encode(sha256(convert_to(${address}, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint`

/**
 * Copies rows of a table with some columns replaced by SQL over the alias `c` and those of `from`.
 * Everything else, contents included, stays that of the copied row.
 */
const copyRows = async (
  client: pg.Client,
  table: string,
  replaced: Readonly<Record<string, string>>,
  from: string,
): Promise<void> => {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  )
  const names = rows.map(({ name }) => name)
  const columns = names.map(name => replaced[name] ?? `c.${name}`)
  await client.query(`insert into ${table} (${names.join(', ')}) select ${columns.join(', ')} ${from}`)
}

/** Patients `scale-<from>` to `scale-<to>`, whose records are copies of those of one loaded patient. */
export const addPatients = async (
  client: pg.Client,
  template: string,
  [from, to]: readonly [from: number, to: number],
): Promise<void> => {
  const patient = `'scale-' || p`
  await copyObservations(client, template, {
    ...{ patient, each: observationsEach },
    of: `generate_series(${from}, ${to}) p`,
    order: `o / ${visitSize}, p, o`,
  })
  const key = keySql(`'Patient/' || ${patient}`)
  const copied = keySql(`'Patient/${template}'`)
  const people = `cross join generate_series(${from}, ${to}) p where c.patient = ${copied}`
  const request = keySql(`'ServiceRequest/' || ${patient}`)
  const consent = keySql(`'Consent/' || ${patient}`)
  await copyRows(
    client,
    'consultation_gate',
    { service_request: request, patient: key },
    `from consultation_gate c ${people}`,
  )
  await copyRows(client, 'consent_rule', { consent, patient: key }, `from consent_rule c ${people}`)
}

/** The one patient with many Observations. */
export const addPatientWithMany = (client: pg.Client, template: string): Promise<void> =>
  copyObservations(client, template, {
    ...{ patient: `'${patientWithMany}'`, each: observationsOfMany },
    ...{ of: '(select 0 as p) one', order: 'o' },
  })

const copyObservations = async (
  client: pg.Client,
  template: string,
  {
    patient,
    each,
    of,
    order,
  }: {
    readonly patient: string
    readonly each: number
    readonly of: string
    readonly order: string
  },
): Promise<void> => {
  await client.query(`create temporary table template as
    select *, row_number() over (order by date_low desc) - 1 as nth, count(*) over () as many
    from resource where patient = ${keySql(`'Patient/${template}'`)} and not deleted and type = ${observation}`)
  const id = `${patient} || '-' || o`
  await copyRows(
    client,
    'resource',
    {
      ...{ key: keySql(`'Observation/' || ${id}`), id, patient: keySql(`'Patient/' || ${patient}`) },
      last_updated: `c.last_updated - o * interval '1 second'`,
      date_low: `c.date_low - (o / c.many) * interval '1 day'`,
      date_high: `c.date_high - (o / c.many) * interval '1 day'`,
    },
    `from ${of} cross join generate_series(1, ${each}) o join template c on c.nth = o % c.many order by ${order}`,
  )
  await client.query('drop table template')
}
