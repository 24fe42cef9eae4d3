import type { Completion } from '../options/options.js'
import type { CommandWords, OptionWords, PositionalWords } from './describe.js'

export const zsh = (name: string, commands: readonly CommandWords[]): string => `#compdef ${name}
_onnx_finetune() {
  local -a commands=(
${commands.map((command) => `    ${quote(`${command.name}:${command.summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(branch).join('\n')}
  esac
}
compdef _onnx_finetune ${name}
`

function branch({ name, options, positionals }: CommandWords): string {
  const specs = [...options.flatMap(optionSpecs), ...positionals.map(positionalSpec)]
  return `    ${name}) _arguments ${specs.map(quote).join(' ')} ;;`
}

/** Returns `--name=[summary]:value:action`, whose value may also be the next word; and the same for the letter. */
function optionSpecs({ name, short, summary, takesValue, completion }: OptionWords): string[] {
  const says = `[${summary.replaceAll(/[[\]\\]/g, '\\$&')}]`
  const value = takesValue ? `:value:${action(completion)}` : ''
  return [`--${name}${takesValue ? '=' : ''}${says}${value}`, ...(short ? [`-${short}${says}${value}`] : [])]
}

const positionalSpec = ({ name, completion, many }: PositionalWords, i: number): string =>
  `${many ? '*' : i + 1}:${name}:${action(completion)}`

function action(completion: Completion | undefined): string {
  if (completion === 'file') return '_files'
  if (completion === 'directory') return '_directories'
  return completion ? `(${completion.join(' ')})` : ' '
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
