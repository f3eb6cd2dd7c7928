import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** The folder of third-party test data: `HUIZHEN_DATA`, or `shared/data` beside the project. */
export const dataFolder: string =
  process.env['HUIZHEN_DATA'] ?? fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/**
 * The path of third-party data below `dataFolder`, or undefined when it is not on this machine: the
 * test is then skipped with a message, but fails where `CI` says that it must not be missing.
 *
 * @example
 * const folder = data(t, '02-hl7-r4-examples')
 * if (folder === undefined) return
 */
export const data = (t: Test, path: string): string | undefined => {
  const found = join(dataFolder, path)
  if (existsSync(found)) return found
  const message = `${path}: third-party data is not here; set HUIZHEN_DATA to its folder`
  if (process.env['CI'] === 'true') t.fail(message)
  else t.pass(message, { skip: message })
  return undefined
}
