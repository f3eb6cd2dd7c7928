import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { list } from 'tar'
import { compactTerminology } from './compact-terminology.ts'
import type { Definitions } from './definitions.ts'
import { parseJson } from './json.ts'
import { profileSource } from './profile-source.ts'
import { createProfiles, type Profiles } from './profiles.ts'
import { terminologyOf } from './terminology.ts'
import { isObject } from './walk.ts'

const filesMax = 50_000
const fileBytesMax = 32 * 1024 * 1024

/** A folder of profiles that cannot be read as one. */
export class ProfilesRefused extends Error {
  override readonly name = 'ProfilesRefused'
}

/**
 * The profiles of R4 and this exchange, and those of a folder: its `.json` files, those in folders
 * below it, and FHIR packages (`.tgz`). Their value sets and code systems are read as well; what is
 * neither is passed over.
 * @throws ProfilesRefused when the folder is not there, or holds more than is read
 * @see https://hl7.org/fhir/R4/packages.html
 */
export const openProfiles = async (
  definitions: Definitions,
  folder: string | undefined,
): Promise<Profiles> => {
  if (folder === undefined) return createProfiles(definitions)
  const resources: unknown[] = []
  const take = (name: string, bytes: Buffer): void => {
    if (resources.length >= filesMax || bytes.length > fileBytesMax)
      throw new ProfilesRefused(`${name}: more than ${filesMax} files, or a file that is too long`)
    const resource = resourceOf(bytes)
    if (resource !== undefined) resources.push(resource)
  }
  for (const path of await filesOf(folder)) {
    if (path.endsWith('.tgz')) await readPackage(path, take)
    else take(path, await readFile(path))
  }
  return createProfiles(
    definitions,
    resources.flatMap(resource => profileSource(resource) ?? []),
    terminologyOf(compactTerminology(resources as Parameters<typeof compactTerminology>[0])),
  )
}

const filesOf = async (folder: string): Promise<string[]> => {
  const isFolder = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new ProfilesRefused(`HUIZHEN_PROFILES is not a folder: ${folder}`)
  const names = await readdir(folder, { recursive: true })
  return names
    .filter(name => /\.(?:json|tgz)$/.test(name))
    .sort()
    .map(name => join(folder, name))
}

/** Files that are no JSON, and JSON that is no resource, are nothing to check by. */
const resourceOf = (bytes: Buffer): unknown => {
  try {
    const resource = parseJson(bytes)
    return isObject(resource) && typeof resource['resourceType'] === 'string' ? resource : undefined
  } catch {
    return undefined
  }
}

/** Examples in a package are no definitions. */
const packaged = /^package\/[^/]+\.json$/

const readPackage = async (
  path: string,
  take: (name: string, bytes: Buffer) => void,
): Promise<void> => {
  const found = new Map<string, Buffer[]>()
  await list({
    file: path,
    filter: name => packaged.test(name),
    onReadEntry: entry => {
      const chunks: Buffer[] = []
      found.set(entry.path, chunks)
      entry.on('data', chunk => void chunks.push(chunk))
    },
  })
  for (const [name, chunks] of found) take(name, Buffer.concat(chunks))
}
