import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { dataError } from '../../src/data/errors.js'
import { finetuneError } from '../../src/finetune/errors.js'
import { type FineTuneEvent, warningOf } from '../../src/finetune/record/events.js'
import { coloured } from '../../src/progress/coloured.node.js'
import { ascii, blocks } from '../../src/progress/glyphs.js'
import { showProgress } from '../../src/progress/showProgress.node.js'
import { colorOf, glyphsOf, type Output, widthOf } from '../../src/progress/terminal.node.js'
import { epochEvent, events, result, stepEvent, validationEvent } from './events.js'
import { Screen } from './Screen.js'

const EPOCHS = [1, 2].map((epoch) => `epoch ${epoch}: loss 0.461, training accuracy 0.803, validation accuracy 0.856`)
/** As wide as it likes: images a second too. */
const WIDE = EPOCHS.map((line) => `${line}, 25.9 examples/sec`)

class Terminal extends Screen implements Output {
  readonly isTTY = true
  listener: (() => void) | undefined
  hasColors = () => false
  on(_: string, listener: () => void): void {
    this.listener = listener
  }
  off(): void {
    this.listener = undefined
  }
}

test('a warning is told at once, and stays', async () => {
  const full = finetuneError('train/checkpoint-not-kept', { file: 'run/step.safetensors', problem: 'ENOSPC' })
  const run = async function* (): AsyncGenerator<FineTuneEvent> {
    yield stepEvent()
    yield warningOf(full)
    yield { type: 'done', result }
  }
  const terminal = new Terminal(400)
  await showProgress(run(), { stream: terminal })
  expect(terminal.rows).toEqual([`warning: ${full.message}`, ''])
  const lines: string[] = []
  const log = { isTTY: false, write: (text: string) => lines.push(text) }
  await showProgress(run(), { stream: log as unknown as Output })
  expect(lines).toEqual([`warning: ${full.message}\n`])
})

describe('in a terminal', () => {
  test('one line is drawn over again, and epochs stay', async () => {
    const terminal = new Terminal(80)
    expect(await showProgress(events(), { stream: terminal })).toBe(result)
    expect(terminal.rows).toEqual([...EPOCHS, ''])
    expect(terminal.cursorShown).toBe(true)
    expect(terminal.listener).toBeUndefined()
  })

  test('the line stays where a run fails, and the cursor comes back', async () => {
    const terminal = new Terminal(80)
    const failure = finetuneError('train/diverged', {
      ...{ epoch: 1, step: 2, loss: Number.NaN, tensor: 'fc.weight_grad' },
      learningRates: { head: 0.1 },
    })
    const run = (async function* (): AsyncGenerator<FineTuneEvent> {
      yield stepEvent()
      expect(terminal.cursorShown).toBe(false)
      throw failure
    })()
    await expect(showProgress(run, { stream: terminal })).rejects.toBe(failure)
    expect(terminal.rows).toEqual([expect.stringMatching(/^epoch 1\/5 /), ''])
    expect(terminal.cursorShown).toBe(true)
  })

  test('draws at most ten times a second', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    const terminal = new Terminal(80)
    const write = vi.spyOn(terminal, 'write')
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        for (let step = 1; step <= 1000; step++) {
          clock.mockReturnValue(step * 2)
          yield stepEvent({ step, stepsPerEpoch: 1000 })
        }
        yield { type: 'done', result }
      })(),
      { stream: terminal },
    )
    clock.mockRestore()
    expect(write.mock.calls.length).toBeLessThanOrEqual(24)
    expect(write.mock.calls.length).toBeGreaterThan(15)
  })

  test.each([false, true])('a terminal that gets narrower leaves no scraps, with colours: %s', async (color) => {
    const terminal = new Terminal(120)
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        yield stepEvent()
        terminal.listener?.()
        terminal.resize(30)
        terminal.listener?.()
        expect(terminal.rows).toEqual([expect.stringMatching(/^epoch 1\/5/)])
        yield epochEvent({ epoch: 1 })
        yield { type: 'done', result }
      })(),
      { stream: terminal, color },
    )
    expect(terminal.written.includes('\u001b[36m')).toBe(color)
    expect(terminal.rows).toEqual(['epoch 1: loss 0.461', ''])
  })

  test.each([20, 27, 40, 80, 200])('at %i columns the live line takes one row', async (columns) => {
    const terminal = new Terminal(columns)
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        for await (const event of events()) {
          yield event
          if (event.type !== 'epoch') continue
          expect(terminal.rowsOfLast).toBe(1)
        }
      })(),
      { stream: terminal },
    )
    for (const row of terminal.rows) expect(row.length).toBeLessThan(columns)
  })
})

describe('elsewhere', () => {
  test('plain lines where the stream is no terminal', async () => {
    const stream = new Screen(80)
    await showProgress(events(), { stream })
    expect(stream.written).toBe(`${WIDE.join('\n')}\n`)
  })

  test('a line every half minute in a long epoch', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    const stream = new Screen(80)
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        for (let step = 1; step <= 16; step++) {
          clock.mockReturnValue(step * 5000)
          yield stepEvent({ step })
        }
        clock.mockReturnValue(100_000)
        yield validationEvent()
        yield { type: 'done', result }
      })(),
      { stream },
    )
    clock.mockRestore()
    expect(stream.written.split('\n')).toEqual([
      'epoch 1, batch 6 of 16: loss 0.461, training accuracy 0.750, 25.9 examples/sec, 6:10 left',
      'epoch 1, batch 12 of 16: loss 0.461, training accuracy 0.750, 25.9 examples/sec, 5:40 left',
      'epoch 1, validation batch 1 of 10: loss 0.400, validation accuracy 0.900, 25.9 examples/sec, 5:20 left',
      '',
    ])
  })

  test('JSON: an object a line for every event', async () => {
    const stream = new Screen(80)
    const error = dataError('data/unreadable', { source: 'a.jpg', problem: 'it ends early' })
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        yield* events()
      })(),
      { stream, json: true },
    )
    const lines = stream.written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ type }) => type).join(' ')).toBe(
      `${'step step step step validationStep validationStep epoch '.repeat(2)}done`,
    )
    expect(lines[4]).toEqual({
      type: 'validationStep',
      epoch: 1,
      epochs: 2,
      step: 1,
      stepsPerEpoch: 2,
      loss: 0.4,
      accuracy: 0.9,
      examples: 32,
    })

    const skipping = new Screen(80)
    const skipped = [{ index: 3, source: 'a.jpg', error }]
    await showProgress(
      (async function* (): AsyncGenerator<FineTuneEvent> {
        yield epochEvent({ skipped, trainLoss: Number.NaN })
        yield { type: 'done', result }
      })(),
      { stream: skipping, json: true },
    )
    expect(JSON.parse(skipping.written.split('\n')[0]!)).toMatchObject({
      trainLoss: null,
      skipped: [{ index: 3, source: 'a.jpg', error: { code: 'data/unreadable', message: error.message } }],
    })
  })

  test('options are checked, and a run must reach its end', async () => {
    await expect(showProgress(events(), { width: 10 })).rejects.toThrow('showProgress: width must be at least 20')
    await expect(showProgress((async function* () {})(), { stream: new Screen(80) })).rejects.toThrow("'done'")
  })
})

describe('what a terminal can do', () => {
  const colourful: Output = { write() {}, hasColors: () => true }

  test('colours: FORCE_COLOR before NO_COLOR before the terminal', () => {
    expect(colorOf(colourful, {})).toBe(true)
    expect(colorOf({ write() {} }, {})).toBe(false)
    expect(colorOf(colourful, { NO_COLOR: '1' })).toBe(false)
    expect(colorOf(colourful, { NO_COLOR: '' })).toBe(true)
    expect(colorOf(colourful, { TERM: 'dumb' })).toBe(false)
    expect(colorOf({ write() {} }, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
    expect(colorOf(colourful, { FORCE_COLOR: '0' })).toBe(false)
  })

  test('styles, of which the environment does not decide', () => {
    vi.stubEnv('NO_COLOR', '1')
    const styles = ['plain', 'strong', 'faint', 'training', 'validation'] as const
    expect(styles.map((style) => coloured('x', style))).toEqual([
      'x',
      '\u001b[1mx\u001b[22m',
      '\u001b[2mx\u001b[22m',
      '\u001b[36mx\u001b[39m',
      '\u001b[32mx\u001b[39m',
    ])
    expect(coloured('', 'strong')).toBe('')
    vi.unstubAllEnvs()
  })

  test('characters', () => {
    expect(glyphsOf({ LANG: 'en_US.UTF-8' }, 'linux')).toBe(blocks)
    expect(glyphsOf({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux')).toBe(ascii)
    expect(glyphsOf({ LANG: 'ja_JP.UTF-8' }, 'linux')).toBe(ascii)
    expect(glyphsOf({}, 'linux')).toBe(ascii)
    expect(glyphsOf({ WT_SESSION: 'x' }, 'win32')).toBe(blocks)
  })

  test('width', () => {
    expect([undefined, 0, 5, 120, 1000].map((columns) => widthOf({ write() {}, columns }))).toEqual([
      80, 80, 20, 120, 300,
    ])
  })
})

test.skipIf(process.platform === 'win32')('a signal still ends the process, and the cursor comes back', () => {
  const script = fileURLToPath(new URL('interrupted.js', import.meta.url))
  const { signal, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  expect(signal).toBe('SIGINT')
  expect(stdout.startsWith('\u001b[?25l')).toBe(true)
  expect(stdout.endsWith('\n\u001b[?25h')).toBe(true)
})
