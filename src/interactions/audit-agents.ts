import type { TrailRow } from '../search/compile-trail.ts'

const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
const participation = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const roleClass = 'http://terminology.hl7.org/CodeSystem/v3-RoleClass'

/** How the patterns of BALP name the two ends of a message. */
const source = { coding: [{ system: dicom, code: '110153', display: 'Source Role ID' }] }
const destination = { coding: [{ system: dicom, code: '110152', display: 'Destination Role ID' }] }

const author = { coding: [{ system: participation, code: 'AUT', display: 'author' }] }
const recipient = {
  coding: [{ system: participation, code: 'IRCP', display: 'information recipient' }],
}
const provider = { coding: [{ system: roleClass, code: 'PROV', display: 'healthcare provider' }] }

/**
 * Who took part in an event: the person, the client, the hospital they act for, and this server. What
 * is read flows from the server to the client, everything else the other way, as BALP has it of queries,
 * too; who writes is the author of it.
 * @see https://profiles.ihe.net/ITI/BALP/
 */
export const agentsOf = (row: TrailRow, action: string, baseUrl: string): readonly object[] => {
  const isRead = row.interaction === 'read' || row.interaction === 'vread'
  const [clientEnd, serverEnd] = isRead ? [destination, source] : [source, destination]
  const token =
    row.token_id === null ? {} : { policy: [`urn:jti:${encodeURIComponent(row.token_id)}`] }
  const isPerson = row.practitioner !== null
  const client = {
    type: clientEnd,
    who: { identifier: { value: row.client ?? 'unknown' } },
    requestor: !isPerson,
    ...(isPerson ? {} : token),
    ...(row.address === null ? {} : { network: { address: row.address, type: '2' } }),
  }
  return [
    ...(isPerson ? [{ ...personOf(row, action), ...token }] : []),
    client,
    ...(row.asker === null ? [] : [organizationOf(row)]),
    {
      type: serverEnd,
      who: { identifier: { value: baseUrl } },
      requestor: false,
      network: { address: new URL(baseUrl).hostname, type: '1' },
    },
  ]
}

const personOf = ({ practitioner }: TrailRow, action: string) => ({
  type: 'CUD'.includes(action) ? author : recipient,
  who: { reference: `Practitioner/${practitioner}` },
  requestor: true,
})

const organizationOf = ({ asker, asker_name: display }: TrailRow) => ({
  type: provider,
  who: { reference: `Organization/${asker}`, ...(display === null ? {} : { display }) },
  requestor: false,
})
