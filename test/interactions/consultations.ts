import type { Resource } from '../../src/fhir/resource.ts'
import {
  li,
  no6,
  tinglin,
  wu,
  zhang,
  type Answer,
  type Caller,
  type TestServer,
} from '../server.ts'
import { consentOf, transactionOf } from '../story/papers.ts'

export const stateSystem = 'urn:huizhen:CodeSystem:consultation-state'

/** Who takes part, by role. The first two are of the hospital that asks. */
export const parties = {
  'inviting-person': wu,
  'inviting-system': tinglin,
  'invited-person': li,
  'invited-system': no6,
  expert: zhang,
} as const satisfies Record<string, Caller>

export type Role = keyof typeof parties

/** The Task of a consultation in a state, as the hospital that asks would write it. */
export const taskOf = (id: string, state: string, status: string, more = {}): Resource => ({
  resourceType: 'Task',
  id: `tinglin-${id}-task`,
  status,
  intent: 'order',
  businessStatus: { coding: [{ system: stateSystem, code: state }] },
  focus: { reference: `ServiceRequest/tinglin-${id}-request` },
  for: { reference: `Patient/tinglin-${id}` },
  owner: { reference: 'Organization/no6' },
  ...more,
})

/** Patient, consent and a complete request. */
export const papersOf = (id: string): readonly Resource[] => [
  {
    ...{ resourceType: 'Patient', id: `tinglin-${id}`, gender: 'female', birthDate: '1960-02-03' },
    name: [{ text: '周敏' }],
    identifier: [{ system: 'urn:example:record', value: id }],
  },
  consentOf(`tinglin-${id}-consent`, `Patient/tinglin-${id}`),
  {
    ...{ resourceType: 'ServiceRequest', id: `tinglin-${id}-request`, status: 'draft' },
    ...{ intent: 'order', priority: 'routine', code: { text: '心内科远程会诊' } },
    category: [{ coding: [{ system: 'http://snomed.info/sct', code: '11429006' }] }],
    identifier: [{ system: 'urn:example:application', value: id }],
    subject: { reference: `Patient/tinglin-${id}` },
    requester: { reference: 'Practitioner/tinglin-wang' },
    performer: [{ reference: 'Organization/no6' }],
    reasonCode: [{ text: '调整方案' }],
    note: [{ text: '病历摘要' }],
  },
]

const steps: Readonly<Record<string, readonly (readonly [role: Role, state: string])[]>> = {
  requested: [],
  triage: [['invited-system', 'triage']],
  'info-requested': [
    ['invited-system', 'triage'],
    ['invited-person', 'info-requested'],
  ],
}
const accepted = [
  ['invited-system', 'triage'],
  ['invited-person', 'accepted'],
] as const
const reporting = [...accepted, ['expert', 'in-progress'], ['expert', 'reporting']] as const
const completed = [...reporting, ['expert', 'completed']] as const

/** The shortest way to each state, after the request was made. */
export const waysTo: Readonly<Record<string, readonly (readonly [role: Role, state: string])[]>> = {
  ...steps,
  accepted,
  scheduled: [...accepted, ['invited-system', 'scheduled']],
  'in-progress': [...accepted, ['expert', 'in-progress']],
  reporting,
  completed,
  acknowledged: [...completed, ['inviting-person', 'acknowledged']],
  rejected: [['invited-system', 'rejected']],
  cancelled: [['inviting-person', 'cancelled']],
  withdrawn: [['inviting-system', 'withdrawn']],
  failed: [...accepted, ['expert', 'in-progress'], ['expert', 'failed']],
  'entered-in-error': [['inviting-person', 'entered-in-error']],
}

export interface Consultations {
  /** Stores the papers, and the Task in this state. */
  readonly begin: (id: string, state: 'draft' | 'requested') => Promise<Answer>
  /** Asks for a step, with all that any step may need. */
  readonly step: (id: string, role: Role, state: string) => Promise<Answer>
  /** A consultation in that state. */
  readonly reach: (id: string, state: string) => Promise<void>
  readonly stateOf: (id: string) => Promise<string>
}

/** Consultations on a server of a test. */
export const consultationsOn = ({ ask }: TestServer): Consultations => {
  const put = async (as: Caller, body: Resource): Promise<string> => {
    const { status, text } = await ask('PUT', `/fhir/${body.resourceType}/${body.id}`, { as, body })
    if (status >= 300) throw new Error(text)
    return `${body.resourceType}/${body.id}`
  }
  /** Each side keeps its own: the other one's is not for it to see. */
  const putAppointment = (id: string, role: Role): Promise<string> =>
    role.startsWith('inviting')
      ? put(tinglin, appointmentOf(`tinglin-${id}-slot`))
      : put(no6, appointmentOf(`no6-${id}-slot`))
  const begin: Consultations['begin'] = (id, state) =>
    ask('POST', '/fhir', {
      as: tinglin,
      body: transactionOf(...papersOf(id), taskOf(id, state, state)),
    })
  const step: Consultations['step'] = async (id, role, state) => {
    const reference = (name: string, to: string) => ({ name, valueReference: { reference: to } })
    const parameter: object[] = [
      { name: 'state', valueCode: state },
      { name: 'reason', valueString: '说明' },
    ]
    if (state === 'accepted') parameter.push(reference('owner', 'Practitioner/no6-zhang'))
    if (state === 'scheduled')
      parameter.push(reference('appointment', await putAppointment(id, role)))
    if (state === 'reporting') parameter.push(reference('report', await put(no6, reportOf(id))))
    if (state === 'completed') {
      const isAgain = (await stateOf(id)) === 'acknowledged'
      const status = isAgain ? 'amended' : 'final'
      parameter.push(reference('report', await put(no6, { ...reportOf(id), status })))
    }
    return ask('POST', `/fhir/Task/tinglin-${id}-task/$transition`, {
      as: parties[role],
      body: { resourceType: 'Parameters', parameter },
    })
  }
  const stateOf = async (id: string): Promise<string> =>
    (await ask('GET', `/fhir/Task/tinglin-${id}-task`, { as: tinglin })).json.businessStatus
      .coding[0].code
  const reach: Consultations['reach'] = async (id, state) => {
    const begun = await begin(id, state === 'draft' ? 'draft' : 'requested')
    if (begun.status !== 200) throw new Error(begun.text)
    for (const [role, next] of waysTo[state] ?? []) {
      const { status, text } = await step(id, role, next)
      if (status !== 200) throw new Error(`${next}: ${text}`)
    }
  }
  return { begin, step, reach, stateOf }
}

const appointmentOf = (id: string): Resource => ({
  ...{ resourceType: 'Appointment', id, status: 'booked' },
  ...{ start: '2030-01-02T09:00:00+08:00', end: '2030-01-02T09:30:00+08:00' },
  participant: [{ actor: { reference: 'Practitioner/no6-zhang' }, status: 'accepted' }],
})

const reportOf = (id: string): Resource => ({
  ...{ resourceType: 'DiagnosticReport', id: `no6-${id}-opinion`, status: 'preliminary' },
  code: { coding: [{ system: 'http://loinc.org', code: '11488-4' }] },
  subject: { reference: `Patient/tinglin-${id}` },
  basedOn: [{ reference: `ServiceRequest/tinglin-${id}-request` }],
  resultsInterpreter: [{ reference: 'Practitioner/no6-zhang' }],
  conclusion: '建议调整用药',
})
