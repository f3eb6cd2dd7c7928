import type { Resource } from '../fhir/resource.ts'

const identityOfUscc = 'urn:oid:2.16.156.10011.1.5'

const organization = (id: string, name: string, alias: string, uscc: string): Resource => ({
  resourceType: 'Organization',
  id,
  identifier: [{ system: identityOfUscc, value: uscc }],
  active: true,
  type: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }],
    },
  ],
  name,
  alias: [alias],
})

const practitioner = (id: string, family: string, given: string, specialty: string): Resource[] => [
  {
    resourceType: 'Practitioner',
    id,
    active: true,
    name: [{ text: family + given, family, given: [given] }],
  },
  {
    resourceType: 'PractitionerRole',
    id: `${id}-role`,
    active: true,
    practitioner: { reference: `Practitioner/${id}` },
    organization: { reference: `Organization/${id.split('-')[0]}` },
    specialty: [{ text: specialty }],
  },
]

/** The public directory of the sandbox, by the organization that writes it. */
export const directory: Readonly<Record<string, readonly Resource[]>> = {
  no6: [
    organization(
      'no6',
      '上海市第六人民医院',
      "Shanghai No.6 People's Hospital",
      '12310000425026009J',
    ),
    ...practitioner('no6-zhang', '张', '明远', '内分泌代谢科'),
    ...practitioner('no6-li', '李', '静怡', '心血管内科'),
  ],
  tinglin: [
    organization('tinglin', '金山区亭林医院', 'Tinglin Hospital', '12310228425187013X'),
    ...practitioner('tinglin-wang', '王', '建国', '全科'),
  ],
  zhujing: [organization('zhujing', '朱泾医院', 'Zhujing Hospital', '12310228425187021P')],
}
