import { describe, expect, test } from 'vitest'
import { drawExplanation } from '../../src/explanation/drawExplanation.js'
import { explain } from '../../src/explanation/explain.js'
import { importanceOf } from '../../src/explanation/occlusion.js'
import { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { errorOf } from '../data/support.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const SIDE = 12
const MEAN = [0.2, 0.4, 0.6]
const STD = [0.3, 0.2, 0.25]
const source = seededRandom('explain')
const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => source.integer(0, 255))
const image = rgbImage(pixels, SIDE, SIDE)

/** A linear classifier of all pixels, with random weights. */
function linearModel(): Model {
  const g = new GraphBuilder()
  const size = 3 * SIDE * SIDE
  g.input('input', 'float32', ['N', 3, SIDE, SIDE])
  g.initializer(
    'fc.weight',
    float32(
      Float32Array.from({ length: 3 * size }, () => source.uniform(-0.05, 0.05)),
      [3, size],
    ),
  )
  g.initializer('fc.bias', float32([0, 0.1, -0.1], [3]))
  const flat = g.op('Flatten', ['input'])
  g.output(g.op('Gemm', [flat, 'fc.weight', 'fc.bias'], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 3])
  return new Model({
    ...{ architecture: 'linear', graph: g.graph, parameters: ['fc.weight', 'fc.bias'], buffers: [] },
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    classes: ['a', 'b', 'c'],
    preprocessing: { resize: SIDE, crop: SIDE, mean: MEAN, std: STD },
  })
}

/** The probabilities of one image of bytes, on foot. */
async function probabilitiesOf(model: Model, bytes: Uint8Array): Promise<number[]> {
  const plane = SIDE * SIDE
  const data = Float32Array.from({ length: 3 * plane }, (_, i) => {
    const c = Math.floor(i / plane)
    return (bytes[(i % plane) * 3 + c]! / 255 - MEAN[c]!) / STD[c]!
  })
  const { logits } = await runStock(model.graph, { input: float32(data, [1, 3, SIDE, SIDE]) })
  const powers = Array.from(logits!.data as Float32Array, Math.exp)
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0))
}

describe('an explanation', () => {
  test('is the mean drop of the probability over the squares that cover a cell', async () => {
    const model = linearModel()
    const cells = 4
    const cell = SIDE / cells
    const { label, score, map, view } = await explain(model, image, { cells, label: 'b', threads: 1 })
    const whole = (await probabilitiesOf(model, pixels))[1]!
    const drops: number[][] = Array.from({ length: cells ** 2 }, () => [])
    for (let top = 0; top < cells - 1; top++)
      for (let left = 0; left < cells - 1; left++) {
        const covered = pixels.slice()
        for (let y = top * cell; y < (top + 2) * cell; y++)
          for (let x = left * cell; x < (left + 2) * cell; x++)
            for (let c = 0; c < 3; c++) covered[(y * SIDE + x) * 3 + c] = Math.round(255 * MEAN[c]!)
        const drop = whole - (await probabilitiesOf(model, covered))[1]!
        for (const row of [top, top + 1]) for (const column of [left, left + 1]) drops[row * cells + column]!.push(drop)
      }
    const means = drops.map((each) => each.reduce((sum, drop) => sum + drop, 0) / each.length)
    expectClose(map, float32(means, [cells, cells]), 1e-4)
    expect([label, view.shape]).toEqual(['b', [SIDE, SIDE, 3]])
    expect(score).toBeCloseTo(whole, 5)
    expect(Buffer.from(view.data).equals(pixels)).toBe(true)
  })

  test('is of the most probable class, unless another is asked for', async () => {
    const model = linearModel()
    const scores = await probabilitiesOf(model, pixels)
    const best = model.classes[scores.indexOf(Math.max(...scores))]
    const { label, map } = await explain(model, image, { threads: 1, batchSize: 7 })
    expect([label, map.dims]).toEqual([best, [8, 8]])
  })

  test('of a class that the model does not have, or of another task, is refused', async () => {
    const message = async (wrong: Promise<unknown>) => (await errorOf(wrong)).message
    expect(await message(explain(linearModel(), image, { label: 'd' }))).toContain('one of the classes: a, b, c')
    const values = replaceHead(linearModel(), { classes: ['age'], task: 'regression' })
    expect(await message(explain(values, image))).toContain("must be 'classification'")
  })
})

test('importance is a mean, also at the borders', () => {
  const { data } = importanceOf([1, 1, 1, 1, 0], 3)
  expect([...data]).toEqual([0, 0, 0, 0, 0.25, 0.5, 0, 0.5, 1])
})

describe('a drawing', () => {
  const grey = rgbImage(new Uint8Array(3 * 8 * 8).fill(100), 8, 8)
  const draw = (values: readonly number[]) =>
    drawExplanation({ view: grey, map: float32(values, [2, 2]) as Tensor<'float32'> })

  test('is red where the map is largest, and as it was where it is 0 or below', () => {
    const { data } = draw([1, 0, 0, -1])
    expect([...data.slice(0, 3)]).toEqual([185, 48, 48])
    expect([...data.slice(-3)]).toEqual([100, 100, 100])
    expect(grey.data.every((byte) => byte === 100)).toBe(true)
  })

  test('of a map without a positive value is the view', () => {
    expect(draw([0, -1, -2, 0]).data).toEqual(grey.data)
  })
})
