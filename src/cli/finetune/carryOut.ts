import type { AutomaticEvent } from '../../index.js'
import { showProgress } from '../../node.js'
import type { Output } from '../terminal/Output.js'
import { quoted } from '../terminal/quoted.js'
import type { TrainOptions } from './options.js'
import { type AnyRun, rescue, type Training, writeResults } from './results.js'

interface Surroundings {
  readonly out: Output
  readonly signal: AbortSignal
  /** Called once the run has begun, so that a run that is refused changes nothing. */
  begun(): Promise<void>
}

/**
 * Runs a training, with progress on stderr, or with --json as lines on stdout. If it fails, what has been trained is
 * saved.
 */
export async function carryOut(training: Training, options: TrainOptions, { out, signal, begun }: Surroundings) {
  out.clearStatus()
  const { stdout, stderr } = out.streams
  const { run } = training
  try {
    const result = await showProgress(afterFirst(run, begun), {
      stream: out.json ? stdout : stderr,
      json: out.json,
    })
    return { result, written: await writeResults(training, result, options, signal) }
  } catch (error) {
    if (run.record.steps.length > 0) for (const line of await rescue(training, options)) out.note(line)
    if (options.checkpoint !== undefined) out.note(`go on with: onnx-finetune resume ${quoted(options.checkpoint)}`)
    throw error
  }
}

/** Yields the events of a run, and calls a function before the first of them. */
async function* afterFirst(run: AnyRun, act: () => Promise<void>): AsyncGenerator<AutomaticEvent> {
  let isFirst = true
  for await (const event of run) {
    if (isFirst) await act()
    isFirst = false
    yield event
  }
}
