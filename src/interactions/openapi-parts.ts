import type { InteractionCode } from './interaction.ts'

const fhirJson = 'application/fhir+json'
const fhirXml = 'application/fhir+xml'
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const content = (schema: string) => ({
  [fhirJson]: { schema: reference(schema) },
  [fhirXml]: { schema: { type: 'string' } },
})

/** What bodies look like, as far as OpenAPI says it; the rest is in the StructureDefinitions of R4. */
export const schemas = {
  Resource: {
    type: 'object',
    required: ['resourceType'],
    properties: {
      resourceType: { type: 'string' },
      id: { type: 'string' },
      meta: {
        type: 'object',
        properties: {
          versionId: { type: 'string' },
          lastUpdated: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
  Bundle: {
    type: 'object',
    required: ['resourceType', 'type'],
    properties: {
      resourceType: { const: 'Bundle' },
      type: { type: 'string' },
      total: { type: 'integer' },
      link: { type: 'array', items: { type: 'object' } },
      entry: { type: 'array', items: { type: 'object' } },
    },
  },
  OperationOutcome: {
    type: 'object',
    required: ['resourceType', 'issue'],
    properties: {
      resourceType: { const: 'OperationOutcome' },
      issue: {
        type: 'array',
        items: {
          type: 'object',
          required: ['severity', 'code'],
          properties: {
            severity: { type: 'string' },
            code: { type: 'string' },
            details: { type: 'object' },
            diagnostics: { type: 'string' },
            expression: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
  },
} as const

/** Tokens: client credentials of systems, sign-in of people. @see https://hl7.org/fhir/smart-app-launch/ */
export const securitySchemes = (baseUrl: string) => ({
  smart: {
    type: 'oauth2',
    flows: {
      clientCredentials: {
        tokenUrl: `${baseUrl}/auth/token`,
        scopes: { 'system/*.cruds': 'Everything the client may do 客户端的全部权限' },
      },
      authorizationCode: {
        authorizationUrl: `${baseUrl}/auth/authorize`,
        tokenUrl: `${baseUrl}/auth/token`,
        scopes: { 'user/*.cruds': 'Everything the person may do 人员的全部权限' },
      },
    },
  },
})

const refusals: Readonly<Record<string, string>> = {
  400: 'Not understood 无法理解',
  401: 'No valid token 没有有效令牌',
  403: 'Scope, purpose or hospital do not cover it 权限不足',
  404: 'Not there, or not to be seen 不存在或不可见',
  409: 'Met another write 与其他写入冲突',
  412: 'The version or the criteria do not fit 版本或条件不符',
  422: 'The resource breaks rules, each listed 资源违反规则,逐条列出',
  429: 'Too much at a time; Retry-After says when 请求过多',
  503: 'Try again; Retry-After says when 稍后重试',
}

const refusalsOf = (codes: readonly string[]) =>
  Object.fromEntries(
    codes.map(code => [
      code,
      { description: refusals[code]!, content: content('OperationOutcome') },
    ]),
  )

const always = ['400', '401', '403', '404', '429', '503']
const onWrites = [...always, '409', '412', '422']

const isRead = (code: InteractionCode): boolean =>
  code === 'read' || code === 'vread' || code === 'capabilities'
const isBundle = (code: InteractionCode): boolean =>
  /^(?:search|history)-/.test(code) || code === 'batch' || code === 'transaction'

const answer = (description: string, schema: string) => ({ description, content: content(schema) })

/** Every status an interaction answers with. */
export const responsesOf = (code: InteractionCode): Readonly<Record<string, unknown>> => {
  if (isRead(code)) return { 200: answer('Found 已找到', 'Resource'), ...refusalsOf(always) }
  if (code === 'batch') return { 200: answer('Done 已完成', 'Bundle'), ...refusalsOf(onWrites) }
  if (isBundle(code)) return { 200: answer('Found 已找到', 'Bundle'), ...refusalsOf(always) }
  if (code === 'operation')
    return { 200: answer('Done 已完成', 'Resource'), ...refusalsOf(onWrites) }
  if (code.endsWith('delete'))
    return { 204: { description: 'Not there any more 已不存在' }, ...refusalsOf(onWrites) }
  const changed = answer('Changed, or as it was 已更新或未变化', 'Resource')
  const isPatch = code.endsWith('patch')
  return {
    200: changed,
    ...(isPatch ? {} : { 201: answer('Created 已新建', 'Resource') }),
    ...refusalsOf(onWrites),
  }
}

/** The body an interaction takes. */
export const bodyOf = (
  code: InteractionCode,
  isForm: boolean,
): Readonly<Record<string, unknown>> => {
  if (isForm)
    return {
      requestBody: {
        content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
      },
    }
  if (code === 'batch') return { requestBody: { required: true, content: content('Bundle') } }
  if (code.endsWith('patch'))
    return {
      requestBody: {
        required: true,
        content: {
          'application/json-patch+json': { schema: { type: 'array', items: { type: 'object' } } },
          ...content('Resource'),
        },
      },
    }
  const takesBody = ['create', 'update', 'conditional-update', 'operation'].includes(code)
  return takesBody
    ? { requestBody: { required: code !== 'operation', content: content('Resource') } }
    : {}
}

const json = (description: string) => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})
const ofDesk = (operationId: string, summary: string, more: object = {}) => ({
  ...{ operationId, summary, tags: ['Feed desk'] },
  responses: { 200: json('Done 已完成'), ...refusalsOf(['400', '401', '403', '404']) },
  ...more,
})
const filters = ['client', 'type', 'day', 'code', 'open', 'before', '_count'].map(name => ({
  ...{ name, in: 'query' as const, schema: { type: 'string' } },
}))
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } } as const

/** What is served beside FHIR: the feed desk and the health of the server. */
export const deskPaths = {
  '/feed': {
    get: ofDesk('feed', 'What was refused, the newest first · 被拒绝的内容', {
      parameters: filters,
    }),
  },
  '/feed/summary': { get: ofDesk('feed_summary', 'Daily reconciliation · 每日对账') },
  '/feed/export': {
    get: ofDesk('feed_export', 'Everything as NDJSON · 导出', { parameters: filters }),
  },
  '/feed/{id}': {
    get: ofDesk('feed_entry', 'One payload beside its errors · 内容及原因', { parameters: [id] }),
  },
  '/feed/{id}/replay': {
    post: ofDesk('feed_replay', 'Send one again, or a corrected body · 重新发送', {
      parameters: [id],
      requestBody: { content: content('Resource') },
    }),
  },
  '/feed/replay': {
    post: ofDesk('feed_replays', 'Send several again · 批量重新发送', {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { ids: { type: 'array', items: { type: 'string' }, maxItems: 100 } },
            },
          },
        },
      },
    }),
  },
  '/health/live': {
    get: {
      ...{
        operationId: 'live',
        summary: 'Whether the process answers · 存活',
        tags: ['Operations of the server'],
      },
      ...{ security: [], responses: { 200: json('Live 存活') } },
    },
  },
  '/health/ready': {
    get: {
      ...{
        operationId: 'ready',
        summary: 'Whether it can work · 就绪',
        tags: ['Operations of the server'],
      },
      ...{ security: [], responses: { 200: json('Ready 就绪'), 503: json('Not ready 未就绪') } },
    },
  },
} as const
