/** One worked example: what a consent says, and what No.6 then sees. */
export interface ConsentExample {
  readonly en: { readonly title: string; readonly effect: string }
  readonly zh: { readonly title: string; readonly effect: string }
  /** What stands in the Consent beside the parts all examples share. */
  readonly consent?: Readonly<Record<string, unknown>>
}

const terminology = 'http://terminology.hl7.org/CodeSystem'
const coded = (system: string, code: string) => ({ system, code })
const concept = (system: string, code: string) => ({ coding: [coded(system, code)] })
const recipient = (reference: string) => ({
  role: concept(`${terminology}/v3-ParticipationType`, 'IRCP'),
  reference: { reference },
})
const purpose = (code: string) => [coded(`${terminology}/v3-ActReason`, code)]
const label = (code: string) => [coded(`${terminology}/v3-ActCode`, code)]

const permit = (more: object = {}) => ({
  provision: {
    type: 'permit',
    actor: [recipient('Organization/no6')],
    purpose: purpose('TREAT'),
    ...more,
  },
})
const butNot = (more: object) => permit({ provision: [{ type: 'deny', ...more }] })

/** What every example of a Consent begins with. */
export const consentFrame = (patient: string, organization: string) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: concept(`${terminology}/consentscope`, 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: { reference: `Patient/${patient}` },
  organization: [{ reference: `Organization/${organization}` }],
  policyRule: concept(`${terminology}/v3-ActCode`, 'OPTIN'),
})

/** The fourteen examples that `test/access/worked-examples.test.ts` holds the server to. */
export const consentExamples: readonly ConsentExample[] = [
  {
    en: {
      title: 'No consent',
      effect:
        'No.6 sees nothing but the request for consultation that is addressed to it. Reads are 404, totals 0.',
    },
    zh: { title: '没有同意书', effect: '六院只能看到发给它的会诊申请;读取为 404,总数为 0。' },
  },
  {
    en: {
      title: 'Permit No.6 to read for treatment',
      effect:
        'While the consultation lasts, everyone of No.6 with purpose TREAT sees the record. Another hospital, another purpose, or after the consultation: nothing.',
    },
    zh: {
      title: '允许六院为诊疗查阅',
      effect: '会诊期间,六院以 TREAT 用途可查阅病历。其他医院、其他用途或会诊结束后均不可见。',
    },
    consent: permit(),
  },
  {
    en: {
      title: 'But nothing labelled psychiatric',
      effect:
        'What carries the label PSY is hidden, and so are documents nobody has screened: the label may be in them.',
    },
    zh: {
      title: '但精神科标签除外',
      effect: '带 PSY 标签的内容不可见;未经筛查的文档也不可见,因为其中可能含有。',
    },
    consent: butNot({ securityLabel: label('PSY') }),
  },
  {
    en: {
      title: 'But not a diagnosis, by its code',
      effect:
        'The code and everything below it in ICD-10 is hidden. Medicines that imply it are not: labels serve better.',
    },
    zh: {
      title: '但某诊断编码除外',
      effect: '该 ICD-10 编码及其下级均不可见。能推断该诊断的用药仍可见,建议使用标签。',
    },
    consent: butNot({ code: [concept('http://hl7.org/fhir/sid/icd-10', 'B20')] }),
  },
  {
    en: {
      title: 'Only a period of the record',
      effect: 'What certainly belongs to 2023 and 2024 is seen. What has no clinical date is not.',
    },
    zh: {
      title: '仅某一时期的病历',
      effect: '确定属于 2023 至 2024 年的内容可见;没有临床日期的不可见。',
    },
    consent: permit({ dataPeriod: { start: '2023-01-01', end: '2024-12-31' } }),
  },
  {
    en: {
      title: 'All but a period',
      effect: 'What is or may be of 2021 is hidden, the rest is seen.',
    },
    zh: { title: '某一时期除外', effect: '属于或可能属于 2021 年的不可见,其余可见。' },
    consent: butNot({ dataPeriod: { start: '2021-01-01', end: '2021-12-31' } }),
  },
  {
    en: {
      title: 'A second consent denies one doctor',
      effect:
        'A deny beats a permit, whichever is newer. Once it is set inactive the doctor sees the record with the next request.',
    },
    zh: {
      title: '另一份同意书拒绝某位医生',
      effect: '拒绝优先于允许,与先后无关。该拒绝失效后,该医生的下一次请求即可见。',
    },
    consent: {
      policyRule: concept(`${terminology}/v3-ActCode`, 'OPTOUT'),
      provision: { type: 'deny', actor: [recipient('Practitioner/no6-li')] },
    },
  },
  {
    en: {
      title: 'An exception to an exception',
      effect: 'No.6 sees all but what is labelled PSY; Dr Li sees that, too.',
    },
    zh: {
      title: '例外之例外',
      effect: '六院可见除 PSY 标签外的全部;李医生亦可见 PSY 标签的内容。',
    },
    consent: butNot({
      securityLabel: label('PSY'),
      provision: [{ type: 'permit', actor: [recipient('Practitioner/no6-li')] }],
    }),
  },
  {
    en: {
      title: 'All but one stay and what belongs to it',
      effect: 'The encounter and what refers to it are hidden; the Patient is never taken along.',
    },
    zh: {
      title: '某次就诊及相关内容除外',
      effect: '该就诊及引用它的内容不可见;Patient 不受影响。',
    },
    consent: butNot({
      data: [{ meaning: 'related', reference: { reference: 'Encounter/tinglin-liuyang-202601' } }],
    }),
  },
  {
    en: {
      title: 'One type alone',
      effect: 'Observations are seen; the Patient is not, not by include, chain or display.',
    },
    zh: {
      title: '仅一种资源类型',
      effect: 'Observation 可见;Patient 不可见,包含、链式检索和显示名均不会透露。',
    },
    consent: permit({ class: [coded('http://hl7.org/fhir/resource-types', 'Observation')] }),
  },
  {
    en: {
      title: 'Withdrawal',
      effect:
        'With status inactive the very next request sees nothing: open pages end, histories and cached versions are 404.',
    },
    zh: {
      title: '撤回',
      effect: '状态改为 inactive 后,下一次请求即不可见:已打开的分页结束,历史与缓存版本均为 404。',
    },
    consent: { ...permit(), status: 'inactive' },
  },
  {
    en: {
      title: 'Breaking the glass',
      effect:
        'With a grant for this patient, minutes long and told to the hospital first, a doctor sees what is denied, unless the deny names BTG or the label is V.',
    },
    zh: {
      title: '紧急访问',
      effect:
        '获得针对该患者的短时授权并事先通知医院后,医生可见被拒绝的内容;拒绝中点名 BTG 或标签为 V 的除外。',
    },
    consent: butNot({ securityLabel: label('PSY'), purpose: purpose('BTG') }),
  },
  {
    en: {
      title: 'Opting out, except in an emergency',
      effect:
        'TREAT sees nothing, ETREAT sees the record: the provision is the exception to the policy rule.',
    },
    zh: { title: '总体拒绝,急诊除外', effect: 'TREAT 不可见,ETREAT 可见:条款是总体规则的例外。' },
    consent: {
      policyRule: concept(`${terminology}/v3-ActCode`, 'OPTOUT'),
      provision: {
        type: 'permit',
        actor: [recipient('Organization/no6')],
        purpose: purpose('ETREAT'),
      },
    },
  },
  {
    en: {
      title: 'Nobody consents for another hospital',
      effect:
        'A hospital that sends a Consent whose organization is another one gets 403, and nothing changes.',
    },
    zh: {
      title: '不能代其他医院设置',
      effect: '医院提交 organization 为他院的同意书将得到 403,不产生任何变化。',
    },
  },
]
