import { hashPassword, newPassword, openCost } from '../registry/password.ts'
import type { Registry } from '../registry/registry.ts'
import { passwordsFile, readCredentials, writeCredentials } from './credentials.ts'
import { staff } from './participants.ts'

/** A person of the sandbox with the password everybody may sign in with. */
export interface SandboxPerson {
  readonly id: string
  readonly name: string
  readonly password: string
}

/**
 * Gives the people of the sandbox passwords where they have none, or where `sandbox-passwords.json` of
 * the data folder has lost them. Running it again changes nothing.
 */
export const givePasswords = async (
  registry: Registry,
  dataDir: string,
): Promise<readonly SandboxPerson[]> => {
  const known = await readCredentials(dataDir, passwordsFile)
  const people = await Promise.all(
    staff.map(async ({ id, name }) => {
      const kept = known[id]
      const hash = (await registry.credentials.of(id))?.passwordHash
      if (kept !== undefined && hash !== undefined) return { id, name, password: kept }
      const password = kept ?? newPassword()
      await registry.credentials.setPassword(id, await hashPassword(password, openCost))
      return { id, name, password }
    }),
  )
  if (people.some(({ id, password }) => known[id] !== password)) {
    const given = Object.fromEntries(people.map(({ id, password }) => [id, password]))
    await writeCredentials(dataDir, { ...known, ...given }, passwordsFile)
  }
  return people
}
