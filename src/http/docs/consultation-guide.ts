import {
  consultationStateCodes,
  consultationStateSystem,
  consultationTransitions,
  stateNamed,
  type ConsultationActor,
  type ConsultationGuard,
} from '../../fhir/consultation-states.ts'
import type { Language, LocalText } from '../../fhir/outcome.ts'
import { escapeHtml as e } from '../page.ts'

const actors: Readonly<Record<ConsultationActor, LocalText>> = {
  'inviting-person': { en: 'a person of the hospital that asks', 'zh-CN': '邀请方医务人员' },
  'inviting-system': { en: 'its system', 'zh-CN': '邀请方系统' },
  'invited-person': { en: 'a person of the hospital that is asked', 'zh-CN': '受邀方医务人员' },
  'invited-system': { en: 'its system', 'zh-CN': '受邀方系统' },
  expert: { en: 'the expert who is named', 'zh-CN': '被指定的专家' },
}

const guards: Readonly<Record<ConsultationGuard, LocalText>> = {
  'minimum-data-set': { en: 'the minimum data set', 'zh-CN': '最小数据集' },
  consent: { en: 'an active consent', 'zh-CN': '有效的知情同意' },
  'only-one': {
    en: 'no other Task at work on the request',
    'zh-CN': '该申请没有其他进行中的 Task',
  },
  reason: { en: 'a reason', 'zh-CN': '原因' },
  'newer-information': { en: 'something added to the request', 'zh-CN': '申请已补充' },
  'named-expert': { en: 'an expert as owner', 'zh-CN': '指定专家为 owner' },
  'booked-appointment': { en: 'a booked Appointment', 'zh-CN': '状态为 booked 的 Appointment' },
  'preliminary-report': { en: 'a report, preliminary at least', 'zh-CN': '至少为初步的报告' },
  'final-report': {
    en: 'a final report with its interpreter and conclusion',
    'zh-CN': '含解读者与结论的正式报告',
  },
  'amended-report': { en: 'an amended report', 'zh-CN': '修订后的报告' },
}

const words = {
  en: {
    intro: `A consultation is a ServiceRequest and a Task whose <code>businessStatus</code> has a code of <code>${consultationStateSystem}</code>. The hospital that asks keeps both; <code>Task.focus</code> is the request, <code>Task.for</code> the patient, <code>Task.owner</code> the Organization that is asked. Send them in one transaction with the consent.`,
    step: 'Either hospital takes a step by <code>POST Task/[id]/$transition</code> with the parameter <code>state</code> and, as the step needs, <code>reason</code>, <code>owner</code>, <code>appointment</code>, <code>report</code>. The hospital that asks may also write the Task itself. A step that is not there is 422 and names those that are; the state it has already is 200.',
    access:
      'The history opens to the expert with acceptance and shuts with the opinion; the opinion stays with both. A consent that is withdrawn ends the consultation at once.',
    states: 'States',
    steps: 'Steps',
    heads: ['code', 'meaning', 'Task.status', 'records'],
    stepHeads: ['from', 'to', 'by', 'needs'],
    open: 'open',
  },
  'zh-CN': {
    intro: `会诊由 ServiceRequest 和 Task 组成,Task 的 <code>businessStatus</code> 含 <code>${consultationStateSystem}</code> 的代码。两者均由邀请方保存;<code>Task.focus</code> 为申请,<code>Task.for</code> 为患者,<code>Task.owner</code> 为受邀机构。请与知情同意在同一事务中提交。`,
    step: '双方均可用 <code>POST Task/[id]/$transition</code> 推进状态:参数 <code>state</code>,并按需提供 <code>reason</code>、<code>owner</code>、<code>appointment</code>、<code>report</code>。邀请方也可直接写入 Task。不允许的步骤返回 422 并列出可行的下一状态;重复当前状态返回 200。',
    access: '受理后病史对被指定的专家开放,意见签发后关闭;意见由双方保留。撤回同意即刻结束会诊。',
    states: '状态',
    steps: '步骤',
    heads: ['代码', '含义', 'Task.status', '病历'],
    stepHeads: ['从', '到', '由谁', '需要'],
    open: '开放',
  },
} as const

export const consultationGuideTitle = (language: Language): string =>
  language === 'en' ? 'Consultations' : '会诊流程'

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table>
<thead><tr>${heads.map(head => `<th scope="col">${e(head)}`).join('')}</thead>
<tbody>
${rows.map(cells => `<tr>${cells.map(cell => `<td>${cell}`).join('')}`).join('\n')}
</tbody></table>`

/** The states and steps of consultations, from the table the server holds them to. */
export const consultationGuide = (language: Language): string => {
  const said = words[language]
  const listed = (texts: readonly LocalText[]): string =>
    e(texts.map(text => text[language]).join(language === 'en' ? ', ' : '、'))
  const states = consultationStateCodes.map(code => {
    const { display, task, isOpen } = stateNamed(code)
    return [`<code>${code}</code>`, e(display[language]), task, isOpen ? said.open : '']
  })
  const steps = consultationTransitions.map(step => [
    step.from === 'none' ? '-' : `<code>${step.from}</code>`,
    `<code>${step.to}</code>`,
    listed(step.actors.map(actor => actors[actor])),
    listed(step.guards.map(guard => guards[guard])),
  ])
  return `<p>${said.intro}
<p>${said.step}
<p>${said.access}
<h2 id="states">${said.states}</h2>
${table(said.heads, states)}
<h2 id="steps">${said.steps}</h2>
${table(said.stepHeads, steps)}`
}
