import type { Completion } from '../options/options.js'
import type { CommandWords, OptionWords } from './describe.js'

/** Returns the completion script of bash. An empty reply leaves file names to readline (`-o default`). */
export const bash = (name: string, commands: readonly CommandWords[]): string => `_onnx_finetune() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${[...commands.map((command) => command.name), '--help', '--version'].join(' ')}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(values).join('\n')}
  esac
  case "\${COMP_WORDS[1]} $current" in
${commands.flatMap(words).join('\n')}
  esac
}
complete -o default -F _onnx_finetune ${name}
`

/** Returns the cases for the word after an option that takes a value. */
function values({ name, options }: CommandWords): string[] {
  const taking = options.filter(({ takesValue }) => takesValue)
  return taking.map((option) => `    ${patterns(name, option)}) ${reply(option.completion)}; return ;;`)
}

const patterns = (command: string, { name, short }: OptionWords): string =>
  [`--${name}`, ...(short ? [`-${short}`] : [])].map((word) => `'${command} ${word}'`).join(' | ')

/** Returns the cases for other words: options after a dash, else the arguments of the command. */
function words({ name, options, positionals }: CommandWords): string[] {
  const dashed = options.flatMap((option) => [`--${option.name}`, ...(option.short ? [`-${option.short}`] : [])])
  return [`    '${name} -'*) ${reply(dashed)} ;;`, `    '${name} '*) ${reply(positionals.at(-1)?.completion)} ;;`]
}

function reply(completion: Completion | undefined): string {
  if (completion === 'file') return ':'
  if (completion === 'directory') return 'compopt -o dirnames +o default 2>/dev/null'
  if (completion === undefined) return 'compopt +o default 2>/dev/null'
  return `COMPREPLY=($(compgen -W '${completion.join(' ')}' -- "$current"))`
}
