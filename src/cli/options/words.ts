import { Argument, type Command as Commander, Option as CommanderOption } from 'commander'
import { COMMON, type Command, optionsOf, type Parsed, type Positional } from './Command.js'
import { descriptionOf, HELP } from './help.js'
import type { Completion, Option } from './options.js'
import { refuseWords } from './refuse.js'
import { valuesOf } from './values.js'

/** An option of commander with the completions of its value. */
export class CompletedOption extends CommanderOption {
  completion: Completion | undefined
}
export class CompletedArgument extends Argument {
  constructor(
    name: string,
    summary: string,
    readonly completion: Completion,
  ) {
    super(name, summary)
  }
}

/** Adds the arguments and options of a definition to a command of commander. */
export function addWords(words: Commander, command: Command, act: (parsed: Parsed) => Promise<void>): Commander {
  words.summary(command.summary).description(descriptionOf(command))
  words.exitOverride((error) => refuseWords(error, words, command))
  for (const positional of command.positionals) words.addArgument(argumentOf(positional))
  for (const [name, option] of Object.entries(optionsOf(command)))
    for (const one of optionsFor(name, option)) words.addOption(one)
  words.addHelpOption(new CommanderOption(...HELP).helpGroup(COMMON))
  return words.action(async () => act({ args: words.args, ...(await valuesOf(command, words)) }))
}

function argumentOf({ placeholder, summary, completion, many, optional }: Positional): Argument {
  const words = `${placeholder}${many ? '...' : ''}`
  return new CompletedArgument(optional ? `[${words}]` : `<${words}>`, summary, completion)
}

/**
 * Returns the options of commander for an option: two for a flag, whose help shows the one that changes the default.
 */
function optionsFor(name: string, { short, placeholder, fallback, completion, section, summary, read }: Option) {
  const option = (flags: string) => new CompletedOption(flags, summary).helpGroup(section ?? 'Options')
  const letter = short ? `-${short}, ` : ''
  if (!placeholder) {
    const [on, off] = [option(`${letter}--${name}`), option(`--no-${name}`)]
    return fallback === 'true' ? [on.hideHelp(), off] : [on, off.hideHelp()]
  }
  const valued = option(`${letter}--${name} [${placeholder}]`).argParser((text) => read(text))
  valued.description = fallback ? `${summary} (${fallback})` : summary
  return [Object.assign(valued, { completion })]
}
