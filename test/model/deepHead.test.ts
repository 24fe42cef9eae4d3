import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import type { Backbone } from '../../src/backbones/Backbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { drawMasks, withMasks } from '../../src/finetune/batches/dropout.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { loadAdapters, saveAdapters } from '../../src/model/adapterFiles.js'
import { freeze } from '../../src/model/freeze.js'
import { keepClassifier } from '../../src/model/keepClassifier.js'
import { lora } from '../../src/model/lora.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { readModel } from '../../src/onnx/format/read.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { fineTune as fineTuneByRecipe } from '../../src/recipe/fineTune.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { errorOf } from '../data/support.js'
import { images, tensorsOf } from '../finetune/support/smallRun.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

interface Golden {
  readonly ratio: number
  readonly weights: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>
  readonly input: readonly number[]
  readonly labels: readonly number[]
  readonly masks: readonly [readonly number[], readonly number[]]
  readonly logits: readonly number[]
  readonly loss: number
  readonly after: Readonly<Record<string, readonly number[]>>
  readonly evaluation: readonly number[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/deepHead/deepHead.json', import.meta.url), 'utf8')) as Golden

/** A network that is nothing but a head, of 12 values. */
function flatBackbone(): Backbone {
  const g = new GraphBuilder()
  g.initializer('fc.weight', float32(new Float32Array(24), [2, 12]))
  g.initializer('fc.bias', float32(new Float32Array(2), [2]))
  const features = g.op('Flatten', [g.input('input', 'float32', ['N', 3, 2, 2])])
  g.output(g.op('Gemm', [features, 'fc.weight', 'fc.bias'], { transB: 1 }, { outputs: ['logits'] }), 'float32', [
    'N',
    2,
  ])
  const preprocessing = { resize: 2, crop: 2, mean: [0, 0, 0], std: [1, 1, 1] }
  const parameters = ['fc.weight', 'fc.bias']
  const head = { weight: 'fc.weight', bias: 'fc.bias' }
  return { architecture: 'flat', graph: g.graph, parameters, buffers: [], head, classes: undefined, preprocessing }
}

async function engineOf(model: Model, lr: number, weightDecay = 0): Promise<TrainingEngine> {
  const artifacts = await generateArtifacts(withMasks(model.graph).graph, {
    requiresGrad: model.parameters,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: sgd(paramGroups(model, { lr }), { weightDecay }),
  })
  return TrainingEngine.create({ artifacts, threads: 1 })
}

test("a step with torch's masks is torch's step; without dropout in evaluation", async () => {
  const { ratio, weights, masks, after } = golden
  const model = replaceHead(flatBackbone(), { classes: ['a', 'b', 'c'], hidden: [5], dropout: ratio })
  expect(model.parameters).toEqual(Object.keys(weights))
  for (const [name, { dims, data }] of Object.entries(weights)) model.set(name, float32(data, dims))
  const session = await engineOf(model, 0.1, 0.01)
  const feeds = { input: float32(golden.input, [4, 3, 2, 2]), labels: int64(golden.labels) }
  const drawn = { dropout_mask_1: float32(masks[0], [4, 12]), dropout_mask_2: float32(masks[1], [4, 5]) }
  const outputs = await session.updateStep({ ...feeds, ...drawn })
  expect((outputs[session.loss] as Tensor<'float32'>).data[0]).toBeCloseTo(golden.loss, 6)
  expectClose(outputs.logits, float32(golden.logits, [4, 3]), 1e-6, 'logits')
  const changed = await session.getParameters()
  for (const [name, values] of Object.entries(after))
    expectClose(changed[name], float32(values, weights[name]!.dims), 1e-6, name)
  const { logits } = await session.evalStep(feeds)
  expectClose(logits, float32(golden.evaluation, [4, 3]), 1e-6, 'logits in evaluation')
  await session.release()
})

test('a run draws masks by its seed, anew in each step, also over cached features', async () => {
  const train = await images(8, 0)
  const view = compose([resize(2), centerCrop(2), toTensor()])
  const runOf = async (seed: number, lr: number) => {
    const model = replaceHead(flatBackbone(), { classes: train.classes, hidden: [4], dropout: 0.5 })
    const optimizer = sgd(paramGroups(model, { lr }))
    const views = { trainTransform: view, validationTransform: view }
    const run = fineTune(model, { train, optimizer, seed, batchSize: 8, epochs: 3, workers: 0, threads: 1, ...views })
    await run
    const { steps, settings } = run.record
    expect(settings.featureViews).toBe(1)
    return { tensors: tensorsOf(model), losses: steps.map(({ loss }) => loss) }
  }
  const one = await runOf(3, 0.1)
  expect(await runOf(3, 0.1)).toEqual(one)
  // The weights and the images of each step are the same: its masks are not.
  expect(new Set((await runOf(4, 0)).losses).size).toBe(3)
})

test('masks drop their share, and keep the mean', () => {
  const [mask] = Object.values(drawMasks([{ name: 'm', ratio: 0.2, dims: [500] }], 8, [0, 1, 2]))
  const share = mask!.data.filter((value) => value === 0).length / 4000
  expect(Math.abs(share - 0.2)).toBeLessThan(0.02)
  expect(new Set(mask!.data)).toEqual(new Set([0, 1.25]))
})

const SMALL = { weights: 'none', width: 4, imageSize: 32 } as const
const classes = ['hotdog', 'not-hotdog']
const resnet = await loadBackbone('resnet18', { ...SMALL, classes: 4 })

describe('a head of several layers', () => {
  const model = replaceHead(resnet, { classes, hidden: [8, 6], dropout: 0.25 })
  const names = ['fc.1.weight', 'fc.1.bias', 'fc.4.weight', 'fc.4.bias', 'fc.7.weight', 'fc.7.bias']
  const input = float32(
    Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
    [1, 3, 32, 32],
  )

  test('is initialised layer by layer, as Xavier says', () => {
    expect(model.parameters.slice(-6)).toEqual(names)
    expect(names.map((name) => model.get(name).dims)).toEqual([[8, 32], [8], [6, 8], [6], [2, 6], [2]])
    for (const [name, bound] of [
      ['fc.1.weight', Math.sqrt(6 / 40)],
      ['fc.4.weight', Math.sqrt(6 / 14)],
      ['fc.7.weight', Math.sqrt(6 / 8)],
    ] as const) {
      const largest = Math.max(...model.get(name).data.map(Math.abs))
      expect(largest).toBeLessThanOrEqual(bound)
      expect(largest).toBeGreaterThan(bound / 2)
    }
    const zeros = replaceHead(resnet, { classes, hidden: [8], init: 'zeros' })
    expect(new Set(zeros.get('fc.4.weight').data)).toEqual(new Set([0]))
    expect(new Set(zeros.get('fc.1.weight').data).size).toBeGreaterThan(200)
  })

  test('is the head: groups, freezing up to it, adapters', () => {
    const [backbone, head] = paramGroups(model, { lr: 1, headLrMultiplier: 10 })
    expect(head).toMatchObject({ params: names, lr: 10 })
    expect(backbone!.params).not.toContain('fc.1.weight')
    expect(paramGroups(model, { lr: 1, layerDecay: 0.5 }).at(-1)!.params).toEqual(names.filter((_, i) => i % 2 === 0))
    const adapted = lora(model, { rank: 1, pattern: /conv1|fc/ })
    expect(adapted.trainable).toEqual(expect.arrayContaining(names))
    expect(adapted.adapters!.weights.every(({ weight }) => !weight.startsWith('fc'))).toBe(true)
    adapted.set('fc.1.bias', float32([1, 2, 3, 4, 5, 6, 7, 8], [8]))
    expect(loadAdapters(model, saveAdapters(adapted)).get('fc.1.bias')).toEqual(adapted.get('fc.1.bias'))
  })

  test('is saved and loaded, from the names alone too, and exported without dropout', async () => {
    const bytes = saveWeights(model)
    const { tensors } = readSafetensors(bytes)
    expect(recogniseBackbone(tensors)).toEqual({ backbone: 'resnet18', width: 4, classes: 2 })
    const loaded = await loadBackbone('resnet18', { weights: bytes })
    expect(loaded).toMatchObject({ head: model.head, parameters: model.parameters, classes })
    expect(loaded.head).toMatchObject({ dropout: 0.25, hidden: [{ weight: 'fc.1.weight' }, { weight: 'fc.4.weight' }] })
    const of = async ({ graph }: Pick<Model, 'graph'>) => (await runStock(graph, { input })).logits
    expect(await of(loaded)).toEqual(await of(model))
    const exported = readModel(await exportClassifier(model, undefined, { embedding: true, threads: 1 }))
    expect(exported.nodes.map(({ opType }) => opType)).not.toContain('Dropout')
    expect(exported.nodes.filter(({ opType }) => opType === 'Gemm')).toHaveLength(3)
    expect(exported.outputs.at(-1)).toMatchObject({ name: 'embedding', shape: ['N', 32] })
    const go = new Model({ ...loaded, classes })
    freeze(go, { upTo: 'layer4' })
    expect(go.trainable).toEqual(names)
  })

  test('is replaced whole', async () => {
    const plain = replaceHead(model, { classes: ['a', 'b', 'c'], seed: 5 })
    const direct = replaceHead(resnet, { classes: ['a', 'b', 'c'], seed: 5 })
    expect(plain.parameters).toEqual(direct.parameters)
    expect(plain.head).toEqual(direct.head)
    expect(plain.graph.nodes).toEqual(direct.graph.nodes)
    expect(plain.get('fc.weight')).toEqual(direct.get('fc.weight'))
    const dropped = replaceHead(resnet, { classes, dropout: 0.5 })
    expect(dropped.parameters.slice(-2)).toEqual(['fc.weight', 'fc.bias'])
    expect((await loadBackbone('resnet18', { weights: saveWeights(dropped) })).head).toEqual(dropped.head)
    expect(replaceHead(dropped, { classes }).graph.nodes).toEqual(resnet.graph.nodes)
  })

  test.each([
    ['vit_b_16', 12],
    // Its head is a convolution.
    ['squeezenet1_1', undefined],
  ])('of %s', async (name, width) => {
    const backbone = await loadBackbone(name, { weights: 'none', imageSize: 32, classes: 4, width })
    const deep = replaceHead(backbone, { classes, hidden: [3], dropout: 0.5 })
    const loaded = await loadBackbone(name, { weights: saveWeights(deep) })
    expect(loaded.head).toEqual(deep.head)
    const { logits } = await runStock(deep.graph, { input })
    expect(logits!.dims).toEqual([1, 2])
  })

  test('with an embedding is saved and loaded with it', async () => {
    const deep = replaceHead(resnet, { classes, hidden: [6], embedding: 3 })
    expect(deep.head).toMatchObject({ embedding: true, hidden: [{}, { weight: 'fc.4.weight' }] })
    const loaded = await loadBackbone('resnet18', { weights: saveWeights(deep) })
    expect(loaded.head).toEqual(deep.head)
    const of = async ({ graph }: Pick<Model, 'graph'>) => (await runStock(graph, { input })).logits
    expect(await of(loaded)).toEqual(await of(deep))
    expect(deep.graph.nodes.filter(({ name, opType }) => opType === 'Relu' && name.includes('head'))).toHaveLength(1)
    expect(replaceHead(deep, { classes }).graph.nodes).toEqual(resnet.graph.nodes)
  })

  test('is refused where it has no meaning', async () => {
    const from = { hotdog: 0 }
    expect(await errorOf((async () => replaceHead(resnet, { classes, hidden: [4], from }))())).toMatchObject({
      code: 'options/invalid',
      facts: { option: 'replaceHead: from' },
    })
    expect(await errorOf((async () => replaceHead(model, { classes, from }))())).toMatchObject({
      code: 'model/unknown-class',
    })
    expect(await errorOf((async () => keepClassifier(model, { classes: [0] }))())).toMatchObject({
      code: 'model/no-head',
    })
    const train = { ...(await images(4, 0)), classes }
    expect(await errorOf((async () => fineTuneByRecipe(model, { recipe: 'auto', train }))())).toMatchObject({
      code: 'options/invalid',
      facts: { option: 'fineTune: recipe' },
    })
  })
})
