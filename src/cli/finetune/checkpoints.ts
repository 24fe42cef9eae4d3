import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../node.js'
import { cliError } from '../errors.js'
import { directory, flag, type Options, section, type Values, whole } from '../options/options.js'

export const checkpointOptions = section('Checkpoints', {
  checkpoint: directory('write into DIR where the run stands, so that it can go on after whatever ends it', {}),
  'checkpoint-steps': whole('do so after so many updates', { min: 1, otherwise: 'after each epoch' }),
  resume: flag('go on from the newest checkpoint in --checkpoint DIR, if there is one', {}),
} satisfies Options)

type Checkpointing = Values<typeof checkpointOptions>

/** Returns the checkpoint options of `fineTune`. */
export function checkpointsOf({ checkpoint, 'checkpoint-steps': everySteps, resume }: Checkpointing) {
  if (resume && checkpoint === undefined)
    throw cliError('cli/bad-option', {
      option: '--resume',
      expected: 'with --checkpoint DIR, where to go on from',
      received: resume,
    })
  if (checkpoint === undefined) return {}
  return { checkpoint: { directory: checkpoint, everySteps }, ...(resume && { resume: 'auto' as const }) }
}

/** The files beside the checkpoints that record the command: its options, as a config file, and the rest. */
const [OPTIONS, COMMAND] = ['options.json', 'command.json']

/**
 * Writes the command beside the checkpoints, for `resume`. The run owns the directory by then, so the record of another
 * run is not changed.
 */
export async function keepCommand(
  images: string,
  { resume, ...options }: Partial<Checkpointing> & Readonly<Record<string, unknown>>,
): Promise<void> {
  const { checkpoint } = options
  if (checkpoint === undefined) return
  const { config, json, ...kept } = options as Readonly<Record<string, unknown>>
  await writeFileWhole(join(checkpoint, OPTIONS), JSON.stringify(kept, undefined, 2))
  await writeFileWhole(join(checkpoint, COMMAND), JSON.stringify({ images, from: process.cwd() }, undefined, 2))
}

/**
 * Reads the command line of a run whose checkpoints are in a directory, to resume it.
 *
 * @returns the words after `train`, and the directory where they were typed
 */
export async function keptCommand(checkpoint: string): Promise<{ argv: string[]; from: string }> {
  const command = join(checkpoint, COMMAND)
  try {
    const { images, from } = JSON.parse(await readFile(command, 'utf8')) as Record<string, unknown>
    if (typeof images !== 'string' || typeof from !== 'string') throw new Error('it names no images')
    return { from, argv: [images, '--resume', '--config', join(checkpoint, OPTIONS)] }
  } catch (cause) {
    const problem = `${command} does not tell how the run was started: ${(cause as Error).message}`
    throw cliError('cli/arguments', { command: 'resume', problem }, { cause })
  }
}
