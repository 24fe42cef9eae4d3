import { columnOf, definitions, wrap } from '../terminal/layout.js'
import { type Command, commonOptions, type Positional } from './Command.js'
import { type Option, type Options, section, shownName } from './options.js'

export const NAME = 'onnx-finetune'

const EXIT_CODES = '0 done, 1 failed, 2 wrong usage, 130 interrupted'

/** What `onnx-finetune --help` says. */
export function overview(commands: readonly Command[], width: number): string[] {
  return [
    ...wrap('Transfer learning: fine-tune an image classifier on a folder of pictures.', width),
    '',
    `  ${NAME} COMMAND ...`,
    '',
    'Commands',
    ...definitions(
      commands.map(({ name, summary }) => [name, summary]),
      width,
    ),
    '',
    'Begin with',
    `  ${NAME} train photos`,
    `  ${NAME} predict classifier.onnx lunch.jpg`,
    '',
    ...wrap(`${NAME} COMMAND --help shows options and examples. Exit codes: ${EXIT_CODES}.`, width),
  ]
}

/** What `onnx-finetune COMMAND --help` says. */
export function helpOf({ name, summary, positionals, options, examples }: Command, width: number): string[] {
  return [
    ...wrap(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`, width),
    '',
    `  ${[NAME, name, ...positionals.map(usage), '[options]'].join(' ')}`,
    '',
    ...definitions(
      positionals.map((positional) => [usage(positional), positional.summary]),
      width,
    ),
    ...sections({ ...options, ...section('Common options', commonOptions) }, width),
    '',
    'Examples',
    ...examples.flatMap(({ line, says }) => [
      `  ${NAME} ${line}`,
      ...wrap(says, width - 6).map((text) => `      ${text}`),
    ]),
    '',
    `Exit codes: ${EXIT_CODES}`,
  ]
}

const usage = ({ placeholder, many }: Positional): string => (many ? `${placeholder}...` : placeholder)

/** All labels are aligned, whatever their heading. */
function sections(options: Options, width: number): string[] {
  const entries = Object.entries(options).map(([name, option]) => ({
    heading: option.section ?? 'Options',
    row: [labelOf(name, option), summaryOf(option)] as const,
  }))
  const column = columnOf(entries.map(({ row }) => row))
  const headings = [...new Set(entries.map(({ heading }) => heading))]
  return headings.flatMap((heading) => {
    const rows = entries.filter((entry) => entry.heading === heading).map(({ row }) => row)
    return ['', heading, ...definitions(rows, width, column)]
  })
}

function labelOf(name: string, option: Option): string {
  const { short, placeholder } = option
  return [short && `-${short},`, `--${shownName(name, option)}`, placeholder].filter(Boolean).join(' ')
}

const summaryOf = ({ summary, placeholder, fallback }: Option): string =>
  placeholder && fallback ? `${summary} (${fallback})` : summary
