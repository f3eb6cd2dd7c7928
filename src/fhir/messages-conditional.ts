import type { Message } from './messages.ts'

/** Refusals and notes of conditional writes, transactions and repeated requests. */
export const conditionalMessages = {
  matched: {
    en: 'One resource already meets If-None-Exist; it is the one answered, and nothing was stored.',
    'zh-CN': '已有一个资源满足 If-None-Exist 条件;返回该资源,未存储任何内容。',
  },
  'criteria-missing': {
    en: 'The conditional request names no search criterion. Add one, such as identifier=[system]|[value].',
    'zh-CN': '条件请求没有给出任何查询条件。请添加,例如 identifier=[system]|[value]。',
  },
  'criteria-other-type': {
    en: 'The criteria are for another resource type than {expected}. Write them without a type, as identifier=[system]|[value].',
    'zh-CN':
      '查询条件针对的资源类型不是 {expected}。请只写条件本身,例如 identifier=[system]|[value]。',
  },
  'criteria-result-parameter': {
    en: '"{found}" shapes a list of results and is no criterion. A conditional request takes only criteria: leave it out.',
    'zh-CN': '"{found}" 只影响结果列表,不是查询条件。条件请求只接受查询条件,请去掉该参数。',
  },
  'criteria-many': {
    en: 'More than one {resourceType} of your hospital meets the criteria; exactly one or none is needed. Add criteria, best an identifier with its system.',
    'zh-CN':
      '本机构有多个 {resourceType} 满足条件,而此处要求至多一个。请增加条件,最好使用带 system 的标识。',
  },
  'if-match-none': {
    en: 'If-Match names a version, but no resource of your hospital meets the criteria. Leave If-Match out if it may be gone already.',
    'zh-CN':
      'If-Match 指定了版本,但本机构没有满足条件的资源。如果资源可能已被删除,请去掉 If-Match。',
  },
  'criteria-beyond-policy': {
    en: 'More than {limit} {resourceType} of your hospital meet the criteria, and one conditional delete may remove {limit}; nothing was deleted. Add criteria, or delete in smaller parts.',
    'zh-CN':
      '本机构有超过 {limit} 个 {resourceType} 满足条件,而一次条件删除最多可删除 {limit} 个;未删除任何资源。请增加条件,或分批删除。',
  },
  'already-there': {
    en: 'If-None-Match: * asks that nothing is stored under this id, and something is; nothing was changed. Read it, and send its ETag in If-Match to change it.',
    'zh-CN':
      'If-None-Match: * 要求该 id 下尚无资源,但已有资源;未作任何更改。请先读取该资源,并在 If-Match 中发送其 ETag 以修改。',
  },
  'if-match-required': {
    en: 'Your hospital has agreed that a change names the version it is made to; nothing was changed. Read the resource and send its ETag in If-Match.',
    'zh-CN':
      '本机构约定修改时必须注明所依据的版本;未作任何更改。请先读取资源,并在 If-Match 中发送其 ETag。',
  },
  'criteria-id-mismatch': {
    en: 'The id in the body differs from the id of the resource that meets the criteria. Leave the id out, or send the same one.',
    'zh-CN': '请求体中的 id 与满足条件的资源的 id 不同。请去掉 id,或使用相同的 id。',
  },
  'criteria-id-taken': {
    en: 'No resource meets the criteria, and the id in the body belongs to a resource that does not. Leave the id out, or correct the criteria.',
    'zh-CN':
      '没有资源满足条件,而请求体中的 id 已被另一个不满足条件的资源使用。请去掉 id,或更正条件。',
  },
  'reference-no-match': {
    en: 'The conditional reference finds no {resourceType} among your records and the shared directory; exactly one is needed. Send that resource first, or correct the reference.',
    'zh-CN':
      '条件引用在本机构的记录和共享目录中没有找到 {resourceType},而此处要求恰好一个。请先发送该资源,或更正引用。',
  },
  'reference-many-matches': {
    en: 'The conditional reference finds more than one {resourceType}; exactly one is needed. Use an identifier with its system, or a literal reference.',
    'zh-CN':
      '条件引用找到多个 {resourceType},而此处要求恰好一个。请使用带 system 的标识,或直接写 Type/id 引用。',
  },
  'references-too-many': {
    en: 'The request has more than {limit} different conditional references. Split it, or use literal references.',
    'zh-CN': '请求中不同的条件引用超过 {limit} 个。请拆分请求,或直接写 Type/id 引用。',
  },
  'stale-ignored': {
    en: 'What is stored is newer or more final, by the time and status its source gave it; nothing was changed. This answer shows the stored version.',
    'zh-CN': '按来源给出的时间和状态,已存储的版本更新或更终;未作任何更改。本次响应为已存储的版本。',
  },
  'source-time-ahead': {
    en: 'The source says it changed this {minutes} minutes from now; up to {limit} are taken as a clock that is ahead. Correct the clock or the time zone of the source, and send it again.',
    'zh-CN':
      '来源给出的修改时间比当前时间晚 {minutes} 分钟;最多允许 {limit} 分钟的时钟误差。请校正来源的时钟或时区后重新发送。',
  },
  'resource-subsetted': {
    en: 'The tag SUBSETTED says that this is a part of a resource, as _elements and _summary give it; stored, it would remove the rest. Read the whole resource, change that, and send it without the tag.',
    'zh-CN':
      '标签 SUBSETTED 表明这只是资源的一部分(由 _elements 或 _summary 返回);存储会丢失其余内容。请读取完整资源,修改后不带该标签重新发送。',
  },
  'reference-target-unknown': {
    en: 'The reference leads to nothing that your hospital may see. Send that resource first or in the same transaction, or correct the reference.',
    'zh-CN': '该引用指向的资源不存在或本机构不可见。请先发送该资源,或放在同一事务中,或更正引用。',
  },
  'reference-targets-too-many': {
    en: 'The request refers to more than {limit} different resources. Split it.',
    'zh-CN': '请求引用的不同资源超过 {limit} 个。请拆分请求。',
  },
  'identifier-reference-unknown': {
    en: 'None of your patients has the identifier {masked}. Send the Patient first or in the same transaction, or correct the identifier.',
    'zh-CN': '本机构没有标识为 {masked} 的患者。请先发送该 Patient,或放在同一事务中,或更正标识。',
  },
  'identifier-reference-many': {
    en: 'More than one of your patients has this identifier; exactly one is needed. Merge them, or use a literal reference.',
    'zh-CN':
      '本机构有多个患者使用该标识,而此处要求恰好一个。请合并患者记录,或直接写 Patient/id 引用。',
  },
  'identifier-references-too-many': {
    en: 'The request names more than {limit} different patients by identifier. Split it.',
    'zh-CN': '请求按标识引用的不同患者超过 {limit} 个。请拆分请求。',
  },
  'idempotency-key-invalid': {
    en: 'Idempotency-Key must be 1 to {limit} visible ASCII characters, such as a UUID.',
    'zh-CN': 'Idempotency-Key 必须为 1 至 {limit} 个可见 ASCII 字符,例如一个 UUID。',
  },
  'idempotency-key-reused': {
    en: 'This Idempotency-Key was used for a different request in the last {days} days. Use a new key for a new request.',
    'zh-CN': '该 Idempotency-Key 在最近 {days} 天内已用于另一个请求。新请求请使用新的键。',
  },
  'idempotency-key-reads': {
    en: 'An answer with records that were read is not kept, so a bundle with an Idempotency-Key may only write. Send the reads in a bundle without the key.',
    'zh-CN':
      '服务器不保存含有读取结果的响应,因此带 Idempotency-Key 的 Bundle 只能包含写操作。请将读取放到不带该键的 Bundle 中。',
  },
} as const satisfies Record<string, Message>
