import { expect, test } from 'vitest'
import { IMAGENET } from '../../src/backbones/Architecture.js'
import type { Backbone } from '../../src/backbones/Backbone.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { evaluate } from '../../src/evaluation/evaluate.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { expectAllClose } from '../support/compare.js'
import { failure, images, tensorsOf } from './support/smallRun.js'
import { tinyModel } from './support/tinyModel.js'

const train = await images(12, 0)
const view = compose([resize(28), centerCrop(24), toTensor(), normalize(IMAGENET.mean, IMAGENET.std)])

async function trained(more: Partial<FineTuneOptions>, lr: number) {
  const model = tinyModel()
  // In inference mode batch normalization does not depend on the batch.
  freeze(model, /bn/)
  const same = { trainTransform: view, validationTransform: view, cacheFeatures: false, workers: 0, threads: 1 }
  const optimizer = sgd(paramGroups(model, { lr }))
  const run = fineTune(model, { train, epochs: 1, batchSize: 12, ...same, optimizer, ...more })
  await run
  return { model, loss: run.record.steps[0]!.loss, record: run.record }
}

/** A network with the classes in another order, one that the model does not have, and a normalization of its own. */
function otherTeacher(): Model {
  const { graph, parameters, buffers, head } = tinyModel()
  const teacher = new Model({
    ...{ architecture: 'teacher', graph, parameters, buffers, head, classes: ['red', 'blue'] },
    preprocessing: { resize: 28, crop: 24, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
  })
  teacher.set('fc.weight', {
    ...teacher.get('fc.weight'),
    data: teacher.get('fc.weight').data.map((w) => 4 * w),
  } as never)
  return teacher
}

test('a teacher that says what the model says leaves its share of the loss at 0, and the gradient too', async () => {
  const plain = await trained({}, 0.075)
  const taught = await trained({ distill: { teacher: tinyModel(), weight: 0.25 } }, 0.1)
  expect(taught.loss).toBeCloseTo(0.75 * plain.loss, 5)
  expectAllClose(tensorsOf(taught.model), tensorsOf(plain.model), 1e-5)
  expect(taught.record.settings.distill).toEqual({ teacher: 'tiny', temperature: 4, weight: 0.25 })
})

test.each(['a model', 'the .onnx of a classifier'])('%s with other classes and normalization teaches', async (kind) => {
  const teacher = otherTeacher()
  const temperature = 2
  const file = async () => loadOnnxBackbone(await exportClassifier(teacher, undefined, { threads: 1 }))
  const given: Backbone = kind === 'a model' ? teacher : await file()
  const { loss, model } = await trained({ distill: { teacher: given, temperature, weight: 1 } }, 0)
  const rows = ({ data }: Tensor) =>
    Array.from({ length: 12 }, (_, i) => Array.from(data.slice(2 * i, 2 * i + 2), Number))
  const softened = (row: readonly number[]) => {
    const powers = row.map((p) => p ** (1 / temperature))
    return powers.map((power) => power / (powers[0]! + powers[1]!))
  }
  const [said, own] = await Promise.all(
    [teacher, model].map(async (one) => rows((await evaluate(one, train, { workers: 0, threads: 1 })).probabilities)),
  )
  const divergence = said!.map((row, i) => {
    const q = softened(own![i]!)
    return softened(row.toReversed()).reduce((sum, p, label) => sum + p * Math.log(p / q[label]!), 0)
  })
  const expected = (temperature ** 2 * divergence.reduce((sum, each) => sum + each, 0)) / 12
  expect(expected).toBeGreaterThan(0.01)
  expect(loss / expected).toBeCloseTo(1, 3)
})

test('what a teacher cannot be, or cannot be with, is refused', async () => {
  const refused = async (more: Partial<FineTuneOptions>) => (await failure(trained(more, 0.1))).message
  const teacher = tinyModel()
  const wrongNames = replaceHead(tinyModel(), { classes: ['blue', 'green'] })
  expect(await refused({ distill: { teacher: wrongNames } })).toMatch(/distill\.teacher\.classes must be .* also red/)
  const small: Backbone = { ...teacher, classes: teacher.classes, graph: teacher.graph.clone() }
  small.graph.inputs = [{ ...small.graph.inputs[0]!, shape: ['N', 3, 16, 16] }]
  expect(await refused({ distill: { teacher: small } })).toMatch(
    /distill\.teacher must be an input of the model's size, 24 x 24/,
  )
  expect(await refused({ distill: { teacher }, cacheFeatures: true })).toMatch(
    /cacheFeatures must be left out or false/,
  )
  expect(await refused({ distill: { teacher }, loss: { type: 'crossEntropy', classWeights: [1, 2] } })).toMatch(
    /loss must be without classWeights/,
  )
  expect(await refused({ distill: { teacher, weight: 2 } })).toMatch(/distill\.weight/)
  const values = replaceHead(tinyModel(), { classes: ['age'], task: 'regression' })
  const run = () =>
    fineTune(values, {
      train: {
        ...train,
        classes: ['age'],
        samples: train.samples.map((sample) => ({ ...sample, label: 0, values: [1] })),
      },
      optimizer: sgd(paramGroups(values, { lr: 1 })),
      distill: { teacher },
    })
  expect(run).toThrow(/distill must be left out, as the task of the model is 'regression'/)
})
