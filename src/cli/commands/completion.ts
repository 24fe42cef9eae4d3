import { cliError } from '../errors.js'
import { type Command, command } from '../options/Command.js'
import { NAME } from '../options/help.js'
import { programOf } from '../options/program.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/**
 * Returns the command that prints the completion script of a shell.
 *
 * @param commands returns all commands, this one included; called when the command runs
 */
export const completionOf = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    summary: 'print what makes a shell complete commands, options and their values',
    positionals: [{ placeholder: 'SHELL', summary: 'bash, zsh or fish', completion: SHELLS }],
    options: {},
    examples: [
      { line: 'completion bash', says: `in ~/.bashrc: eval "$(${NAME} completion bash)"` },
      { line: 'completion zsh', says: `in ~/.zshrc, after compinit: eval "$(${NAME} completion zsh)"` },
      { line: 'completion fish', says: `once: ${NAME} completion fish > ~/.config/fish/completions/${NAME}.fish` },
    ],
    async run({ args: [word], out }) {
      const shell = SHELLS.find((one) => one === word)
      if (!shell) {
        const expected = `one of ${SHELLS.join(', ')}`
        throw cliError('cli/bad-option', { option: 'SHELL', expected, received: word })
      }
      const { scriptFor } = await import('../completion/scripts.js')
      const nothing = { version: '', width: out.width, write() {}, async act() {} }
      out.streams.stdout.write(scriptFor(shell, programOf(commands(), nothing)))
      return 0
    },
  })
