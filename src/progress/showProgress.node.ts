import * as z from 'zod'
import { checkArgument, isObject, type Kind } from '../arguments.js'
import type { FineTuneEvent, FineTuneResult } from '../finetune/record/events.js'
import { checkOptions } from '../options.js'
import type { AutomaticEvent } from '../recipe/events.js'
import type { AutomaticResult } from '../recipe/runRecipe.js'
import { coloured } from './coloured.node.js'
import { progressError } from './errors.js'
import { jsonLine } from './jsonLine.js'
import { LiveLine } from './LiveLine.js'
import { PlainLines } from './PlainLines.js'
import { showCursorAtExit } from './showCursorAtExit.node.js'
import { uncoloured } from './style.js'
import { colorOf, glyphsOf, type Output, widthOf } from './terminal.node.js'
import type { View } from './View.js'

export interface ShowProgressOptions {
  /** The stream to write to. Default: `process.stderr`; with `json`, `process.stdout`. */
  readonly stream?: Output | undefined
  /** True to write each event as one line of JSON, for other programs. @default false */
  readonly json?: boolean | undefined
  /** True to write colours. Default: by NO_COLOR and FORCE_COLOR, or else by the terminal. */
  readonly color?: boolean | undefined
  /** The width of the line in columns, 20 to 300. Default: that of the terminal, or 80. */
  readonly width?: number | undefined
}

const schema = z.strictObject({
  stream: z
    .custom<Output>((value) => typeof (value as Output | null)?.write === 'function', 'a stream that can be written to')
    .optional(),
  json: z.boolean().default(false),
  color: z.boolean().optional(),
  width: z.int().min(20).max(300).optional(),
})
type Checked = z.output<typeof schema>

/**
 * Runs a training run and shows it in the terminal: one line with bar, loss, its curve, accuracy, images per second and
 * time left, and a line for every finished epoch. If the stream is not a terminal: a line for every epoch, and one
 * every half minute in between.
 *
 *     const result = await showProgress(fineTune(model, { train, validation, optimizer }))
 *
 * @returns the result of the run
 * @throws FineTuneError 'options/invalid', 'progress/no-result'; the errors of the run, after the terminal is restored
 */
export async function showProgress<Event extends FineTuneEvent | AutomaticEvent>(
  run: AsyncIterable<Event>,
  options: ShowProgressOptions = {},
): Promise<FineTuneResult | AutomaticResult> {
  checkArgument('showProgress: run', run, runKind)
  const view = openView(checkOptions(schema, options, 'showProgress'))
  let result: FineTuneResult | AutomaticResult | undefined
  try {
    // To the end, so that the run can be awaited afterwards.
    for await (const event of run) {
      view.show(event)
      if (event.type === 'done') result = event.result
    }
  } finally {
    view.close()
  }
  if (result) return result
  throw progressError('progress/no-result', {})
}

const runKind: Kind = {
  expected: 'a run, as fineTune returns it',
  is: (value) =>
    isObject(value) && typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function',
}

function openView(options: Checked): View {
  const stream: Output = options.stream ?? (options.json ? process.stdout : process.stderr)
  const write = (text: string) => void stream.write(text)
  const now = () => performance.now()
  if (options.json) return { show: (event) => write(`${jsonLine(event)}\n`), close() {} }
  if (!stream.isTTY || process.env.TERM === 'dumb') return new PlainLines(write, now)
  return liveView(stream, options, write, now)
}

function liveView(stream: Output, options: Checked, write: (text: string) => void, now: () => number): View {
  const paint = (options.color ?? colorOf(stream)) ? coloured : uncoloured
  const glyphs = glyphsOf()
  // The last column stays empty: some terminals wrap as soon as it is written to.
  const view = new LiveLine(write, now, () => ({ width: (options.width ?? widthOf(stream)) - 1, paint, glyphs }))
  const redraw = () => view.draw()
  const release = showCursorAtExit(stream)
  stream.on?.('resize', redraw)
  return {
    show: (event) => view.show(event),
    close() {
      stream.off?.('resize', redraw)
      view.close()
      release()
    },
  }
}
