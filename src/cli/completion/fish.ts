import type { Completion } from '../options/options.js'
import type { CommandWords } from './describe.js'

export const fish = (name: string, commands: readonly CommandWords[]): string => {
  const say = (rest: string) => `complete -c ${name} ${rest}`
  const lines = [
    say('-f'),
    ...commands.map((command) => say(`-n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`)),
    ...commands.flatMap((command) =>
      linesOf(command).map((rest) => say(`-n '__fish_seen_subcommand_from ${command.name}' ${rest}`)),
    ),
  ]
  return `${lines.join('\n')}\n`
}

function linesOf({ options, positionals }: CommandWords): string[] {
  const lines = options.map(({ name, short, summary, takesValue, completion }) =>
    [`-l ${name}`, short && `-s ${short}`, takesValue && value(completion), `-d ${quote(summary)}`]
      .filter(Boolean)
      .join(' '),
  )
  const positional = positionals.at(-1)
  return positional ? [...lines, argument(positional.completion)] : lines
}

/** Returns the flags of `complete` for the value of an option. */
function value(completion: Completion | undefined): string {
  if (completion === 'file') return '-r -F'
  return completion === undefined ? '-x' : `-x -a ${quote(candidates(completion))}`
}

const argument = (completion: Completion): string =>
  completion === 'file' ? '-F' : `-a ${quote(candidates(completion))}`

const candidates = (completion: Exclude<Completion, 'file'>): string =>
  completion === 'directory' ? '(__fish_complete_directories)' : completion.join(' ')

const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
