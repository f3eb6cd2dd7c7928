import type { Resource } from '../../src/fhir/resource.ts'
import { Failure, resourceOf, substituted, type Run } from './exchange.ts'
import type { Operation } from './script.ts'

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/fhir+json',
  xml: 'application/fhir+xml',
}
const mediaType = (code: string): string => mediaTypes[code] ?? code

/** The method of each code, and what its address has after the type. */
const codes: ReadonlyMap<
  string,
  readonly [method: string, path: 'id' | 'history' | 'type' | 'system']
> = new Map([
  ['read', ['GET', 'id']],
  ['vread', ['GET', 'history']],
  ['history', ['GET', 'history']],
  ['search', ['GET', 'type']],
  ['create', ['POST', 'type']],
  ['update', ['PUT', 'id']],
  ['updateCreate', ['PUT', 'id']],
  ['patch', ['PATCH', 'id']],
  ['delete', ['DELETE', 'id']],
  ['batch', ['POST', 'system']],
  ['transaction', ['POST', 'system']],
  ['capabilities', ['GET', 'system']],
])

/** Does what the operation says; its answer is then the run's last. @throws Failure */
export const perform = async (operation: Operation, run: Run): Promise<void> => {
  const code = operation.type?.code
  const [method] = codes.get(code ?? '') ?? []
  const verb = operation.method?.toUpperCase() ?? method
  if (verb === undefined) throw new Failure(`operation ${code ?? 'without type'} has no method`)
  const url = await address(operation, run)
  const headers: Record<string, string> = {}
  if (operation.accept !== undefined) headers['accept'] = mediaType(operation.accept)
  const body = bodyOf(operation, verb, run)
  if (body !== undefined) headers['content-type'] = mediaType(operation.contentType ?? 'json')
  for (const { field, value } of operation.requestHeader ?? [])
    headers[field.toLowerCase()] = await substituted(run, value)
  run.last = await run.send({
    method: verb,
    url: operation.encodeRequestUrl === false ? url : encoded(url),
    headers,
    ...(body === undefined ? {} : { body }),
  })
  if (operation.responseId !== undefined) run.sources.set(operation.responseId, run.last)
}

/** Encoding leaves what is encoded already. */
const encoded = (url: string): string => encodeURI(url).replaceAll('%25', '%')

const bodyOf = ({ sourceId }: Operation, verb: string, run: Run): Resource | undefined =>
  ['POST', 'PUT', 'PATCH'].includes(verb) && sourceId !== undefined
    ? resourceOf(run, sourceId)
    : undefined

const address = async (operation: Operation, run: Run): Promise<string> => {
  const { url, params, resource, targetId, type } = operation
  if (url !== undefined) return (await substituted(run, url)).replace(/^\//, '')
  const path = codes.get(type?.code ?? '')?.[1]
  if (type?.code === 'capabilities') return 'metadata'
  if (path === 'system') return ''
  const target = targetId === undefined ? undefined : resourceOf(run, targetId)
  const typeName = resource ?? target?.resourceType
  if (typeName === undefined) throw new Failure('operation has no type of resource')
  if (params !== undefined) return `${typeName}${await substituted(run, params)}`
  if (target === undefined) return typeName
  const id = `${typeName}/${target.id}`
  if (type?.code === 'vread') return `${id}/_history/${target.meta?.versionId}`
  return path === 'history' ? `${id}/_history` : id
}
