import { describe, expect, test } from 'vitest'
import { coloured } from '../../src/progress/coloured.node.js'
import { epochLine } from '../../src/progress/epochLine.js'
import { ascii, blocks } from '../../src/progress/glyphs.js'
import { clock, decimals } from '../../src/progress/numbers.js'
import { Progress } from '../../src/progress/Progress.js'
import { progressLine } from '../../src/progress/progressLine.js'
import { sparkline } from '../../src/progress/sparkline.js'
import { uncoloured } from '../../src/progress/style.js'
import { epochEvent, stepEvent, validationEvent } from './events.js'

/** The second epoch of five, 12 of 16 steps done, one a second. */
function midway(): Progress {
  const progress = new Progress()
  for (const epoch of [1, 2])
    for (let step = 1; step <= (epoch === 1 ? 16 : 12); step++)
      progress.add(stepEvent({ epoch, step, loss: 1 / (epoch * 16 + step) }), (epoch * 16 + step) * 1000)
  return progress
}

const look = { width: 79, paint: uncoloured, glyphs: blocks }

describe('the line of a run in a terminal', () => {
  test('at 80 columns', () => {
    expect(progressLine(midway(), look)).toBe(
      'epoch 2/5 ━━━━━━━━── 12/16  loss 0.026 █▆▄▃▂▁  acc 0.750  25.9 img/s  0:52 left',
    )
  })

  test('while features are computed there is no loss to tell', () => {
    const progress = midway()
    progress.add({ type: 'featureStep', dataset: 'train', epoch: 1, epochs: 5, step: 3, stepsPerEpoch: 4 }, 50_000)
    expect(progressLine(progress, look)).toBe(`features 1/5 ${'━'.repeat(30)}${'─'.repeat(10)} 3/4`)
  })

  test('in ASCII', () => {
    expect(progressLine(midway(), { ...look, glyphs: ascii })).toMatch(
      /^epoch 2\/5 ={8}-- 12\/16 {2}loss 0.026 [\x20-\x7e]{6} {2}acc 0.750 {2}25.9 img\/s {2}0:52 left$/,
    )
  })

  test('a wide terminal gives its room to bar and curve', () => {
    expect(progressLine(midway(), { ...look, width: 199 })).toBe(
      `epoch 2/5 ${'━'.repeat(30)}${'─'.repeat(10)} 12/16  loss 0.026 ` +
        `${sparkline(midway().losses, 30, blocks).padEnd(30)}  acc 0.750  25.9 img/s  0:52 left`,
    )
  })

  test.each([
    [70, 'epoch 2/5 ━━━━━── loss 0.026 █▆▄▃▂▁  acc 0.750  25.9 img/s  0:52 left'.replace(' loss', '  loss')],
    [62, 'epoch 2/5 ━━━━━━──  loss 0.026  acc 0.750  25.9 img/s  0:52 left'],
    [52, 'epoch 2/5 ━━━━━━━━──  loss 0.026  acc 0.750  0:52 left'],
    [40, 'epoch 2/5 ━━━━━━━━──  loss 0.026  0:52 left'],
    [34, 'epoch 2/5  loss 0.026  0:52 left'],
    [24, 'epoch 2/5  loss 0.026'],
    [19, 'epoch 2/5'],
    [5, 'epoch'],
  ])('at %i columns', (width, line) => {
    const drawn = progressLine(midway(), { ...look, width })
    expect(drawn.replaceAll(/[━─]+/g, '|')).toBe(line.replaceAll(/[━─]+/g, '|'))
    expect(drawn.length).toBeLessThanOrEqual(width)
  })

  test('never exceeds its width, coloured or not', () => {
    const states = [new Progress(), midway(), huge()]
    for (const state of states)
      for (let width = 1; width <= 300; width++) {
        const plain = progressLine(state, { ...look, width })
        expect(plain.length).toBeLessThanOrEqual(width)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are
        expect(progressLine(state, { ...look, width, paint: coloured }).replaceAll(/\u001b\[\d+m/g, '')).toBe(plain)
      }
  })

  test('validation shows what it has seen so far', () => {
    const progress = midway()
    progress.add(validationEvent({ epoch: 2, step: 1, loss: 0.5, accuracy: 0.5, examples: 30 }), 29_000)
    progress.add(validationEvent({ epoch: 2, step: 2, loss: 0.7, accuracy: 0.8, examples: 10 }), 30_000)
    expect(progressLine(progress, look)).toMatch(/^validation 2\/5 ━+─+ 2\/10 {2}loss 0.550 .* {2}acc 0.575 /)
  })

  test('before the first step', () => {
    expect(progressLine(new Progress(), look)).toBe('starting')
  })

  test('a loss that is not a number does not break it', () => {
    const progress = midway()
    progress.add(stepEvent({ epoch: 2, step: 13, loss: Number.NaN }), 30_000)
    expect(progressLine(progress, look)).toContain('loss NaN')
  })
})

function huge(): Progress {
  const progress = new Progress()
  const event = { epochs: 10_000, epoch: 9_999, stepsPerEpoch: 1_000_000, loss: 3.2e38, examplesPerSecond: 123_456.7 }
  for (const step of [999_998, 999_999]) progress.add(stepEvent({ ...event, step }), step * 1e6)
  return progress
}

describe('time left', () => {
  test('counts the validations to come, once one has been seen', () => {
    const progress = new Progress()
    const train = (epoch: number) => {
      for (let step = 1; step <= 16; step++) progress.add(stepEvent({ epoch, step }), epoch * 1e6 + step * 1000)
    }
    train(1)
    expect(progress.secondsLeft).toBe(4 * 16)
    for (let step = 1; step <= 10; step++) progress.add(validationEvent({ epoch: 1, step }), step * 500)
    expect(progress.secondsLeft).toBe(4 * (16 + 5))
    train(2)
    expect(progress.secondsLeft).toBe(5 + 3 * (16 + 5))
  })

  test('is unknown at first', () => {
    const progress = new Progress()
    progress.add(stepEvent({ epoch: 1, step: 1 }), 0)
    expect(progress.secondsLeft).toBeUndefined()
  })
})

describe('parts', () => {
  test('an epoch in words', () => {
    const whole = 'epoch 1: loss 0.461, training accuracy 0.803, validation accuracy 0.856, 25.9 examples/sec'
    expect(epochLine(epochEvent())).toBe(whole)
    const narrow = [90, 89, 71, 70, 46, 45, 18].map((width) => epochLine(epochEvent(), width))
    expect(narrow).toEqual([
      whole,
      'epoch 1: loss 0.461, training accuracy 0.803, validation accuracy 0.856',
      'epoch 1: loss 0.461, training accuracy 0.803, validation accuracy 0.856',
      'epoch 1: loss 0.461, validation accuracy 0.856',
      'epoch 1: loss 0.461, validation accuracy 0.856',
      'epoch 1: loss 0.461',
      'epoch 1: loss 0.46',
    ])
    const { validation: _, ...alone } = epochEvent()
    expect(epochLine(alone)).toBe('epoch 1: loss 0.461, training accuracy 0.803, 25.9 examples/sec')
  })

  test('sparklines average what does not fit and skip what is no number', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, blocks)).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([0, 0, Number.NaN, 7, 7], 2, blocks)).toBe('▁█')
    expect(sparkline([3, 3], 9, blocks)).toBe('▁▁')
    expect(sparkline([], 9, blocks)).toBe('')
  })

  test('times and numbers', () => {
    expect([0, 42.4, 725, 11_220, -3].map(clock)).toEqual(['0:00', '0:42', '12:05', '3:07:00', '0:00'])
    expect([0.4612, 1234567, Number.NaN, -2e9].map((value) => decimals(value, 3))).toEqual([
      '0.461',
      '1.2e+6',
      'NaN',
      '-2.0e+9',
    ])
  })
})
