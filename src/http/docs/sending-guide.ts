import type { Language } from '../../fhir/outcome.ts'

interface Section {
  readonly id: string
  readonly title: string
  /** HTML. */
  readonly paragraphs: readonly string[]
}

const titles = { en: "Sender's guide", 'zh-CN': '数据发送指南' } as const

const english: readonly Section[] = [
  {
    id: 'upserts',
    title: 'Upserts',
    paragraphs: [
      'Send by business identifier: <code>PUT Observation?identifier=system|value</code>. 201 when it was not there, 200 when it was, 412 when several meet it. Fifty at the same moment make one resource.',
      'Or choose the id, beginning with your prefix: <code>PUT Patient/tinglin-1001</code>. Another hospital’s prefix is 403. Without a prefix the server chooses: <code>POST Patient</code>, with <code>If-None-Exist</code> only once.',
      'The same content again is 200 and makes no new version, however often.',
    ],
  },
  {
    id: 'retries',
    title: 'Retries',
    paragraphs: [
      '429 and 503 carry Retry-After: send the same again after it. A broken connection: send the same again. Upserts repeat without harm; a <code>POST</code> or a bundle does with <code>Idempotency-Key</code>, which is remembered for seven days.',
      '400, 403, 404, 409, 412, 415 and 422 do not pass by themselves: the OperationOutcome says what to mend, in details.coding with a stable code. Nothing sent badly is ever answered with 500.',
      'A refused payload is kept for your engineers at the <a href="/desk">feed desk</a>, to be sent again after a fix.',
    ],
  },
  {
    id: 'order',
    title: 'Order',
    paragraphs: [
      'Messages arrive late and twice. A client registered with --source-version sends the time of its source, as the extension <code>urn:huizhen:source-updated</code> on meta, as <code>meta.source</code> ending in <code>#updated=</code> and an instant, or as <code>issued</code>. What is older than stored is answered with 200 and <code>stale-ignored</code>, and changes nothing; entered-in-error is always taken.',
      'Results may come before their orders. With references open they are stored as they are; with references enforced their targets have to be there, or in the same bundle.',
      'A patient known by an identifier alone is written as <code>{"type": "Patient", "identifier": …}</code>: resolved where your hospital resolves identifiers, and made as a stub where your client makes stub patients.',
    ],
  },
  {
    id: 'clocks',
    title: 'Clocks',
    paragraphs: [
      'The server sets lastUpdated. A source time more than a day ahead is 422, because everything after it would be ignored. Times without a zone are of the zone of the exchange, Asia/Shanghai unless set otherwise.',
      'Tokens live for minutes; clocks may differ by half a minute.',
    ],
  },
  {
    id: 'bundles',
    title: 'Batches and transactions',
    paragraphs: [
      'A transaction is all or nothing: a report with its results, a consultation with its consent. A batch is entry by entry, each with its status, in the order of the request: for a backlog.',
      'Sizes are bounded: 10,000 entries and 64 MiB unless the operator says otherwise, 413 beyond. A backlog is sent with a few connections: 32 requests of the exchange run at a time, in equal parts of the hospitals that ask.',
    ],
  },
  {
    id: 'corrections',
    title: 'Corrections and merges',
    paragraphs: [
      'What was wrong gets status entered-in-error, what was called off cancelled; DELETE is for what should never have been sent. A merged Patient says so itself, by a link of type replaced-by: searches by either find both.',
    ],
  },
  {
    id: 'reconciliation',
    title: 'Reconciliation',
    paragraphs: [
      '<code>GET /feed/summary</code> counts what was accepted, ignored as old and refused, by client, type and day, and tells which clients have fallen silent. <code>GET Observation?_summary=count&amp;_lastUpdated=ge2026-01-01</code> counts what is stored.',
    ],
  },
]

const chinese: readonly Section[] = [
  {
    id: 'upserts',
    title: '新建或更新',
    paragraphs: [
      '按业务标识发送:<code>PUT Observation?identifier=system|value</code>。不存在为 201,已存在为 200,多个匹配为 412。同时发送五十次也只产生一个资源。',
      '或自选以本院前缀开头的 id:<code>PUT Patient/tinglin-1001</code>。使用他院前缀为 403。也可由服务器分配:<code>POST Patient</code>,配合 <code>If-None-Exist</code> 只新建一次。',
      '重复发送相同内容为 200,不产生新版本。',
    ],
  },
  {
    id: 'retries',
    title: '重试',
    paragraphs: [
      '429 和 503 带有 Retry-After,到时重发即可。连接中断时重发即可。新建或更新可安全重复;<code>POST</code> 与 Bundle 使用 <code>Idempotency-Key</code>,保留七天。',
      '400、403、404、409、412、415、422 不会自行消失:OperationOutcome 说明如何修正,details.coding 中有固定代码。错误数据绝不会得到 500。',
      '被拒绝的内容保存在<a href="/desk">数据接入台</a>,修正后可重新发送。',
    ],
  },
  {
    id: 'order',
    title: '顺序',
    paragraphs: [
      '消息可能迟到或重复。以 --source-version 注册的客户端发送来源时间:meta 上的扩展 <code>urn:huizhen:source-updated</code>、以 <code>#updated=</code> 加时刻结尾的 <code>meta.source</code>,或 <code>issued</code>。早于已存版本的以 200 和 <code>stale-ignored</code> 回答,不作更改;entered-in-error 始终接受。',
      '结果可先于医嘱到达。引用策略为 open 时原样保存;为 enforced 时目标须已存在或在同一 Bundle 中。',
      '仅知标识的患者写作 <code>{"type": "Patient", "identifier": …}</code>:医院启用标识解析时自动解析,客户端启用占位患者时自动新建占位。',
    ],
  },
  {
    id: 'clocks',
    title: '时钟',
    paragraphs: [
      'lastUpdated 由服务器设置。来源时间超前一天以上为 422,否则其后的更新都会被忽略。不带时区的时间按平台时区处理,默认 Asia/Shanghai。',
      '令牌有效期为数分钟;时钟误差可为半分钟。',
    ],
  },
  {
    id: 'bundles',
    title: '批处理与事务',
    paragraphs: [
      '事务全部成功或全部失败:报告与结果、会诊与同意书。批处理逐条执行,按请求顺序给出状态:适合补传。',
      '大小有上限:默认 10,000 条、64 MiB,超过为 413。补传请使用少量连接:平台同时执行 32 个请求,由正在请求的医院均分。',
    ],
  },
  {
    id: 'corrections',
    title: '更正与合并',
    paragraphs: [
      '错误的内容状态改为 entered-in-error,取消的改为 cancelled;DELETE 仅用于本不应发送的内容。患者合并由 Patient 自身的 replaced-by 链接表示:以任一患者检索均可找到两者。',
    ],
  },
  {
    id: 'reconciliation',
    title: '对账',
    paragraphs: [
      '<code>GET /feed/summary</code> 按客户端、类型、日期统计已接受、因过期忽略和被拒绝的数量,并指出静默的客户端。<code>GET Observation?_summary=count&amp;_lastUpdated=ge2026-01-01</code> 统计已存数量。',
    ],
  },
]

const sections: Readonly<Record<Language, readonly Section[]>> = { en: english, 'zh-CN': chinese }

/** The title of the guide. */
export const sendingGuideTitle = (language: Language): string => titles[language]

/** How to send: upserts, retries, order, clocks, bundles, corrections, reconciliation. */
export const sendingGuide = (language: Language): string =>
  sections[language]
    .map(
      ({ id, title, paragraphs }) =>
        `<h2 id="${id}">${title}</h2>\n${paragraphs.map(text => `<p>${text}</p>`).join('\n')}`,
    )
    .join('\n')
