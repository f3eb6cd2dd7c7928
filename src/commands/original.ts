import { isResourceType } from '../fhir/resource-types.ts'
import { keyOf } from '../search/hash.ts'
import { readOriginal } from '../store/originals.ts'
import { CommandFailed, readArguments, texts, WrongArguments, type Command } from './command.ts'
import { withRegistry } from './with-registry.ts'

/** `huizhen original`: what was sent, where part of it was left out. */
export const original: Command = {
  name: 'original',
  summary: 'show what was sent, where elements were left out of what is stored',
  help: `huizhen original <Type/id> [--version <n>]

Writes the JSON that was sent for a version of which lenient validation left something out: the newest
such version, or the one named. It has what the sender wrote, so it is for operators alone.
`,
  async run(args, output) {
    const { words, text } = readArguments(args, texts('version'), ['the resource, as Type/id'])
    const [, type = '', id = ''] = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(words[0] ?? '') ?? []
    if (!isResourceType(type)) throw new WrongArguments(`expected Type/id, not "${words[0]}"`)
    const version = text('version')
    if (version !== undefined && !/^[1-9][0-9]{0,8}$/.test(version))
      throw new WrongArguments(`--version is a number, not "${version}"`)
    const found = await withRegistry(({ database }) =>
      readOriginal(database, keyOf(type, id), version === undefined ? undefined : Number(version)),
    )
    if (found === undefined)
      throw new CommandFailed('nothing was left out of it, or it is not there')
    output.out(`${found.json.toString('utf8')}\n`)
    output.err(`version ${found.version}\n`)
    return 0
  },
}
