import type { Command as Commander, CommanderError } from 'commander'
import { FineTuneError } from '../../index.js'
import { type Command, optionsOf } from './Command.js'
import { suggest } from './suggest.js'

/**
 * Throws what commander objects to, in the words of this command line.
 *
 * @param words the command that was being parsed, of which `command` is the definition; without one, the program itself
 * @throws FineTuneError 'cli/unknown-command', 'cli/unknown-option', 'cli/bad-option', 'cli/arguments'
 * @throws CommanderError what is no objection: help or the version has been written
 */
export function refuse(
  error: CommanderError,
  words: Commander,
  commands: readonly Command[],
  command?: Command,
): never {
  const refused = command ? objections[error.code]?.(error, words, command) : strangers[error.code]?.(error, words)
  if (refused === undefined) throw error
  throw refused instanceof FineTuneError ? refused : unknownCommand(refused, commands)
}

/** The first word of a command line where it is no command. */
const strangers: Readonly<Record<string, (error: CommanderError, words: Commander) => string>> = {
  'commander.unknownCommand': (_, { args }) => args[0]!,
  'commander.unknownOption': flagOf,
}

const objections: Readonly<
  Record<string, (error: CommanderError, words: Commander, command: Command) => FineTuneError>
> = {
  'commander.unknownOption': (error, _, command) => unknownFlag(flagOf(error), command),
  'commander.missingArgument': (_, { args, registeredArguments }, { name }) => {
    const missing = registeredArguments[args.length]!
    const problem = `${missing.name()} is missing: ${missing.description}`
    return new FineTuneError('cli/arguments', { command: name, problem })
  },
  'commander.excessArguments': (_, { args, registeredArguments }, { name }) => {
    const problem = `there is no place for ${args[registeredArguments.length]}`
    return new FineTuneError('cli/arguments', { command: name, problem })
  },
}

/** commander tells the word only as a part of its message. */
function flagOf({ message }: CommanderError): string {
  return /'([\s\S]*)'$/.exec(message)![1]!
}

/** commander calls a flag with a value unknown. */
function unknownFlag(word: string, command: Command): FineTuneError {
  const [, name, received] = /^--(?:no-)?([^=]+)=([\s\S]*)$/.exec(word) ?? []
  const options = optionsOf(command)
  const option = name !== undefined && Object.hasOwn(options, name) ? options[name] : undefined
  if (!option) return unknownOption(word, word.replace(/^-+/, ''), command)
  return new FineTuneError('cli/bad-option', {
    option: word.slice(0, -received!.length - 1),
    expected: option.expected,
    received,
  })
}

/** @param place where the name was found: an option as it was typed, or an entry of a config file */
export function unknownOption(place: string, name: string, command: Command): FineTuneError {
  const near = suggest(name, Object.keys(optionsOf(command)))
  const nearest = near && (place.startsWith('-') ? `--${near}` : `"${near}"`)
  return new FineTuneError('cli/unknown-option', { option: place, command: command.name, nearest })
}

export function unknownCommand(name: string, commands: readonly Command[]): FineTuneError {
  const known = commands.map((command) => command.name)
  return new FineTuneError('cli/unknown-command', { command: name, known, nearest: suggest(name, known) })
}
