import type { AnswerOf, Argument, CallName, FromWorker, Progress, ToWorker } from './calls.js'
import { classify } from './classify.js'
import { drawSamples } from './drawSamples.js'
import { openFromFile, saveToFile } from './project.js'
import { findSuspects } from './review.js'
import { train } from './train.js'

/** The means of a call to report and to be stopped. */
export interface Context {
  readonly report: (progress: Progress) => void
  readonly signal: AbortSignal
}

type Handlers = { readonly [K in CallName]: (argument: Argument<K>, context: Context) => Promise<AnswerOf<K>> }

const handlers: Handlers = {
  train,
  classify,
  review: findSuspects,
  draw: drawSamples,
  saveProject: saveToFile,
  openProject: openFromFile,
}
const running = new Map<number, AbortController>()
const reply = (message: FromWorker) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'stop') running.get(data.id)?.abort()
  else void answer(data.id, data.name, data.argument)
})

async function answer(id: number, name: CallName, argument: unknown): Promise<void> {
  const controller = new AbortController()
  running.set(id, controller)
  const report = (progress: Progress) => reply({ type: 'progress', id, progress })
  const handle = handlers[name] as (argument: unknown, context: Context) => Promise<unknown>
  try {
    reply({ type: 'done', id, answer: await handle(argument, { report, signal: controller.signal }) })
  } catch (error) {
    reply({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) })
  } finally {
    running.delete(id)
  }
}
