import type { Language } from '../../fhir/outcome.ts'

interface Section {
  readonly id: string
  readonly title: string
  /** HTML. */
  readonly body: string
}

const titles = { en: 'Operating guide', 'zh-CN': '运维指南' } as const

const list = (items: readonly string[]): string =>
  `<ul>\n${items.map(item => `<li>${item}`).join('\n')}\n</ul>`

/** Visits a year, resources a year, writes a second at the peak and in a burst, disk a year. */
const sizes = [
  ['700 beds', '700 张床位', '1.2 M', '28 M', '4', '20', '0.12 TB'],
  ['a district of 0.8 M people', '80 万人口的区', '9.3 M', '198 M', '28', '141', '0.8 TB'],
  ['a city of 25 M people', '2500 万人口的城市', '283 M', '6.0 G', '860', '4300', '25 TB'],
] as const

const sizing = (heads: readonly string[], language: Language): string =>
  `<table><tr>${heads.map(head => `<th>${head}`).join('')}
${sizes.map(([en, zh, ...figures]) => `<tr><td>${language === 'en' ? en : zh}${figures.map(figure => `<td>${figure}`).join('')}`).join('\n')}
</table>`

const english: readonly Section[] = [
  {
    id: 'setting-up',
    title: 'Setting up',
    body: `<p><code>compose.yaml</code> runs PostgreSQL, the server, TLS and backups on one machine; its first lines say what it needs. Elsewhere: make a role, run <code>huizhen migrate --serving ROLE</code> as the owner, and serve with the role. It reads and writes rows, appends to the audit trail, and can neither change the schema nor a row of the trail.</p>
${list([
  '<code>huizhen org add</code>, <code>client add --jwks FILE</code>, <code>person add</code>, <code>person second-factor</code>: who takes part.',
  '<code>huizhen doctor</code> checks database, migrations, keys and clock.',
])}`,
  },
  {
    id: 'secrets',
    title: 'Secrets',
    body: list([
      'Signing keys, the key of page links and, unless <code>HUIZHEN_FEED_KEY</code> is set, the key of refused payloads are in the table <code>secret</code>: a backup holds them.',
      'Private keys of hospitals stay with them; secrets of clients are stored as hashes; passwords by scrypt.',
      'A token is taken back by <code>huizhen revoke</code>, a client, person or hospital by <code>off</code>; both hold for the next request.',
    ]),
  },
  {
    id: 'upgrades',
    title: 'Upgrade and rollback',
    body: `<p>Take a backup, run <code>huizhen migrate --serving ROLE</code> of the new version, then start its servers one by one; each drains on SIGTERM. The head of each file in <code>migrations/</code> says what it locks and whether servers of the version before can go on. Migrations only go forward: back means the backup, or a moment before the upgrade from the archive. A server refuses a database that is newer than itself.</p>`,
  },
  {
    id: 'backups',
    title: 'Backups',
    body: `<p>With <code>compose.yaml</code> the volume <code>archive</code> has a base backup of each night and all WAL since. To go back to a moment: stop everything but the archive, unpack a base backup into an empty data directory, set <code>restore_command = 'cp /archive/wal/%f %p'</code> and <code>recovery_target_time</code>, create <code>recovery.signal</code> and start PostgreSQL. Copy the archive to another place. The embedded database is copied while the server is stopped. <code>npm run drill</code> tries it.</p>`,
  },
  {
    id: 'monitoring',
    title: 'What to watch',
    body: list([
      '<code>/health/live</code> restarts a process, <code>/health/ready</code> takes it out of the balancer: database, migrations, definitions, disk.',
      '<code>huizhen_interaction_duration_seconds</code>: p99 of <code>perform</code> by interaction. <code>huizhen_http_request_duration_seconds_count{status=~"5.."}</code>: should stand still.',
      '<code>huizhen_audit_unsealed_seconds</code> above 60, <code>huizhen_audit_records_waiting</code> above 1000: the trail falls behind.',
      '<code>huizhen_requests_waiting</code> and <code>huizhen_database_connections_awaited</code> above 0 for minutes: more hospitals than the machine serves.',
      '<code>huizhen_refusals_total</code> by code: a sudden rise is a sender that changed. The <a href="/desk">feed desk</a> shows whose.',
      '<code>huizhen audit verify --expect SEAL:DIGEST</code> every night, with the digest of the night before kept elsewhere.',
      'The log tells of faults and of answers slower than ten seconds; at <code>LOG_LEVEL=debug</code> of every answer. It never holds addresses, search values or bodies.',
    ]),
  },
  {
    id: 'sizing',
    title: 'Sizes',
    body: `<p>Estimates from public figures: 14 resources a visit, 390 an admission, the peak hour 15 % of a weekday, bursts five times that after an outage. One server process takes some thousands of small writes a second at most; a city is several installations.</p>
${sizing(['', 'visits a year', 'resources a year', 'writes/s, peak hour', 'writes/s, burst', 'disk a year'], 'en')}`,
  },
]

const chinese: readonly Section[] = [
  {
    id: 'setting-up',
    title: '部署',
    body: `<p><code>compose.yaml</code> 在一台机器上运行 PostgreSQL、服务器、TLS 与备份,所需设置见文件开头。其他环境:先建角色,以所有者身份运行 <code>huizhen migrate --serving ROLE</code>,再以该角色运行服务。该角色可读写数据行、追加审计记录,不能更改表结构,也不能改动审计记录。</p>
${list([
  '<code>huizhen org add</code>、<code>client add --jwks FILE</code>、<code>person add</code>、<code>person second-factor</code>:登记参与方。',
  '<code>huizhen doctor</code> 检查数据库、迁移、密钥与时钟。',
])}`,
  },
  {
    id: 'secrets',
    title: '密钥',
    body: list([
      '签名密钥、分页链接密钥以及(未设置 <code>HUIZHEN_FEED_KEY</code> 时)被拒内容的密钥存于表 <code>secret</code>,备份中包含这些密钥。',
      '医院私钥由医院保管;客户端密钥仅存哈希;密码使用 scrypt。',
      '<code>huizhen revoke</code> 收回令牌,<code>off</code> 停用客户端、人员或医院,均对下一次请求生效。',
    ]),
  },
  {
    id: 'upgrades',
    title: '升级与回退',
    body: `<p>先备份,以新版本运行 <code>huizhen migrate --serving ROLE</code>,再逐个启动服务;收到 SIGTERM 时先完成进行中的请求。<code>migrations/</code> 中每个文件的开头说明加锁情况及旧版本能否继续运行。迁移只向前;回退即恢复备份,或由归档恢复到升级前的时刻。服务器拒绝比自身更新的数据库。</p>`,
  },
  {
    id: 'backups',
    title: '备份',
    body: `<p>使用 <code>compose.yaml</code> 时,卷 <code>archive</code> 保存每晚的基础备份及其后的全部 WAL。恢复到某一时刻:停止除归档外的服务,将基础备份解压到空的数据目录,设置 <code>restore_command = 'cp /archive/wal/%f %p'</code> 与 <code>recovery_target_time</code>,创建 <code>recovery.signal</code> 后启动 PostgreSQL。请将归档复制到其他地点。内嵌数据库在服务停止后复制。<code>npm run drill</code> 会演练。</p>`,
  },
  {
    id: 'monitoring',
    title: '监控',
    body: list([
      '<code>/health/live</code> 用于重启进程,<code>/health/ready</code> 用于移出负载均衡:数据库、迁移、定义、磁盘。',
      '<code>huizhen_interaction_duration_seconds</code>:各交互 <code>perform</code> 的 p99。<code>huizhen_http_request_duration_seconds_count{status=~"5.."}</code>:应保持不变。',
      '<code>huizhen_audit_unsealed_seconds</code> 超过 60、<code>huizhen_audit_records_waiting</code> 超过 1000:审计滞后。',
      '<code>huizhen_requests_waiting</code> 与 <code>huizhen_database_connections_awaited</code> 持续数分钟大于 0:机器容量不足。',
      '<code>huizhen_refusals_total</code> 按代码统计:突增说明发送方有变化,<a href="/desk">数据接入台</a>可查看来源。',
      '每晚运行 <code>huizhen audit verify --expect SEAL:DIGEST</code>,摘要另处保存。',
      '日志记录故障及超过十秒的回答;<code>LOG_LEVEL=debug</code> 时记录每个回答。日志不含地址、检索值与内容。',
    ]),
  },
  {
    id: 'sizing',
    title: '规模',
    body: `<p>依据公开数据的估算:每次就诊 14 个资源,每次住院 390 个,高峰小时占工作日的 15%,故障恢复后的突发为其五倍。单个服务进程每秒最多处理数千次小型写入;一座城市需要多套部署。</p>
${sizing(['', '年就诊量', '年资源数', '高峰每秒写入', '突发每秒写入', '年磁盘增量'], 'zh-CN')}`,
  },
]

const sections: Readonly<Record<Language, readonly Section[]>> = { en: english, 'zh-CN': chinese }

/** The title of the guide. */
export const operatingGuideTitle = (language: Language): string => titles[language]

/** How to run the exchange: setting up, secrets, upgrades, backups, what to watch, sizes. */
export const operatingGuide = (language: Language): string =>
  sections[language]
    .map(({ id, title, body }) => `<h2 id="${id}">${title}</h2>\n${body}`)
    .join('\n')
