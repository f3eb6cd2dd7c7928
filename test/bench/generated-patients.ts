import type { BundleEntry, TransactionBundle } from './bundles.ts'

const laboratory = ['4548-4', '2345-7', '2160-0', '2571-8', '718-7', '6299-2', '38483-4', '2947-0']
const vitalSigns = ['8302-2', '29463-7', '39156-5', '8480-6']
const visits = 12

/** Bundles like those of the third-party patients, for machines that do not have them. */
export const generatedBundles = (count: number): TransactionBundle[] =>
  Array.from({ length: count }, (_, number) => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entriesOf(number),
  }))

const urn = (patient: number, item: number): string =>
  `urn:uuid:00000000-0000-4000-8000-${String(patient).padStart(6, '0')}${String(item).padStart(6, '0')}`

const entryOf = (fullUrl: string, resource: BundleEntry['resource']): BundleEntry => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType },
})

const entriesOf = (patient: number): BundleEntry[] => {
  const subject = { reference: urn(patient, 0) }
  const person = entryOf(subject.reference, {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: `BENCH${patient}` }],
    name: [{ use: 'official', text: `测试${patient}`, family: '测', given: [`试${patient}`] }],
    gender: patient % 2 === 0 ? 'female' : 'male',
    birthDate: `19${50 + (patient % 50)}-03-01`,
  })
  return [
    person,
    ...Array.from({ length: visits }, (_, visit) => visitOf(patient, visit, subject)).flat(),
  ]
}

const visitOf = (patient: number, visit: number, subject: { reference: string }): BundleEntry[] => {
  const date = `${2010 + visit}-05-12T09:30:00+08:00`
  const first = 1 + visit * (laboratory.length + vitalSigns.length + 1)
  const encounter = { reference: urn(patient, first) }
  const result = (code: string, category: string, item: number): BundleEntry =>
    entryOf(urn(patient, first + item), {
      resourceType: 'Observation',
      status: 'final',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/observation-category',
              code: category,
            },
          ],
        },
      ],
      code: { coding: [{ system: 'http://loinc.org', code }], text: code },
      subject,
      encounter,
      effectiveDateTime: date,
      issued: date,
      valueQuantity: {
        value: 10 + ((patient * 7 + visit * 3 + item) % 90) / 10,
        unit: 'mmol/L',
        system: 'http://unitsofmeasure.org',
        code: 'mmol/L',
      },
    })
  return [
    entryOf(encounter.reference, {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      period: { start: date, end: date },
    }),
    ...laboratory.map((code, index) => result(code, 'laboratory', 1 + index)),
    ...vitalSigns.map((code, index) => result(code, 'vital-signs', 1 + laboratory.length + index)),
  ]
}
