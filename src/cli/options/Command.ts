import type { Output } from '../terminal/Output.js'
import { type Completion, file, flag, type Options, section, type Values } from './options.js'

/** A positional argument of the command line. */
export interface Positional {
  readonly placeholder: string
  readonly summary: string
  readonly completion: Completion
  /** True if any number of them is allowed, from 1. */
  readonly many?: boolean
  /** True if it may be left out: an option takes its place. */
  readonly optional?: boolean
}

export interface Example {
  readonly line: string
  readonly says: string
}

/** The arguments and options of a command line, checked, with defaults. */
export interface Parsed {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  /** The names of the options that are given, in the command line or in the config file. */
  readonly given: ReadonlySet<string>
}

export interface Invocation<O extends Options> {
  readonly args: readonly string[]
  readonly options: Values<O>
  readonly given: Parsed['given']
  readonly out: Output
  /** The typed command line, quoted for a shell. */
  readonly line: string
  /** A signal that Ctrl-C aborts. */
  readonly signal: AbortSignal
}

/** A subcommand, as data. */
export interface Command<O extends Options = Options> {
  readonly name: string
  readonly summary: string
  readonly positionals: readonly Positional[]
  readonly options: O
  readonly examples: readonly [Example, ...Example[]]
  /**
   * Runs the command.
   *
   * @returns the exit code of the process; undefined means 0
   */
  run(invocation: Invocation<O>): Promise<number | undefined>
}

/** The heading of the options that every command has. */
export const COMMON = 'Common options'

const commonOptions = section(COMMON, {
  config: file('options from a JSON file, by the same names; the command line wins', {}),
  json: flag('print JSON, for programs', {}),
} satisfies Options)

/** Defines a command: `run` has the types of its options, and the register can hold commands of any options. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}

export const optionsOf = ({ options }: Command): Options => ({ ...options, ...commonOptions })
