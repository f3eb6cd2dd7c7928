import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { FhirError } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { limits } from '../fhir/limits.ts'
import { isObject } from '../fhir/walk.ts'
import { isSharedType } from '../search/shared-types.ts'
import { CommandFailed } from './command.ts'

/** What a file holds at one place: a resource, or a bundle to be performed as it is. */
export interface Found {
  /** Such as `Patient.ndjson:17`. */
  readonly place: string
  /** Undefined where the text is no JSON; `fault` says why. */
  readonly value: Record<string, unknown> | undefined
  readonly fault?: FhirError
}

/** The files behind the paths: a folder stands for its `.ndjson`, `.ndjson.gz` and `.json` files. @throws CommandFailed */
export const filesOf = async (paths: readonly string[]): Promise<readonly string[]> => {
  const files: string[] = []
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) throw new CommandFailed(`there is no file ${path}`)
    files.push(...(found.isDirectory() ? await filesBelow(path) : [path]))
  }
  if (files.length === 0) throw new CommandFailed('there is no .ndjson or .json file')
  return files
}

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter(name => /\.(ndjson|ndjson\.gz|json)$/.test(name))
    .sort(byDependence)
    .map(name => join(folder, name))

/** Files named after what others refer to come first: the directory, then patients; else by name. */
const byDependence = (one: string, other: string): number =>
  rankOf(one) - rankOf(other) || (one < other ? -1 : 1)

const rankOf = (name: string): number => {
  const type = name.split('.', 1)[0]!
  return isSharedType(type) ? 0 : type === 'Patient' ? 1 : 2
}

/** Everything in the files, in order; a line or a `.json` file may have `bodyBytesMax` bytes. */
export async function* foundIn(files: readonly string[]): AsyncGenerator<Found> {
  for (const file of files) yield* /\.ndjson(\.gz)?$/.test(file) ? linesOf(file) : documentOf(file)
}

async function* linesOf(file: string): AsyncGenerator<Found> {
  let number = 0
  for await (const line of splitAtNewlines(file)) {
    number++
    if (line.toString().trim() !== '') yield parsed(`${basename(file)}:${number}`, line)
  }
}

const newline = 0x0a

/** @throws CommandFailed for a line longer than a request may be, and for a damaged gzip file */
async function* splitAtNewlines(file: string): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let length = 0
  for await (const chunk of bytesOf(file)) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)])
      pieces = []
      length = 0
      start = end + 1
    }
    pieces.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > limits.bodyBytesMax)
      throw new CommandFailed(
        `${basename(file)} has a line of more than ${limits.bodyBytesMax} bytes`,
      )
  }
  if (length > 0) yield Buffer.concat(pieces)
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file)
  if (!file.endsWith('.gz')) return yield* source
  const unzip = createGunzip()
  source.on('error', error => unzip.destroy(error))
  try {
    yield* source.pipe(unzip)
  } catch {
    throw new CommandFailed(`${basename(file)} cannot be unpacked`)
  } finally {
    source.destroy()
  }
}

/** Bundles other than batches and transactions are taken for the resources in them. */
async function* documentOf(file: string): AsyncGenerator<Found> {
  const name = basename(file)
  if ((await stat(file)).size > limits.bodyBytesMax)
    throw new CommandFailed(`${name} is longer than ${limits.bodyBytesMax} bytes; use .ndjson`)
  const found = parsed(name, await readFile(file))
  const { resourceType, type, entry } = found.value ?? {}
  const isRequest = type === 'transaction' || type === 'batch'
  if (resourceType !== 'Bundle' || isRequest || !Array.isArray(entry)) return yield found
  for (const [index, one] of entry.entries()) {
    const value: unknown = isObject(one) ? one['resource'] : undefined
    if (isObject(value)) yield { place: `${name}:entry[${index}]`, value }
  }
}

const parsed = (place: string, bytes: Buffer): Found => {
  try {
    const value = parseJson(bytes)
    return { place, value: isObject(value) ? value : {} }
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault
    return { place, value: undefined, fault }
  }
}
