import { piecesOf } from './bundle-bytes.ts'
import type { Dataset } from './dataset.ts'
import { fillPage, fillRecords, floorKey } from './floor-tables.ts'
import { uniqueMark } from './setting.ts'
import type { Stage } from './stage.ts'
import type { Workload } from './workloads.ts'

/** Bytes of one and the same answer of both. */
export interface AnswerBytes {
  readonly huizhen: number
  readonly floor: number
}

const fetchesAtOnce = 8
/** Bytes by which two answers to a write may differ: id, meta. */
const envelopeBytes = 400

/** What Huizhen answers at each path. @throws Error unless every answer is 200 */
const answersOf = async (
  paths: readonly string[],
  { caller }: Workload,
  stage: Stage,
): Promise<ReadonlyMap<string, string>> => {
  const answers = new Map<string, string>()
  const waiting = [...new Set(paths)]
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const headers = { authorization: await stage.authorize(caller) }
      const answer = await fetch(stage.huizhen.origin + path, { headers })
      const text = await answer.text()
      if (answer.status !== 200)
        throw new Error(`${answer.status} at ${path}: ${text.slice(0, 500)}`)
      answers.set(path, text)
    }
  }
  await Promise.all(Array.from({ length: fetchesAtOnce }, work))
  return answers
}

/** Gives the floor the bytes Huizhen answers. The floor's paths, in the order of `paths`. */
const fillFloor = async (
  paths: readonly string[],
  workload: Workload,
  stage: Stage,
): Promise<readonly string[]> => {
  if (workload.floor === 'create') return ['/record']
  const answers = await answersOf(paths, workload, stage)
  const keyed = (path: string): string => `${workload.caller} ${path}`
  if (workload.floor === 'record')
    await fillRecords(
      stage.client,
      new Map([...answers].map(([path, text]) => [keyed(path), text])),
    )
  else for (const [path, text] of answers) await fillPage(stage.client, keyed(path), piecesOf(text))
  await stage.client.query('vacuum (analyze) floor.record, floor.page')
  return paths.map(path => `/${workload.floor}/${floorKey(keyed(path))}`)
}

/**
 * Readies a workload on both sides and checks one answer of each: same status, same bytes.
 * @throws Error when Huizhen or the floor does not answer as it should
 */
export const prepare = async (
  workload: Workload,
  dataset: Dataset,
  stage: Stage,
): Promise<AnswerBytes> => {
  const { name, resources } = workload
  const isCreate = workload.floor === 'create'
  const bodies = workload.bodies(dataset)
  const paths = workload.paths(dataset)
  const floorPaths = await fillFloor(paths, workload, stage)
  const written = bodies.length === 0 ? 'GET' : 'POST'
  const method = workload.method ?? written
  const huizhen = { method, origin: stage.huizhen.origin, paths, bodies } as const
  // The floor of a transaction is single inserts of the same resources.
  const floorBodies = resources === 1 ? bodies : dataset.observations
  const floor = {
    method: written,
    origin: stage.floor.origin,
    paths: floorPaths,
    bodies: floorBodies,
  } as const
  const statusExpected = isCreate && resources === 1 && method === 'POST' ? 201 : 200
  const [one, other] = [
    await bytesOf(huizhen, statusExpected, await stage.authorize(workload.caller)),
    await bytesOf(floor, isCreate ? 201 : 200, undefined),
  ]
  if (resources === 1 && Math.abs(one - other) > (isCreate ? envelopeBytes : 0))
    throw new Error(`the answers differ: ${one} bytes of Huizhen, ${other} bytes of the floor`)
  await stage.load.plan(`${name} huizhen`, { ...huizhen, statusExpected })
  await stage.load.plan(`${name} floor`, { ...floor, statusExpected: isCreate ? 201 : 200 })
  return { huizhen: one, floor: other }
}

interface FirstRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly origin: string
  readonly paths: readonly string[]
  readonly bodies: readonly string[]
}

const bytesOf = async (
  { method, origin, paths, bodies }: FirstRequest,
  status: number,
  authorization: string | undefined,
): Promise<number> => {
  const answer = await fetch(origin + paths[0]!, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(bodies.length === 0 ? {} : { 'content-type': 'application/fhir+json' }),
    },
    ...(bodies.length === 0 ? {} : { body: bodies[0]!.replaceAll(uniqueMark, 'check') }),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const version = answer.headers.get('etag')
  if (method === 'PUT' && version !== 'W/"1"')
    throw new Error(`unchanged content became version ${version} at ${origin}${paths[0]}`)
  if (answer.status === status) return bytes.length
  throw new Error(
    `${answer.status} instead of ${status} at ${origin}${paths[0]}: ${bytes.toString('utf8', 0, 500)}`,
  )
}
