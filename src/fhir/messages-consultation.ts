import type { Message } from './messages.ts'

/** Refusals of steps of a consultation. */
export const consultationMessages = {
  'consultation-none': {
    en: 'This Task is not the work on a consultation: its businessStatus has no code of {expected}.',
    'zh-CN': '该 Task 不是会诊任务:businessStatus 中没有 {expected} 的代码。',
  },
  'consultation-state-unknown': {
    en: 'There is no such state of a consultation. Expected one of: {expected}.',
    'zh-CN': '没有这个会诊状态。可用状态:{expected}。',
  },
  'consultation-step': {
    en: 'The consultation is in state {from}; this caller cannot take it to {to}. Possible next: {allowed}.',
    'zh-CN': '会诊当前状态为 {from},该调用方不能将其变为 {to}。可行的下一状态:{allowed}。',
  },
  'consultation-status': {
    en: 'In this state of the consultation Task.status is {expected}. Send it so, or use $transition, which sets it.',
    'zh-CN':
      '该会诊状态下 Task.status 应为 {expected}。请照此填写,或使用 $transition 由服务器设置。',
  },
  'consultation-element': {
    en: '{element} must refer to {expected}, by a literal reference to a resource of this server.',
    'zh-CN': '{element} 必须以本服务器资源的字面引用指向 {expected}。',
  },
  'consultation-fixed': {
    en: '{element} does not change while the consultation is in this state. Keep it as it is stored; the hospital that is asked names its experts by $transition.',
    'zh-CN': '会诊在此状态下 {element} 不能更改。请保持原值;受邀医院通过 $transition 指定专家。',
  },
  'consultation-recipient': {
    en: 'A consultation is addressed to one other hospital: Task.owner must be its Organization, such as Organization/no6.',
    'zh-CN': '会诊须发给另一家医院:Task.owner 必须是其 Organization,如 Organization/no6。',
  },
  'consultation-patient': {
    en: 'Task.for must be the patient of the ServiceRequest in Task.focus.',
    'zh-CN': 'Task.for 必须与 Task.focus 所指 ServiceRequest 的患者一致。',
  },
  'consultation-missing': {
    en: 'A consultation cannot be requested without {element}. Add it, or in an emergency send ServiceRequest.priority stat with Task.statusReason.',
    'zh-CN':
      '缺少 {element},不能提交会诊申请。请补充;紧急情况可将 ServiceRequest.priority 设为 stat 并填写 Task.statusReason。',
  },
  'consultation-consent': {
    en: 'No active Consent of the patient permits the other hospital to read for treatment. Store the Consent first, or in the same transaction; in an emergency send ServiceRequest.priority stat with Task.statusReason.',
    'zh-CN':
      '患者没有允许对方医院为诊疗读取的有效 Consent。请先存入,或在同一事务中存入;紧急情况可将 ServiceRequest.priority 设为 stat 并填写 Task.statusReason。',
  },
  'consultation-only-one': {
    en: 'Another Task is already at work on this request. End it first, or go on with it.',
    'zh-CN': '该申请已有进行中的 Task。请先结束它,或继续使用它。',
  },
  'consultation-reason': {
    en: 'This step needs a reason. Give Task.statusReason, or the parameter reason of $transition.',
    'zh-CN': '此步骤需要原因。请填写 Task.statusReason,或 $transition 的 reason 参数。',
  },
  'consultation-newer': {
    en: 'Nothing was added since the request was returned. Update the ServiceRequest (supportingInfo, note) first.',
    'zh-CN': '退回后未补充任何内容。请先更新 ServiceRequest(supportingInfo、note)。',
  },
  'consultation-expert': {
    en: 'To accept, name an expert of the hospital that is asked: Task.owner is one of its Practitioners or PractitionerRoles (parameter owner of $transition).',
    'zh-CN':
      '受理时须指定受邀医院的专家:Task.owner 为其 Practitioner 或 PractitionerRole($transition 的 owner 参数)。',
  },
  'consultation-appointment': {
    en: 'To schedule, refer to an Appointment of either hospital with status booked in Task.input (parameter appointment of $transition).',
    'zh-CN':
      '预约时须在 Task.input 中引用任一方医院状态为 booked 的 Appointment($transition 的 appointment 参数)。',
  },
  'consultation-report': {
    en: 'This step needs the opinion: Task.output refers to a DiagnosticReport (parameter report of $transition), here of status {expected}; a signed one has a conclusion and a resultsInterpreter, and is not labelled AIAST.',
    'zh-CN':
      '此步骤需要会诊意见:Task.output 引用 DiagnosticReport($transition 的 report 参数),此处状态应为 {expected};签发的报告须有 conclusion 和 resultsInterpreter,且不带 AIAST 标签。',
  },
  'consultation-kept': {
    en: 'The Task of a consultation that was requested is not deleted. Take it to the state cancelled or entered-in-error.',
    'zh-CN': '已提交会诊的 Task 不能删除。请将其变为 cancelled 或 entered-in-error 状态。',
  },
} as const satisfies Record<string, Message>
