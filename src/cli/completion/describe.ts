import { type Command, optionsOf } from '../options/Command.js'
import { type Completion, shownName } from '../options/options.js'

/** What a shell must know about an option. */
export interface OptionWords {
  /** Without dashes: `epochs`, `no-flip`. */
  readonly name: string
  readonly short: string | undefined
  readonly summary: string
  /** Whether a value follows, and what it can be. */
  readonly takesValue: boolean
  readonly completion: Completion | undefined
}

export const wordsOf = (command: Command): OptionWords[] =>
  Object.entries(optionsOf(command)).map(([name, option]) => ({
    name: shownName(name, option),
    short: option.short,
    summary: option.summary,
    takesValue: option.placeholder !== undefined,
    completion: option.completion,
  }))
