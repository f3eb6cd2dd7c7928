import type { Registry } from '../registry/registry.ts'
import { validationModes, type ValidationMode } from '../registry/validation-mode.ts'
import { CommandFailed, WrongArguments } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** What `validation` of `org` and `client` adds to their help. */
export const validationHelp = `  strict        errors refuse what is written (default)
  lenient       elements that R4 does not have are left out with a warning; what was sent is kept
                (huizhen original shows it)
  report-only   that, and what is missing or meets no profile only warns; for trials before a hospital
                goes live. Wrong formats, codes and references refuse all the same.

A mode holds from the next request on, in every process.`

/** Shows or sets the mode of an organization. @throws WrongArguments, CommandFailed */
export const organizationValidation = (args: readonly string[]): Promise<string> => {
  const [id, mode] = wordsOf(args, validationModes)
  return withRegistry(async ({ registry: { organizations } }) => {
    if (mode !== undefined && !(await organizations.setValidation(id, mode as ValidationMode)))
      throw new CommandFailed(`there is no organization "${id}"`)
    const found = await organizations.byId(id)
    if (found === undefined) throw new CommandFailed(`there is no organization "${id}"`)
    return `${found.validation}\n`
  })
}

const ofOrganization = 'inherit'

/** Shows or sets the mode of a client. @throws WrongArguments, CommandFailed */
export const clientValidation = (args: readonly string[]): Promise<string> => {
  const [id, mode] = wordsOf(args, [...validationModes, ofOrganization])
  return withRegistry(async ({ registry }) => {
    const asked = mode === ofOrganization ? null : (mode as ValidationMode | undefined)
    if (asked !== undefined && !(await registry.clients.setValidation(id, asked)))
      throw new CommandFailed(`there is no client "${id}"`)
    return `${await shown(id, registry)}\n`
  })
}

const shown = async (id: string, { clients }: Registry): Promise<string> => {
  const found = await clients.byId(id)
  if (found === undefined) throw new CommandFailed(`there is no client "${id}"`)
  return found.validation ?? ofOrganization
}

/** @throws WrongArguments */
const wordsOf = (
  args: readonly string[],
  modes: readonly string[],
): readonly [id: string, mode: string | undefined] => {
  const [id, mode, more] = args
  if (id === undefined || more !== undefined || args.some(word => word.startsWith('-')))
    throw new WrongArguments(`expected an id, and perhaps one of ${modes.join(', ')}`)
  if (mode !== undefined && !modes.includes(mode))
    throw new WrongArguments(`the mode is ${modes.join(', ')}, not "${mode}"`)
  return [id, mode]
}
