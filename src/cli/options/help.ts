import type { Argument, Command as Commander, Help, HelpConfiguration, Option } from 'commander'
import { AROUND_LABEL, columnOf, definitions, widthOf, wrap } from '../terminal/layout.js'
import type { Command } from './Command.js'

export const NAME = 'onnx-finetune'

/** The flags and the description of the help option. */
export const HELP = ['-h, --help', 'show this help'] as const

const EXIT_CODES = '0 done, 1 failed, 2 wrong usage, 130 interrupted'

/** The layout of commander's help: all texts begin in one column, but those of very long labels are below them. */
export const helpStyle: HelpConfiguration = {
  displayWidth: widthOf,
  styleTitle: (title) => (title === 'Usage:' ? title : title.replace(/:$/, '')),
  subcommandTerm: (command) => command.name(),
  // To commander every value is optional, so that it does not read the next option as a missing value.
  optionTerm: ({ flags }) => flags.replaceAll(/[[\]]/g, ''),
  padWidth: (command, help) => columnOf(termsOf(command, help).map((term) => [term, ''])) - AROUND_LABEL,
  formatItem: (term, termWidth, description, { helpWidth }) =>
    definitions([[term, description]], helpWidth ?? 80, termWidth + AROUND_LABEL).join('\n'),
}

const termsOf = (command: Commander, help: Help): string[] => [
  ...help.visibleCommands(command).map((one: Commander) => help.subcommandTerm(one)),
  ...help.visibleArguments(command).map((one: Argument) => help.argumentTerm(one)),
  ...help.visibleOptions(command).map((one: Option) => help.optionTerm(one)),
]

export const description = 'Transfer learning: fine-tune an image classifier on a folder of images.'

/** Returns the end of `onnx-finetune --help`. */
export const overviewEnd = (width: number): string =>
  [
    '',
    'Begin with',
    `  ${NAME} train photos`,
    `  ${NAME} predict classifier.onnx lunch.jpg`,
    '',
    ...wrap(`${NAME} COMMAND --help shows options and examples. Exit codes: ${EXIT_CODES}.`, width),
  ].join('\n')

export const descriptionOf = ({ summary }: Command): string => `${summary[0]!.toUpperCase()}${summary.slice(1)}.`

/** Returns the end of `onnx-finetune COMMAND --help`. */
export const helpEnd = ({ examples }: Command, width: number): string =>
  [
    '',
    'Examples',
    ...examples.flatMap(({ line, says }) => [
      `  ${NAME} ${line}`,
      ...wrap(says, width - 6).map((text) => `      ${text}`),
    ]),
    '',
    `Exit codes: ${EXIT_CODES}`,
  ].join('\n')
