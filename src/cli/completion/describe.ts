import type { Command as Commander } from 'commander'
import type { Completion } from '../options/options.js'
import { CompletedArgument, CompletedOption } from '../options/words.js'

/** The parts of a command that a completion script needs. */
export interface CommandWords {
  readonly name: string
  readonly summary: string
  readonly options: readonly OptionWords[]
  readonly positionals: readonly PositionalWords[]
}

export interface OptionWords {
  /** The name without dashes: `epochs`, `no-flip`. */
  readonly name: string
  readonly short: string | undefined
  readonly summary: string
  readonly takesValue: boolean
  /** The possible values. */
  readonly completion: Completion | undefined
}

export interface PositionalWords {
  readonly name: string
  readonly many: boolean
  readonly completion: Completion
}

/** Returns the commands and options that the help of commander shows. */
export function describe(program: Commander): CommandWords[] {
  const help = program.createHelp()
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: help.visibleOptions(command).map((option) => ({
      name: option.long!.slice(2),
      short: option.short?.slice(1),
      summary: option.description,
      takesValue: option.optional,
      completion: option instanceof CompletedOption ? option.completion : undefined,
    })),
    positionals: command.registeredArguments
      .filter((argument) => argument instanceof CompletedArgument)
      .map((argument) => ({ name: argument.name(), many: argument.variadic, completion: argument.completion })),
  }))
}
