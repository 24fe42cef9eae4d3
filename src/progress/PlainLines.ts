import { printable } from '../printable.js'
import type { AutomaticEvent } from '../recipe/events.js'
import { epochLine } from './epochLine.js'
import { clock, decimals } from './numbers.js'
import { Progress } from './Progress.js'
import { precisionLine } from './precisionLine.js'
import { recipeLines } from './recipeLines.js'
import { resumedLines } from './resumedLines.js'
import { runtimeLines } from './runtimeLines.js'
import type { View } from './View.js'

/** The longest time between two lines, in milliseconds. */
const SILENCE = 30_000

/** A view for files, pipes and logs: a line for each epoch, and within a long one a line from time to time. */
export class PlainLines implements View {
  readonly #progress = new Progress()
  #last: number

  constructor(
    private readonly write: (text: string) => void,
    private readonly now: () => number,
  ) {
    this.#last = now()
  }

  show(event: AutomaticEvent): void {
    const now = this.now()
    this.#progress.add(event, now)
    if (event.type === 'epoch') this.#line(epochLine(event), now)
    else if (event.type === 'resumed') for (const line of resumedLines(event)) this.#line(line, now)
    else if (event.type === 'runtime') for (const line of runtimeLines(event)) this.#line(line, now)
    else if (event.type === 'plan' || event.type === 'stage' || event.type === 'candidate')
      for (const line of recipeLines(event)) this.#line(line, now)
    else if (event.type === 'featurePrecision') this.#line(precisionLine(event), now)
    else if (event.type === 'warning') this.#line(`warning: ${event.message}`, now)
    else if (event.type !== 'done' && now - this.#last >= SILENCE) this.#line(stepLine(this.#progress), now)
  }

  close(): void {}

  #line(text: string, now: number): void {
    this.#last = now
    this.write(`${printable(text)}\n`)
  }
}

/** Returns `epoch 2, batch 12 of 16: loss 0.461, training accuracy 0.803, 25.9 examples/sec, 0:42 left`. */
function stepLine({ epoch, phase, step, steps, loss, accuracy, rate, secondsLeft }: Progress): string {
  if (phase === 'features') return `epoch ${epoch}, features of batch ${step} of ${steps}`
  const [batch, measured] = phase === 'training' ? ['batch', 'training'] : ['validation batch', 'validation']
  return [
    `epoch ${epoch}, ${batch} ${step} of ${steps}: loss ${decimals(loss, 3)}`,
    ...(Number.isNaN(accuracy) ? [] : [`${measured} accuracy ${decimals(accuracy, 3)}`]),
    `${decimals(rate, 1)} examples/sec`,
    ...(secondsLeft === undefined ? [] : [`${clock(secondsLeft)} left`]),
  ].join(', ')
}
