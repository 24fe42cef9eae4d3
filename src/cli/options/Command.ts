import type { Output } from '../terminal/Output.js'
import { type Completion, file, flag, type Options, section, type Values } from './options.js'

/** A word of the command line that has no name. */
export interface Positional {
  readonly placeholder: string
  readonly summary: string
  readonly completion: Completion
  /** Allows any number of them, from 1. */
  readonly many?: boolean
}

export interface Example {
  readonly line: string
  readonly says: string
}

/** The words of a command line, checked, with defaults. */
export interface Parsed {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export interface Invocation<O extends Options> {
  readonly args: readonly string[]
  readonly options: Values<O>
  readonly out: Output
  /** The line that was typed, for a shell. */
  readonly line: string
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** One subcommand, as data. */
export interface Command<O extends Options = Options> {
  readonly name: string
  readonly summary: string
  readonly positionals: readonly Positional[]
  readonly options: O
  readonly examples: readonly [Example, ...Example[]]
  /** @returns what the process exits with; nothing means 0 */
  run(invocation: Invocation<O>): Promise<number | undefined>
}

/** The heading of what every command takes. */
export const COMMON = 'Common options'

const commonOptions = section(COMMON, {
  config: file('options from a JSON file, by the same names; the command line wins', {}),
  json: flag('print JSON, for programs', {}),
} satisfies Options)

/** Keeps the types of the options for `run`, and lets the register hold commands of any options. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}

export const optionsOf = ({ options }: Command): Options => ({ ...options, ...commonOptions })
