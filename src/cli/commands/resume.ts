import { resolve } from 'node:path'
import { keptCommand } from '../finetune/checkpoints.js'
import { command } from '../options/Command.js'
import { parse } from '../options/program.js'
import { train } from './train.js'

export const resume = command({
  name: 'resume',
  summary: 'go on with a run of train that was ended',
  positionals: [
    {
      placeholder: 'DIR',
      summary: 'the --checkpoint DIR of that run; its options are there too',
      completion: 'directory',
    },
  ],
  options: {},
  examples: [{ line: 'resume run', says: 'a run that was started with --checkpoint run' }],
  async run({ args: [directory], ...invocation }) {
    const { argv, from } = await keptCommand(resolve(directory!))
    // The paths among its options are relative to the directory where they were typed.
    process.chdir(from)
    return train.run({ ...invocation, ...(await parse(train, argv)) })
  },
})
