import type { Message } from './messages.ts'

/** Refusals that concern who is asking. None says whether hidden data exists. */
export const accessMessages = {
  'token-missing': {
    en: 'An access token is required. Send "Authorization: Bearer <token>"; get one from /auth/token.',
    'zh-CN': '需要访问令牌。请发送 "Authorization: Bearer <token>";令牌可从 /auth/token 获取。',
  },
  'token-invalid': {
    en: 'The access token is invalid. Request a new one from /auth/token.',
    'zh-CN': '访问令牌无效。请从 /auth/token 重新获取。',
  },
  'token-expired': {
    en: 'The access token has expired. Request a new one from /auth/token.',
    'zh-CN': '访问令牌已过期。请从 /auth/token 重新获取。',
  },
  'scope-insufficient': {
    en: 'The token does not cover {interaction} on {resourceType}. It needs the scope {needed}.',
    'zh-CN': '令牌的授权范围不包含对 {resourceType} 的 {interaction} 操作。需要的 scope:{needed}。',
  },
  'break-glass-reads': {
    en: 'A token for breaking the glass only reads. Write with an ordinary token.',
    'zh-CN': '紧急访问(break-glass)令牌只能读取。写入请使用普通令牌。',
  },
  'break-glass-export': {
    en: 'A token for breaking the glass exports nothing. Read the records of the patient, or export with an ordinary token.',
    'zh-CN': '紧急访问(break-glass)令牌不能导出。请直接读取该患者的记录,或使用普通令牌导出。',
  },
  'break-glass-person': {
    en: 'Only a member of staff who has signed in with a second factor, and treats, may break the glass. Sign in again with a second factor, with purpose TREAT.',
    'zh-CN':
      '只有以第二因素登录、以诊疗为目的的医务人员才能使用紧急访问(break-glass)。请用第二因素重新登录,目的为 TREAT。',
  },
  'break-glass-too-many': {
    en: 'One person may break the glass of {limit} patients at a time. Wait until one of them ends.',
    'zh-CN': '同一人同时最多可对 {limit} 位患者使用紧急访问。请等其中一个结束。',
  },
  'patient-reads': {
    en: "A patient's own token only reads. The hospital files what the patient agrees to.",
    'zh-CN': '患者本人的令牌只能读取。患者同意的内容由医院提交。',
  },
  'audit-parameter': {
    en: 'The audit trail cannot be searched by {parameter}. It knows {expected}.',
    'zh-CN': '审计记录不能按 {parameter} 搜索。可用参数:{expected}。',
  },
  'audit-value': {
    en: 'The value of {parameter} is not one the audit trail can be searched by. References are written Type/id, dates as in FHIR, codes as in AuditEvent.',
    'zh-CN':
      '{parameter} 的值无法用于搜索审计记录。引用请写作 Type/id,日期按 FHIR 格式,代码按 AuditEvent。',
  },
  'write-foreign': {
    en: 'This resource belongs to another organization. A hospital writes only its own records.',
    'zh-CN': '该资源属于其他机构。医院只能写入本机构的记录。',
  },
  'write-other-patient': {
    en: 'The token is about one patient. The resource names another patient, several, or none. Write it with a token that is not limited to a patient.',
    'zh-CN':
      '令牌仅限一位患者。该资源涉及其他患者、多位患者或未指明患者。请使用不限定患者的令牌写入。',
  },
  'operator-only': {
    en: 'Only the operator of the exchange may do this. Active search parameters and $reindex concern every hospital; a SearchParameter may be stored with status draft.',
    'zh-CN':
      '仅平台运营方可执行此操作。启用的检索参数和 $reindex 影响所有医院;SearchParameter 可以 draft 状态存入。',
  },
  'feed-forbidden': {
    en: 'The feed desk shows a system what it has sent itself, and the integration engineers of a hospital what its clients have sent. This token is of neither. Use the token of the sending client, or of a person with the role integration-engineer.',
    'zh-CN':
      '数据接入台向系统展示其自身发送的内容,向医院的集成工程师展示本院各客户端发送的内容。该令牌两者皆非。请使用发送方客户端的令牌,或角色为 integration-engineer 的人员的令牌。',
  },
  'feed-not-replayable': {
    en: 'This payload cannot be sent again from here: its client is switched off or acts for people, or the payload is no longer readable. Send it anew from its source.',
    'zh-CN':
      '该内容无法在此重新发送:其客户端已停用或代表个人操作,或内容已无法读取。请从来源系统重新发送。',
  },
  'feed-replays-too-many': {
    en: '{found} entries to be sent again, but the limit is {limit} at a time. Send them in parts.',
    'zh-CN': '要重新发送 {found} 条,但每次上限为 {limit} 条。请分批发送。',
  },
  'feed-filter-invalid': {
    en: 'The parameter "{parameter}" of the feed desk is not understood. Expected: {expected}.',
    'zh-CN': '无法理解数据接入台的参数 "{parameter}"。应为:{expected}。',
  },
  'metrics-operator-only': {
    en: 'Metrics are for the machine the server runs on, and for clients registered with --operator. This token is of another client. Use the token of an operator, or ask at the loopback address.',
    'zh-CN':
      '指标仅供服务器本机及以 --operator 注册的客户端读取。该令牌属于其他客户端。请使用运营方令牌,或在本机回环地址访问。',
  },
  'id-prefix-foreign': {
    en: 'Ids that start with "{prefix}" are reserved for another organization. Use your own prefix "{own}", or POST to let the server assign the id.',
    'zh-CN':
      '以 "{prefix}" 开头的 id 属于其他机构。请使用本机构前缀 "{own}",或用 POST 由服务器分配 id。',
  },
  'consent-custodian': {
    en: 'A consent governs only the records of the organization that writes it. Remove Consent.organization, or name your own organization.',
    'zh-CN': '知情同意只能管理写入机构自己的记录。请去掉 Consent.organization,或填写本机构。',
  },
  'consent-not-enforceable': {
    en: '{element} cannot be enforced here, and a consent that cannot be enforced is refused. Found: {found}. Supported: {expected}.',
    'zh-CN': '{element} 无法在此执行,不能执行的知情同意会被拒绝。发现:{found}。支持:{expected}。',
  },
  'explain-principal': {
    en: 'Nobody could ask like this: expected a registered, active client whose purposes of use have this one, a person of its organization where it acts for people and none where it does not, and with BTG a patient. Correct the parameters client, person, purpose and patient.',
    'zh-CN':
      '没有人能这样请求:应为已注册且启用的客户端,其使用目的包含所给目的;代表人员的客户端须给出本机构的 person,系统客户端不得给出;目的为 BTG 时须给出 patient。请更正 client、person、purpose 与 patient 参数。',
  },
} as const satisfies Record<string, Message>
