import { stringifyJson } from '../fhir/json.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { TrailRow } from '../search/compile-trail.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { agentsOf } from './audit-agents.ts'
import type { Context } from './interaction.ts'

const restful = 'http://hl7.org/fhir/restful-interaction'
const eventType = 'http://terminology.hl7.org/CodeSystem/audit-event-type'
const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
const entityType = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const objectRole = 'http://terminology.hl7.org/CodeSystem/object-role'
const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const typeSystem = 'http://hl7.org/fhir/resource-types'
const balp = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType'

/** What rows of the trail say by `interaction`, in the codes of AuditEvent.action. */
const actions: Readonly<Record<string, 'C' | 'R' | 'U' | 'D'>> = {
  ...{ read: 'R', vread: 'R', create: 'C', update: 'U', patch: 'U', delete: 'D' },
  ...{ 'history-instance': 'R', 'history-type': 'R', 'history-system': 'R' },
}
/** E, to execute, is said of everything else, searches too. */
export const actionOf = (interaction: string): string => actions[interaction] ?? 'E'

/** HTTP statuses by the codes of AuditEvent.outcome; 12 is not used. */
export const outcomeRanges: Readonly<Record<string, readonly [number, number]>> = {
  0: [0, 399],
  4: [400, 499],
  8: [500, 599],
}
const outcomeOf = (status: number): string =>
  Object.entries(outcomeRanges).find(([, [from, to]]) => status >= from && status <= to)?.[0] ?? '8'

const isSignIn = (interaction: string): boolean =>
  interaction === 'login' || interaction === 'authenticate'

/**
 * A row of the audit trail as an AuditEvent of IHE BALP: who asked, by which client, for what, with
 * which outcome. In place of a query it has the names of its parameters.
 * @see https://profiles.ihe.net/ITI/BALP/
 */
export const auditEventOf = (
  row: TrailRow,
  { baseUrl, trailIds }: Pick<Context, 'baseUrl' | 'trailIds'>,
  grounds: readonly string[] = [],
): ResourceVersion => {
  const id = trailIds.idOf(row.number)
  const recorded = `${row.recorded.slice(0, 23)}Z`
  const event = {
    ...{ resourceType: 'AuditEvent', id, meta: { versionId: '1', lastUpdated: recorded } },
    ...typeOf(row.interaction),
    action: actionOf(row.interaction),
    recorded,
    outcome: outcomeOf(row.outcome),
    outcomeDesc: [String(row.outcome), row.detail].filter(Boolean).join(' '),
    ...(row.purpose === null
      ? {}
      : { purposeOfEvent: [{ coding: [{ system: actReason, code: row.purpose }] }] }),
    agent: agentsOf(row, actionOf(row.interaction), baseUrl),
    source: { observer: { display: 'Huizhen', identifier: { value: baseUrl } } },
    entity: [...entitiesOf(row), ...grounds.map(groundOf)],
  }
  return {
    ...{ resourceType: 'AuditEvent', id, versionId: 1, lastUpdated: recorded, deleted: false },
    // The reader's own: a reading of the trail discloses nobody's record again.
    ...{ owner: 0, patients: [], json: Buffer.from(stringifyJson(event)) },
  }
}

const typeOf = (interaction: string) =>
  isSignIn(interaction)
    ? {
        type: { system: dicom, code: '110114', display: 'User Authentication' },
        subtype: [{ system: dicom, code: '110122', display: 'Login' }],
      }
    : {
        type: { system: eventType, code: 'rest', display: 'RESTful Operation' },
        subtype: [
          interaction.startsWith('$')
            ? { system: restful, code: 'operation', display: interaction }
            : { system: restful, code: interaction },
        ],
      }

const addressOf = (refused: string): string => {
  const [type, id] = refused.split('/')
  return `${resourceTypes[Number(type)]}/${id}`
}

/** A consent, a consultation or the review of an emergency that made it possible. */
const groundOf = (reference: string): object => ({
  what: { reference },
  type: { system: typeSystem, code: reference.split('/')[0] },
  role: { system: objectRole, code: '13', display: 'Security Resource' },
})

const entitiesOf = (row: TrailRow): readonly object[] => {
  const entity = (type: string, role: string, what: object) => ({
    ...what,
    type: { system: entityType, code: type },
    role: { system: objectRole, code: role },
  })
  const query =
    row.parameters === null
      ? []
      : [
          entity('2', '24', {
            query: Buffer.from(`${row.resource_type ?? ''}?${row.parameters.join('&')}`).toString(
              'base64',
            ),
          }),
        ]
  const patients = row.patients.map(({ id }) =>
    entity('1', '1', { what: { reference: `Patient/${id}` } }),
  )
  const named = [...row.entities, ...(row.refused === null ? [] : [addressOf(row.refused)])]
  // Of a query BALP has one entity of type 2, the query itself; what it found is told by its own type.
  const records = named.map(reference => ({
    what: { reference },
    type:
      query.length > 0
        ? { system: typeSystem, code: reference.split('/')[0] }
        : { system: entityType, code: '2' },
    role: { system: objectRole, code: '4' },
  }))
  const request = {
    what: { identifier: { value: row.request_id } },
    type: { system: balp, code: 'XrequestId' },
  }
  return [...patients, ...records, ...query, request]
}
