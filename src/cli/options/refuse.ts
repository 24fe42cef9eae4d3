import type { Command as Commander, CommanderError } from 'commander'
import type { FineTuneError } from '../../index.js'
import { cliError } from '../errors.js'
import { type Command, optionsOf } from './Command.js'
import { suggest } from './suggest.js'

/**
 * Throws the error of commander about the words after a command as an error of this command line.
 *
 * @throws FineTuneError 'cli/unknown-option', 'cli/bad-option', 'cli/arguments'
 * @throws CommanderError if it is not about an error: help has been written
 */
export function refuseWords(error: CommanderError, words: Commander, command: Command): never {
  throw objections[error.code]?.(error, words, command) ?? error
}

type Objection = (error: CommanderError, words: Commander, command: Command) => FineTuneError
const objections: Readonly<Record<string, Objection>> = {
  'commander.unknownOption': (error, _, command) => unknownFlag(flagOf(error), command),
  'commander.missingArgument': (_, { args, registeredArguments }, { name }) => {
    const missing = registeredArguments[args.length]!
    const problem = `${missing.name()} is missing: ${missing.description}`
    return cliError('cli/arguments', { command: name, problem })
  },
  'commander.excessArguments': (_, { args, registeredArguments }, { name }) => {
    const problem = `there is no place for ${args[registeredArguments.length]}`
    return cliError('cli/arguments', { command: name, problem })
  },
}

/**
 * Throws the error of commander about the first word, which is no command, as an error of this command line.
 *
 * @throws FineTuneError 'cli/unknown-command'
 * @throws CommanderError if it is not about an error: help or the version has been written
 */
export function refuseCommand(error: CommanderError, program: Commander, commands: readonly Command[]): never {
  if (error.code === 'commander.unknownCommand') throw unknownCommand(program.args[0]!, commands)
  throw error.code === 'commander.unknownOption' ? unknownCommand(flagOf(error), commands) : error
}

/** Reads the word of an error from its message: commander has no other place for it. */
const flagOf = ({ message }: CommanderError): string => /'([\s\S]*)'$/.exec(message)![1]!

/** Returns the error of an unknown option; to commander a flag with a value, `--flip=maybe`, is one too. */
function unknownFlag(word: string, command: Command): FineTuneError {
  const [, flag = word, received] = /^(--[^=]+)=([\s\S]*)$/.exec(word) ?? []
  const name = flag.replace(/^--(no-)?/, '')
  const options = optionsOf(command)
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (received === undefined || !option || option.placeholder)
    return unknownOption(flag, flag.replace(/^-+/, ''), command)
  return cliError('cli/bad-option', { option: flag, expected: option.expected, received })
}

/**
 * Returns the error of an unknown option.
 *
 * @param place the place of the name: an option as typed, or an entry of a config file
 */
export function unknownOption(place: string, name: string, command: Command): FineTuneError {
  const near = suggest(name, Object.keys(optionsOf(command)))
  const nearest = near && (place.startsWith('-') ? `--${near}` : `"${near}"`)
  return cliError('cli/unknown-option', { option: place, command: command.name, nearest })
}

export function unknownCommand(name: string, commands: readonly Command[]): FineTuneError {
  const known = commands.map((command) => command.name)
  return cliError('cli/unknown-command', { command: name, known, nearest: suggest(name, known) })
}
