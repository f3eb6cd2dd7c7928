import type { LocalText } from './outcome.ts'

/** The code system of `Task.businessStatus` by which a Task is the work on a consultation. */
export const consultationStateSystem = 'urn:huizhen:CodeSystem:consultation-state'

/** What a state means for the resources that carry the consultation. */
export interface ConsultationState {
  readonly display: LocalText
  /** `Task.status` follows the state. @see https://hl7.org/fhir/R4/valueset-task-status.html */
  readonly task: string
  /** What `ServiceRequest.status` becomes; absent: it stays. */
  readonly request?: string
  /** The records are open for the experts it names. */
  readonly isOpen?: true
  /** The opinion is signed. */
  readonly hasEnded?: true
  /** Nothing follows. */
  readonly isFinal?: true
}

/** The states of a consultation from its draft to the receipt of the opinion. */
export const consultationStates = {
  draft: { display: { en: 'draft', 'zh-CN': '草稿' }, task: 'draft', request: 'draft' },
  requested: {
    display: { en: 'requested', 'zh-CN': '已申请' },
    ...{ task: 'requested', request: 'active' },
  },
  triage: { display: { en: 'in triage', 'zh-CN': '预审中' }, task: 'received' },
  'info-requested': {
    display: { en: 'returned for information', 'zh-CN': '退回补充' },
    task: 'received',
  },
  accepted: { display: { en: 'accepted', 'zh-CN': '已受理' }, task: 'accepted', isOpen: true },
  scheduled: { display: { en: 'scheduled', 'zh-CN': '已预约' }, task: 'accepted', isOpen: true },
  'in-progress': {
    display: { en: 'in progress', 'zh-CN': '会诊中' },
    ...{ task: 'in-progress', isOpen: true },
  },
  reporting: {
    display: { en: 'awaiting the signed opinion', 'zh-CN': '待签发' },
    ...{ task: 'in-progress', isOpen: true },
  },
  completed: {
    display: { en: 'completed', 'zh-CN': '已完成' },
    ...{ task: 'completed', request: 'completed', hasEnded: true },
  },
  acknowledged: {
    display: { en: 'acknowledged', 'zh-CN': '已回执' },
    ...{ task: 'completed', request: 'completed', hasEnded: true },
  },
  rejected: { display: { en: 'rejected', 'zh-CN': '已拒绝' }, task: 'rejected', isFinal: true },
  cancelled: {
    display: { en: 'cancelled', 'zh-CN': '已取消' },
    ...{ task: 'cancelled', request: 'revoked', isFinal: true },
  },
  withdrawn: {
    display: { en: 'consent withdrawn', 'zh-CN': '撤回同意' },
    ...{ task: 'cancelled', request: 'revoked', isFinal: true },
  },
  failed: { display: { en: 'failed', 'zh-CN': '未完成' }, task: 'failed', isFinal: true },
  'entered-in-error': {
    display: { en: 'entered in error', 'zh-CN': '误录' },
    ...{ task: 'entered-in-error', request: 'entered-in-error', isFinal: true },
  },
} as const satisfies Record<string, ConsultationState>

export type ConsultationStateCode = keyof typeof consultationStates

export const consultationStateCodes = Object.keys(
  consultationStates,
) as readonly ConsultationStateCode[]

export const stateNamed = (code: ConsultationStateCode): ConsultationState =>
  consultationStates[code]

/** Whether something is still to be done: it was asked for, and has no opinion and no other end. */
export const isLive = (code: ConsultationStateCode): boolean => {
  const { hasEnded, isFinal } = stateNamed(code)
  return code !== 'draft' && hasEnded !== true && isFinal !== true
}

/**
 * Who may take a step: the hospital that asks or the one that is asked, each through a person or a
 * system; `expert` is a person whom the Task names.
 */
export type ConsultationActor =
  'inviting-person' | 'inviting-system' | 'invited-person' | 'invited-system' | 'expert'

/** What must be so for a step; each is a function in interactions/consultation/guards.ts. */
export type ConsultationGuard =
  | 'minimum-data-set'
  | 'consent'
  | 'only-one'
  | 'reason'
  | 'newer-information'
  | 'named-expert'
  | 'booked-appointment'
  | 'preliminary-report'
  | 'final-report'
  | 'amended-report'

/** A step from one state to another. */
export interface ConsultationTransition {
  readonly from: ConsultationStateCode | 'none'
  readonly to: ConsultationStateCode
  readonly actors: readonly ConsultationActor[]
  readonly guards: readonly ConsultationGuard[]
}

const inviting = ['inviting-person', 'inviting-system'] as const
const invited = ['invited-person', 'invited-system', 'expert'] as const
const invitedPeople = ['invited-person', 'expert'] as const

const steps = (
  from: readonly ConsultationTransition['from'][],
  to: ConsultationStateCode,
  actors: readonly ConsultationActor[],
  guards: readonly ConsultationGuard[] = [],
): readonly ConsultationTransition[] => from.map(one => ({ from: one, to, actors, guards }))

const beforeAcceptance = ['draft', 'requested', 'triage', 'info-requested'] as const
const accepted = ['accepted', 'scheduled'] as const
const running = ['in-progress', 'reporting'] as const

/** Every step there is; any other one is refused. The first line that fits an actor decides. */
export const consultationTransitions: readonly ConsultationTransition[] = [
  ...steps(['none'], 'draft', inviting),
  ...steps(['none', 'draft'], 'requested', inviting, ['minimum-data-set', 'consent', 'only-one']),
  ...steps(['requested'], 'triage', invited),
  ...steps(['triage'], 'info-requested', invited, ['reason']),
  ...steps(['info-requested'], 'triage', inviting, ['newer-information']),
  ...steps(['triage'], 'accepted', invitedPeople, ['named-expert']),
  ...steps(['requested', 'triage'], 'rejected', invited, ['reason']),
  ...steps(accepted, 'scheduled', [...inviting, ...invited], ['booked-appointment']),
  ...steps(accepted, 'in-progress', ['expert'], ['consent']),
  ...steps(['in-progress'], 'reporting', ['expert'], ['preliminary-report']),
  ...steps(['reporting'], 'completed', ['expert'], ['final-report']),
  ...steps(['completed'], 'acknowledged', inviting),
  ...steps(['acknowledged'], 'completed', ['expert'], ['amended-report']),
  ...steps([...beforeAcceptance, ...accepted], 'cancelled', inviting),
  ...steps(accepted, 'cancelled', invitedPeople, ['reason']),
  ...steps([...beforeAcceptance, ...accepted, ...running], 'withdrawn', inviting),
  ...steps(
    ['scheduled', 'in-progress'],
    'failed',
    ['inviting-person', ...invitedPeople],
    ['reason'],
  ),
  ...steps([...beforeAcceptance, ...accepted], 'entered-in-error', inviting),
]
