import { FineTuneError } from '../../index.js'
import { bash } from '../completion/bash.js'
import { describe } from '../completion/describe.js'
import { fish } from '../completion/fish.js'
import { zsh } from '../completion/zsh.js'
import { type Command, command } from '../options/Command.js'
import { NAME } from '../options/help.js'
import { programOf } from '../options/program.js'

const shells = { bash, zsh, fish }

/** @param commands all of them, this one included; asked for when it runs */
export const completionOf = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    summary: 'print what makes a shell complete commands, options and their values',
    positionals: [{ placeholder: 'SHELL', summary: 'bash, zsh or fish', completion: Object.keys(shells) }],
    options: {},
    examples: [
      { line: 'completion bash', says: `in ~/.bashrc: eval "$(${NAME} completion bash)"` },
      { line: 'completion zsh', says: `in ~/.zshrc, after compinit: eval "$(${NAME} completion zsh)"` },
      { line: 'completion fish', says: `once: ${NAME} completion fish > ~/.config/fish/completions/${NAME}.fish` },
    ],
    async run({ args: [shell], out }) {
      const script = Object.hasOwn(shells, shell!) ? shells[shell as keyof typeof shells] : undefined
      if (!script) {
        const expected = `one of ${Object.keys(shells).join(', ')}`
        throw new FineTuneError('cli/bad-option', { option: 'SHELL', expected, received: shell })
      }
      const nothing = { version: '', width: out.width, write() {}, async act() {} }
      out.streams.stdout.write(script(NAME, describe(programOf(commands(), nothing))))
      return 0
    },
  })
