import { Command as Commander, type OutputConfiguration } from 'commander'
import type { Command, Parsed } from './Command.js'
import { description, HELP, helpEnd, helpStyle, NAME, overviewEnd } from './help.js'
import { refuseCommand, unknownCommand } from './refuse.js'
import { addWords } from './words.js'

export interface ProgramOptions {
  readonly version: string
  /** The width of the help, in columns. */
  readonly width: number
  write(text: string): void
  /** Runs a command with its checked arguments and options. */
  act(command: Command, parsed: Parsed): Promise<void>
}

/** Returns the whole command line as a program of commander, for parsing and for help. */
export function programOf(commands: readonly Command[], { version, width, write, act }: ProgramOptions): Commander {
  const program = new Commander(NAME)
    .description(description)
    .version(version, '--version', 'print the version')
    .helpOption(...HELP)
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp(helpStyle)
    .configureOutput(outputTo(write, width))
    .showSuggestionAfterError(false)
    .addHelpText('after', () => overviewEnd(width))
  program.exitOverride((error) => refuseCommand(error, program, commands))
  for (const command of commands) {
    const subcommand = addWords(program.command(command.name), command, (parsed) => act(command, parsed))
    subcommand.addHelpText('after', () => helpEnd(command, width))
  }
  addHelp(program, commands)
  return program
}

/** Adds `help COMMAND`, which writes the same as `COMMAND --help`, and ignores further arguments. */
function addHelp(program: Commander, commands: readonly Command[]): void {
  const help = program.command('help', { hidden: true }).argument('[COMMAND]').helpOption(false)
  help
    .allowExcessArguments()
    .allowUnknownOption()
    .action((name: string | undefined) => {
      const isOverview = name === undefined || name === '-h' || name === '--help'
      const asked = isOverview ? program : program.commands.find((one) => one.name() === name)
      if (!asked) throw unknownCommand(name!, commands)
      asked.outputHelp()
    })
}

/** Returns an output for commander that writes help only: errors are written where they are caught. */
const outputTo = (write: (text: string) => void, width: number): OutputConfiguration => ({
  writeOut: write,
  writeErr: write,
  outputError() {},
  getOutHelpWidth: () => width,
  getErrHelpWidth: () => width,
})

/**
 * Parses the arguments and options of one command: checked, with defaults. The command line overrides the config file.
 *
 * @throws FineTuneError 'cli/unknown-option', 'cli/bad-option', 'cli/arguments', 'cli/bad-config'
 */
export async function parse(command: Command, argv: readonly string[]): Promise<Parsed> {
  const parsed: Parsed[] = []
  const words = new Commander(command.name).configureOutput(outputTo(() => {}, 80)).showSuggestionAfterError(false)
  addWords(words, command, async (one) => void parsed.push(one))
  await words.parseAsync(argv, { from: 'user' })
  return parsed[0]!
}
