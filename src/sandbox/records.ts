import type { Resource } from '../fhir/resource.ts'

/** One demo patient. Identity numbers have a right check digit and an unassigned region. */
export interface DemoPatient {
  readonly id: string
  readonly family: string
  readonly given: string
  readonly gender: 'male' | 'female'
  readonly birthDate: string
  readonly identity: string
  readonly problem: { readonly code: string; readonly text: string }
}

/** Laboratory items of the demo history: LOINC, name, unit, a usual value, how far it strays. */
const items = [
  ['4548-4', '糖化血红蛋白', '%', 6.8, 0.9],
  ['2345-7', '葡萄糖', 'mmol/L', 7.4, 2.1],
  ['2160-0', '肌酐', 'umol/L', 78, 18],
  ['2571-8', '甘油三酯', 'mmol/L', 1.9, 0.6],
  ['718-7', '血红蛋白', 'g/L', 134, 12],
] as const

const category = (system: string, code: string) => [
  { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] },
]
const months = 12

/** A year of monthly visits: encounters, laboratory reports with their results, medicines. */
export const recordsOf = (patient: DemoPatient, year: number): Resource[] => [
  person(patient),
  condition(patient),
  allergy(patient),
  ...Array.from({ length: months }, (_, month) => visit(patient, year, month)).flat(),
]

const person = ({ id, family, given, gender, birthDate, identity }: DemoPatient): Resource => ({
  resourceType: 'Patient',
  id,
  identifier: [
    { use: 'official', system: 'urn:oid:2.16.156.10011.1.3', value: identity },
    { system: `urn:huizhen:${id.split('-')[0]}:record-number`, value: id.toUpperCase() },
  ],
  active: true,
  name: [{ use: 'official', text: family + given, family, given: [given] }],
  telecom: [{ system: 'phone', value: '13800000000', use: 'mobile' }],
  gender,
  birthDate,
  address: [{ text: '上海市金山区', state: '上海市', district: '金山区', country: 'CN' }],
})

const condition = ({ id, problem }: DemoPatient): Resource => ({
  resourceType: 'Condition',
  id: `${id}-condition`,
  clinicalStatus: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' },
    ],
  },
  category: category('condition-category', 'problem-list-item'),
  code: {
    coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: problem.code }],
    text: problem.text,
  },
  subject: { reference: `Patient/${id}` },
  onsetDateTime: '2019-03',
})

const allergy = ({ id }: DemoPatient): Resource => ({
  resourceType: 'AllergyIntolerance',
  id: `${id}-allergy`,
  clinicalStatus: {
    coding: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
        code: 'active',
      },
    ],
  },
  code: { text: '青霉素' },
  patient: { reference: `Patient/${id}` },
})

const visit = (patient: DemoPatient, year: number, month: number): Resource[] => {
  const at = `${patient.id}-${year}${String(month + 1).padStart(2, '0')}`
  const date = `${year}-${String(month + 1).padStart(2, '0')}-12T09:30:00+08:00`
  const subject = { reference: `Patient/${patient.id}` }
  const encounter = { reference: `Encounter/${at}` }
  const results = items.map((item, index) => result(item, `${at}-${index}`, month + index, date))
  return [
    {
      resourceType: 'Encounter',
      id: at,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      period: { start: date, end: date.replace('T09', 'T10') },
    },
    ...results.map(observation => ({ ...observation, subject, encounter })),
    {
      resourceType: 'DiagnosticReport',
      id: `${at}-report`,
      status: 'final',
      category: category('v2-0074', 'LAB'),
      code: { text: '生化检验报告' },
      subject,
      encounter,
      effectiveDateTime: date,
      result: results.map(({ id }) => ({ reference: `Observation/${id}` })),
      conclusion: '血糖控制欠佳,建议复查。',
    },
    {
      resourceType: 'MedicationRequest',
      id: `${at}-medication`,
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: { text: '盐酸二甲双胍片 0.5g' },
      subject,
      encounter,
      authoredOn: date,
      dosageInstruction: [{ text: '每日两次,每次一片' }],
    },
  ]
}

/** A result that strays from its usual value by a fixed pattern: the sandbox is the same everywhere. */
const result = (item: (typeof items)[number], id: string, step: number, date: string): Resource => {
  const [code, text, unit, usual, stray] = item
  const value = Number((usual + stray * Math.sin(step * 1.7)).toFixed(1))
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: category('observation-category', 'laboratory'),
    code: { coding: [{ system: 'http://loinc.org', code }], text },
    effectiveDateTime: date,
    valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
  }
}
