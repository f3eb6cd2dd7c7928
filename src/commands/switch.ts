import type { Registry } from '../registry/registry.ts'
import { CommandFailed, readArguments } from './command.ts'
import { withRegistry } from './with-registry.ts'

type Switch = (id: string, active: boolean) => Promise<boolean>

/** What `on` and `off` of a command add to its help. */
export const switchHelp =
  'Switched off, it loses all access with the next request; its records stay.'

/**
 * The parts `on` and `off` of a command. `word` says in messages what is switched.
 * @throws CommandFailed when there is no such thing
 */
export const switches = (word: string, of: (registry: Registry) => Switch) => {
  const set = (active: boolean) => async (args: readonly string[]) => {
    const [id = ''] = readArguments(args, {}, [`the id of the ${word}`]).words
    return withRegistry(async ({ registry }) => {
      if (!(await of(registry)(id, active))) throw new CommandFailed(`there is no ${word} "${id}"`)
      return `Switched the ${word} ${id} ${active ? 'on' : 'off'}.\n`
    })
  }
  return { on: set(true), off: set(false) }
}
