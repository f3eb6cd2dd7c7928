import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Where a command writes: results to `out`, everything else to `err`; and what time it is. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Seconds since the epoch. */
  readonly now: () => number
  /** Whether people watch `err`: long work then shows how far it is. */
  readonly isTerminal?: boolean
}

/** One command of `huizhen`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What `--help` shows. */
  readonly help: string
  /** Gives the exit code. @throws WrongArguments, CommandFailed */
  run(args: readonly string[], output: Output): Promise<number>
}

/** The command line cannot be understood: exit code 2. */
export class WrongArguments extends Error {}

/** The command was understood and could not be done: exit code 1. The message is for the operator. */
export class CommandFailed extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

/** The options and words of a command line, read strictly. */
export interface Arguments {
  /** The words that are no options, exactly as many as asked for. */
  readonly words: readonly string[]
  readonly text: (name: string) => string | undefined
  /** @throws WrongArguments when the option is absent */
  readonly required: (name: string) => string
  readonly flag: (name: string) => boolean
  /** Every value of a repeatable option; one value may hold several, separated by commas. */
  readonly list: (name: string) => readonly string[]
}

/** Options that take one value. */
export const texts = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map(name => [name, { type: 'string' as const }]))

/** Options that stand alone. */
export const flags = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map(name => [name, { type: 'boolean' as const }]))

/** Options that may be repeated. */
export const lists = (...names: readonly string[]): Options =>
  Object.fromEntries(names.map(name => [name, { type: 'string' as const, multiple: true }]))

/**
 * Reads a command line. `expected` names each word, as the help does.
 * @throws WrongArguments for an unknown option, a missing value, or too few or too many words
 */
export const readArguments = (
  args: readonly string[],
  options: Options,
  expected: readonly string[] = [],
): Arguments => {
  const { values, positionals } = parse(args, options)
  if (positionals.length < expected.length) {
    throw new WrongArguments(`${expected[positionals.length]} is missing`)
  }
  if (positionals.length > expected.length) {
    throw new WrongArguments(`"${positionals[expected.length]}" is one argument too many`)
  }
  const listOf = (name: string): readonly string[] => {
    const value = values[name]
    const given = Array.isArray(value) ? value.map(String) : []
    return given.flatMap(text => text.split(',')).filter(text => text !== '')
  }
  const textOf = (name: string): string | undefined =>
    typeof values[name] === 'string' ? values[name] : undefined
  return {
    words: positionals,
    text: textOf,
    required: name => {
      const value = textOf(name)
      if (value === undefined || value === '') throw new WrongArguments(`--${name} is missing`)
      return value
    },
    flag: name => values[name] === true,
    list: listOf,
  }
}

const parse = (args: readonly string[], options: Options) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    // parseArgs explains a wrong option in its first sentence; what follows is about positionals.
    const [sentence = ''] = error instanceof Error ? error.message.split('. ') : []
    throw new WrongArguments(sentence)
  }
}

/** Picks the part of a command such as `org add`. @throws WrongArguments when there is none */
export const choose = <T>(
  choices: Readonly<Record<string, T>>,
  [name, ...rest]: readonly string[],
): [T, readonly string[]] => {
  const found = name === undefined || !Object.hasOwn(choices, name) ? undefined : choices[name]
  if (found === undefined) {
    const names = Object.keys(choices).join(' or ')
    throw new WrongArguments(
      name === undefined ? `say ${names}` : `"${name}" is unknown here; say ${names}`,
    )
  }
  return [found, rest]
}

/** Rows in columns, each as wide as its widest text. */
export const inColumns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => width(row[at] ?? ''))))
  return rows
    .map(row =>
      row
        .map((text, at) => text + ' '.repeat((widths[at] ?? 0) - width(text)))
        .join('  ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('')
}

/** Chinese characters take two columns of a terminal. */
const width = (text: string): number =>
  [...text].reduce((sum, character) => sum + (/[\u2e80-\uffef]/u.test(character) ? 2 : 1), 0)
