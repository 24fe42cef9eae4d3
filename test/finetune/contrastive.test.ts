import { expect, test } from 'vitest'
import { IMAGENET } from '../../src/backbones/Architecture.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { embed } from '../../src/embedding/embed.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { readModel } from '../../src/onnx/format/read.js'
import { sgd } from '../../src/optim/sgd.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { failure, images } from './support/smallRun.js'
import { tinyModel } from './support/tinyModel.js'

const train = await images(12, 0)
const view = compose([resize(28), centerCrop(24), toTensor(), normalize(IMAGENET.mean, IMAGENET.std)])

function start(model: Model, more: Partial<FineTuneOptions> = {}, lr = 0.05) {
  const same = { trainTransform: view, validationTransform: view, cacheFeatures: false, workers: 0, threads: 1 }
  return fineTune(model, {
    ...{ train, epochs: 1, batchSize: 12, ...same, optimizer: sgd(paramGroups(model, { lr })) },
    loss: { type: 'supervisedContrastive', temperature: 0.2, weight: 0.25 },
    ...more,
  })
}

/** In inference mode batch normalization does not depend on the batch. */
function network(): Model {
  const model = tinyModel()
  freeze(model, /bn/)
  return model
}

/** Options are refused before there is a run. */
const refusal = (make: () => unknown) => failure(Promise.resolve().then(make) as Promise<unknown>)

/** The contrastive loss of the embeddings, after the formula of arXiv 2004.11362. */
async function contrast(model: Model, temperature: number): Promise<number> {
  const { vectors, labels } = await embed(model, train, { workers: 0 })
  const [count, size] = vectors.dims as [number, number]
  const row = (i: number) => vectors.data.subarray(i * size, (i + 1) * size)
  const similarity = (i: number, j: number) =>
    row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0) / temperature
  const all = [...Array(count).keys()]
  const losses = all.map((i) => {
    const others = all.filter((j) => j !== i)
    const whole = Math.log(others.reduce((sum, j) => sum + Math.exp(similarity(i, j)), 0))
    const alike = others.filter((j) => labels[j] === labels[i])
    return alike.reduce((sum, j) => sum + whole - similarity(i, j), 0) / alike.length
  })
  return losses.reduce((sum, loss) => sum + loss, 0) / count
}

test('the loss of a step is that of the vectors of embed and that of the logits, and embeddings of a class come nearer', async () => {
  const model = network()
  const before = await contrast(model, 0.2)
  const plain = start(network(), { loss: { type: 'crossEntropy' } })
  await plain
  const run = start(model, { epochs: 10 }, 0.5)
  await run
  const { steps, settings } = run.record
  expect(steps[0]!.loss).toBeCloseTo(0.25 * before + 0.75 * plain.record.steps[0]!.loss, 4)
  expect(settings.sampling).toEqual({ perClass: 6 })
  expect(await contrast(model, 0.2)).toBeLessThan(before - 0.02)
  const exported = readModel(await exportClassifier(model, undefined, { embedding: true }))
  expect(exported.outputs.map(({ name }) => name)).toContain('embedding')
})

test.each<[string, Partial<FineTuneOptions>]>([
  ['mixup', { mixup: {} }],
  ['replicas', { replicas: 2 }],
  ['distill', { distill: { teacher: tinyModel() } }],
  ['sampling.perClass', { sampling: { perClass: 5 } }],
])('%s is refused', async (option, options) => {
  const refused = await refusal(() => start(network(), options))
  expect(refused).toMatchObject({ code: 'options/invalid', facts: { option: `fineTune: ${option}` } })
})

test('a head alone has no embeddings to train', async () => {
  const model = tinyModel()
  for (const name of model.parameters) if (!name.startsWith('fc')) model.frozen.add(name)
  expect((await refusal(() => start(model))).facts).toMatchObject({ option: 'fineTune: loss.type' })
})
