import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { jobError } from '../errors.js'

const PROGRAM = new URL('../../cli/bin.js', import.meta.url)
const END_WITH_PARENT = new URL('endWithParent.node.js', import.meta.url).href
/** The end of what a program wrote to stderr, in characters, in which its error is looked for. */
const TOLD = 4000

/**
 * Runs `onnx-finetune train` in a process of its own, which ends with this one.
 *
 * @param options a file with its options
 * @param directory that of the run, for errors
 * @returns the event `done` of its output
 * @throws FineTuneError 'jobs/run-failed', the signal's reason
 */
export async function trainProgram(images: string, options: string, directory: string, signal: AbortSignal) {
  signal.throwIfAborted()
  const program = fork(PROGRAM, ['train', images, '--config', options, '--json'], {
    execArgv: ['--import', END_WITH_PARENT],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal is for the worker, which finishes the run.
    detached: true,
  })
  const end = () => program.kill()
  signal.addEventListener('abort', end)
  try {
    const [result, problem, [code]] = await Promise.all([resultIn(program), problemIn(program), once(program, 'close')])
    signal.throwIfAborted()
    if (code === 0 && result !== undefined) return result
    throw jobError('jobs/run-failed', { directory, problem: problem || `its process ended with ${code}` })
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Reads the output of a program until it ends, and returns the result of the run. */
async function resultIn({ stdout }: ChildProcess): Promise<unknown> {
  let result: unknown
  for await (const line of createInterface({ input: stdout! })) {
    const event = JSON.parse(line)
    if (event.type === 'done') result = event.result
  }
  return result
}

/** Reads what a program tells until it ends, and returns its error: the last line, in JSON, or all of it. */
async function problemIn({ stderr }: ChildProcess): Promise<string> {
  let told = ''
  for await (const text of stderr!) told = `${told}${text}`.slice(-TOLD)
  try {
    return JSON.parse(told.trim().split('\n').at(-1)!).error.message
  } catch {
    return told.trim()
  }
}
