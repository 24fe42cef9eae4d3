import type { Command as Commander } from 'commander'
import { bash } from './bash.js'
import { describe } from './describe.js'
import { fish } from './fish.js'
import { zsh } from './zsh.js'

const scripts = { bash, zsh, fish }

/** Returns the script with which a shell completes the words of a program. */
export const scriptFor = (shell: keyof typeof scripts, program: Commander): string =>
  scripts[shell](program.name(), describe(program))
