import { describe, expect, test } from 'vitest'
import type { Backbone } from '../../src/backbones/Backbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'
import { isFineTuneError } from '../../src/errors.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { keepClassifier, sharedClasses } from '../../src/model/keepClassifier.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { seededRandom } from '../../src/random.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { images, smallModel, tensorsOf } from '../finetune/support/smallRun.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const small = (name = 'resnet18') => loadBackbone(name, { weights: 'none', width: 8, imageSize: 32, classes: 7 })
const backbone = await small()
const random = seededRandom('images')
const input = float32(
  Float32Array.from({ length: 2 * 3 * 32 * 32 }, () => random.uniform(-1, 1)),
  [2, 3, 32, 32],
)
const logitsOf = async ({ graph }: Backbone) => (await runStock(graph, { input })).logits!

/** Probabilities' logarithms, [images, classes], as softmax defines them. */
function logSoftmax(logits: ArrayLike<number>, classes: number): number[] {
  return Array.from(logits, (value, at) => {
    const row = Array.from(logits).slice(at - (at % classes), at - (at % classes) + classes)
    return value - Math.log(row.reduce((sum, one) => sum + Math.exp(one), 0))
  })
}

describe('a classifier that is kept', () => {
  test('leaves the outputs of the backbone as they are, and the backbone too', async () => {
    const before = await logitsOf(backbone)
    const kept = keepClassifier(backbone, { classes: [5, 2] })
    expectClose(await logitsOf(kept), before, 1e-6, 'logits')
    expect(backbone.buffers).not.toContain('kept.weight')
    expectClose(await logitsOf(backbone), before, 0, 'logits')
  })

  test('gives the head the logarithms of the probabilities of its classes', async () => {
    const model = replaceHead(keepClassifier(backbone, { classes: [5, 2] }), { classes: ['a', 'b'], init: 'zeros' })
    const [rows, columns] = model.get('fc.weight').dims as [number, number]
    const weight = new Float32Array(rows * columns)
    weight[columns - 2] = 1
    weight[2 * columns - 1] = 1
    model.set('fc.weight', float32(weight, [rows, columns]))
    const known = logSoftmax((await logitsOf(backbone)).data as Float32Array, 7)
    const expected = [0, 1].flatMap((image) => [known[7 * image + 5]!, known[7 * image + 2]!])
    expectClose(await logitsOf(model), float32(expected, [2, 2]), 1e-5, 'logits')
    expect(model.trainable).not.toContain('kept.weight')
    expect(model.kept!.classes).toEqual([5, 2])
  })

  test('is saved with the weights, and loaded again', async () => {
    const model = replaceHead(keepClassifier(backbone, { classes: [3] }), { classes: ['a', 'b'] })
    const saved = saveWeights(model)
    expect(recogniseBackbone(readSafetensors(saved).tensors)).toMatchObject({ backbone: 'resnet18', classes: 2 })
    const loaded = await loadBackbone('resnet18', { weights: saved })
    expect(loaded.kept).toEqual(model.kept)
    expectClose(await logitsOf(loaded), await logitsOf(model), 0, 'logits')
    // Classes that are not there do not reach ONNX Runtime.
    const wrong = replaceHead({ ...keepClassifier(backbone, { classes: [3] }) }, { classes: ['a', 'b'] })
    Object.assign(wrong, { kept: { ...wrong.kept!, classes: [7] } })
    await expect(loadBackbone('resnet18', { weights: saveWeights(wrong) })).rejects.toMatchObject({
      code: 'backbones/mismatch',
    })
  })

  test('does not train, while everything before it and the head do', async () => {
    const model = replaceHead(keepClassifier(await smallModel(), { classes: [1] }), { classes: ['blue', 'red'] })
    const before = tensorsOf(model)
    const optimizer = sgd(paramGroups(model, { lr: 0.01 }))
    await fineTune(model, { train: await images(8, 0), epochs: 1, batchSize: 8, optimizer, workers: 0, threads: 1 })
    const after = tensorsOf(model)
    const changed = Object.keys(after).filter((name) => String(after[name]!.data) !== String(before[name]!.data))
    expect(changed).toEqual(expect.arrayContaining(['conv1.weight', 'layer4.0.conv2.weight', 'fc.weight']))
    expect(Object.keys(after).filter((name) => !changed.includes(name))).toEqual(['kept.weight', 'kept.bias'])
  })

  test('is refused beside a head that is no linear layer, a second time, and for classes that are not there', async () => {
    const refusal = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        if (isFineTuneError(error)) return error.code
      }
      return undefined
    }
    const convolution = await loadBackbone('squeezenet1_1', { weights: 'none', imageSize: 64, classes: 3 })
    expect(refusal(() => keepClassifier(convolution, { classes: [0] }))).toBe('model/no-head')
    const once = keepClassifier(backbone, { classes: [0] })
    expect(refusal(() => keepClassifier(once, { classes: [0] }))).toBe('model/no-head')
    expect(refusal(() => keepClassifier(backbone, { classes: [7] }))).toBe('model/unknown-class')
    expect(refusal(() => keepClassifier(backbone, { classes: ['hotdog'] }))).toBe('model/unknown-class')
  })
})

test('classes that both know are found by name, however it is written', () => {
  const named = { ...backbone, classes: ['hotdog', 'ice cream', 'crane', 'glass', 'plate', 'crane', 'bus'] }
  expect(sharedClasses(named, ['Hot_Dogs', 'not-hotdog', 'IceCream'])).toEqual([0, 1])
  expect(sharedClasses(named, ['cranes', 'glass', 'plates'])).toEqual([2, 3, 4, 5])
  expect(sharedClasses(named, ['dog', 'not hotdog'])).toEqual([])
  expect(sharedClasses({ ...named, classes: undefined }, ['hotdog'])).toEqual([])
})
