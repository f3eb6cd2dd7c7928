import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Secrets of the sandbox's clients, or passwords of its people, by id. */
export type SandboxCredentials = Readonly<Record<string, string>>

/** In the data folder; only the operator's own account may read them. */
const clientsFile = 'sandbox-credentials.json'
/** The same for people. */
export const passwordsFile = 'sandbox-passwords.json'
const ownerOnly = 0o600

/** The secrets that seeding the sandbox left in the data folder; empty when there are none. */
export const readCredentials = async (
  dataDir: string,
  fileName = clientsFile,
): Promise<SandboxCredentials> => {
  let text: string
  try {
    text = await readFile(join(dataDir, fileName), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
  return secretsOf(text)
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export const writeCredentials = async (
  dataDir: string,
  credentials: SandboxCredentials,
  fileName = clientsFile,
): Promise<void> => {
  await mkdir(dataDir, { recursive: true })
  const unfinished = join(dataDir, `${fileName}.${randomBytes(6).toString('hex')}`)
  await writeFile(unfinished, `${JSON.stringify(credentials, null, 2)}\n`, { mode: ownerOnly })
  await rename(unfinished, join(dataDir, fileName))
}

/** A file that was damaged or edited counts for what is left of it; missing secrets are made anew. */
const secretsOf = (text: string): SandboxCredentials => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    )
  } catch {
    return {}
  }
}
