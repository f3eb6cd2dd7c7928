import { groundsOf, paperRules, type Paper } from '../../access/disclosure-grounds.ts'
import { permitGrounds } from '../../access/trail-grant.ts'
import { parseJson } from '../../fhir/json.ts'
import { resourceTypes } from '../../fhir/resource-types.ts'
import type { Resource } from '../../fhir/resource.ts'
import type { Disclosed, PaperRow } from '../../search/compile-grounds.ts'
import type { TrailRow } from '../../search/compile-trail.ts'
import { keyOf } from '../../search/hash.ts'
import { decompress } from '../../store/content.ts'
import { readGrounds } from '../../store/disclosure-grounds.ts'
import type { Exchange } from '../interaction.ts'
import { rulesContext } from '../rules-context.ts'

/**
 * On what grounds each of some disclosures of a patient's records was: `Type/id/_history/version` of the
 * consents and consultations of then, and the Task of an emergency. Nothing is recorded for it: the papers
 * and their versions are there, and say it again.
 */
export const disclosureGrounds = async (
  patient: string,
  rows: readonly TrailRow[],
  exchange: Exchange,
): Promise<readonly (readonly string[])[]> => {
  const disclosures: Disclosed[] = []
  for (const { recorded, asker, practitioner } of rows) {
    const organization = asker === null ? undefined : await exchange.context.organizationById(asker)
    disclosures.push({
      ...{ recorded, organization: organization?.number ?? unknownOrganization },
      actors: [
        ...(asker === null ? [] : [keyOf('Organization', asker)]),
        ...(practitioner === null ? [] : [keyOf('Practitioner', practitioner)]),
      ],
    })
  }
  const question = { patient: keyOf('Patient', patient), disclosures }
  const found = await readGrounds(exchange.queryable, permitGrounds(exchange.grant, question))
  const papers = papersOf(found.papers, exchange)
  return rows.map((row, place) => [
    ...groundsOf(papers, {
      ...{ at: Date.parse(row.recorded), organization: disclosures[place]!.organization },
      ...{ actors: found.acting.get(place) ?? [], purpose: row.purpose ?? '' },
    }),
    ...(row.purpose === 'BTG' ? (found.glasses.get(place) ?? []).map(id => `Task/${id}`) : []),
  ])
}

/** No organization has this number. */
const unknownOrganization = 0

const papersOf = (rows: readonly PaperRow[], exchange: Exchange): readonly Paper[] =>
  rows.map(row => {
    const resource = parseJson(decompress(row.content)) as Resource
    const from = Date.parse(row.last_updated)
    return {
      reference: `${resourceTypes[row.type]}/${row.id}/_history/${row.version}`,
      ...{ from, to: row.until === null ? Infinity : Date.parse(row.until) },
      audience: row.audience ?? [],
      ...paperRules(resource, rulesContext(exchange, new Date(from))),
    }
  })
