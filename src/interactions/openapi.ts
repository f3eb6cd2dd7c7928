import type { Definitions } from '../fhir/definitions.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { supportedParameters } from '../search/supported.ts'
import type { Context, InteractionCode } from './interaction.ts'
import { bodyOf, deskPaths, responsesOf, schemas, securitySchemes } from './openapi-parts.ts'
import { operations, type OperationDefinition } from './operations/definitions.ts'
import { routes, type Route } from './routes.ts'

/** Types whose addresses are written out; all others are found under `{type}`. */
const mainTypes = ['Patient', 'Observation', 'DiagnosticReport', 'ServiceRequest', 'Consent']

/** What each interaction does, in English and Chinese. */
const summaries: Readonly<Record<InteractionCode, readonly [en: string, zh: string]>> = {
  read: ['Read the current version', '读取当前版本'],
  vread: ['Read one version', '读取指定版本'],
  update: ['Create or replace under an id of your prefix', '按本院前缀的 id 新建或替换'],
  patch: ['Change parts: JSON Patch or FHIRPath Patch', '局部修改'],
  delete: ['Delete', '删除'],
  create: [
    'Create; with If-None-Exist only what is not there',
    '新建;If-None-Exist 时仅在不存在时新建',
  ],
  'conditional-update': ['Create or replace by a business identifier', '按业务标识新建或替换'],
  'conditional-patch': ['Patch what the criteria meet', '按条件局部修改'],
  'conditional-delete': ['Delete what the criteria meet', '按条件删除'],
  'history-instance': ['Versions of one resource', '单个资源的历史'],
  'history-type': ['Versions of a type', '某类型的历史'],
  'history-system': ['Versions of everything', '全部历史'],
  'search-type': ['Search', '检索'],
  'search-system': ['Search several types', '多类型检索'],
  capabilities: ['What this server does', '服务器能力'],
  batch: [
    'Batch: each entry on its own; transaction: all or nothing',
    '批处理逐条执行;事务全部成功或全部失败',
  ],
  transaction: ['Transaction: all or nothing', '事务:全部成功或全部失败'],
  operation: ['Operation', '操作'],
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: true
  readonly description?: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** One thing that can be asked for. @see https://spec.openapis.org/oas/v3.1.0#operation-object */
export interface ApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, unknown>>
  readonly security?: readonly unknown[]
}

/** Its paths, each with its methods. */
export type ApiPaths = Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>

/**
 * The OpenAPI document, computed from the tables the CapabilityStatement is computed from: routes,
 * operations and search parameters. `types` are written out one by one, with their search parameters.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export const openApi = (
  { baseUrl, definitions }: Pick<Context, 'baseUrl' | 'definitions'>,
  types: readonly string[] = mainTypes,
) => ({
  openapi: '3.1.0',
  info: {
    title: 'Huizhen 会诊',
    version: '0.1.0',
    description:
      'FHIR R4 exchange between hospitals for remote consultation. 面向远程会诊的 FHIR R4 医院间数据交换服务。',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: baseUrl }],
  security: [{ smart: [] }],
  paths: pathsOf(definitions, types.filter(isResourceType)),
  components: { securitySchemes: securitySchemes(baseUrl), schemas },
})

const pathsOf = (definitions: Definitions, types: readonly string[]): ApiPaths => {
  const paths: Record<string, Record<string, ApiOperation>> = {}
  const put = (path: string, method: string, operation: ApiOperation): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  for (const route of routes) {
    if (route.path.includes('$')) continue
    const named = route.path.startsWith('[type]') ? ['{type}', ...types] : ['']
    for (const type of named)
      put(addressOf(route.path, type), route.method, operationOf(route, type, definitions))
  }
  for (const definition of operations)
    for (const path of operationPaths(definition))
      for (const method of definition.affectsState ? ['POST'] : ['GET', 'POST'])
        put(path, method, calledOperation(definition, path, method))
  return { ...paths, ...deskPaths }
}

const addressOf = (path: Route['path'], type: string): string =>
  `/fhir${path === '' ? '' : '/'}${path
    .replace('[type]', type)
    .replace('[id]', '{id}')
    .replace('[type]', '{member}')
    .replace('[vid]', '{vid}')}`

const operationOf = (route: Route, type: string, definitions: Definitions): ApiOperation => {
  const code = route.interactions[0]!
  const [en, zh] = summaries[code]
  const address = addressOf(route.path, type)
  const hasCriteria = code.startsWith('search') || code.startsWith('conditional')
  const searched = hasCriteria && isResourceType(type) ? searchParameters(type, definitions) : []
  const isPost = route.method === 'POST'
  return {
    operationId: idOf(route.method, address),
    summary: `${en} · ${zh}`,
    tags: [isResourceType(type) ? type : type === '' ? 'System' : 'All types'],
    parameters: [...pathParameters(address), ...(isPost ? [] : searched), ...headersOf(code)],
    ...bodyOf(code, isPost && code.startsWith('search')),
    responses: responsesOf(code),
    ...(code === 'capabilities' ? { security: [] } : {}),
  }
}

const idOf = (method: string, address: string): string =>
  `${method.toLowerCase()}${address.replace('*', 'any').replace(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => `_${letter}`)}`

const pathParameters = (address: string): readonly Parameter[] =>
  [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: {
      type: 'string',
      pattern: name.endsWith('id') ? '^[A-Za-z0-9.-]{1,64}$' : '^[A-Z][A-Za-z]+$',
    },
  }))

const searchParameters = (type: string, definitions: Definitions): readonly Parameter[] =>
  supportedParameters(type, definitions).map(({ code, type: kind, description }) => ({
    ...{ name: code, in: 'query', schema: { type: 'string' } },
    description: `${kind}: ${description}`,
  }))

const header = (name: string, description: string): Parameter => ({
  ...{ name, in: 'header', description, schema: { type: 'string' } },
})

const headersOf = (code: InteractionCode): readonly Parameter[] => {
  const language = header('Accept-Language', 'en or zh-CN: the language of refusals 拒绝信息的语言')
  if (code === 'create')
    return [
      header('If-None-Exist', 'Criteria; 200 with the one that meets them 已存在则返回 200'),
      header('Idempotency-Key', 'Done once in seven days 七日内只执行一次'),
      language,
    ]
  if (code === 'update' || code === 'patch' || code === 'delete')
    return [header('If-Match', 'W/"version": 412 when there is another 版本不符则 412'), language]
  return [language]
}

const operationPaths = (definition: OperationDefinition): readonly string[] =>
  definition.levels.flatMap(level => {
    if (level === 'system') return [`/fhir/$${definition.name}`]
    const types = definition.resourceTypes ?? ['{type}']
    const id = level === 'instance' ? '/{id}' : ''
    return types.map(type => `/fhir/${type}${id}/$${definition.name}`)
  })

const calledOperation = (
  { name, canonical }: OperationDefinition,
  path: string,
  method: string,
): ApiOperation => ({
  operationId: idOf(method, path),
  summary: `$${name} · ${canonical}`,
  tags: ['Operations'],
  parameters: pathParameters(path),
  ...(method === 'POST' ? bodyOf('operation', false) : {}),
  responses: responsesOf('operation'),
})
