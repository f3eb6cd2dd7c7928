import { readFile } from 'node:fs/promises'
import { requireKeySet, type PublicKeySet } from '../registry/key-set.ts'
import { CommandFailed } from './command.ts'

/** Public keys from a JWKS file, or undefined when no file is named. @throws CommandFailed */
export const readKeyFile = async (path: string | undefined): Promise<PublicKeySet | undefined> => {
  if (path === undefined) return undefined
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read'
    throw new CommandFailed(`${path}: ${reason}`)
  }
  return requireKeySet(content)
}
