import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { isFineTuneError } from '../../src/errors.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { lower } from '../../src/lowering/lower.js'
import { loadAdapters, saveAdapters } from '../../src/model/adapterFiles.js'
import { lora } from '../../src/model/lora.js'
import { Model } from '../../src/model/Model.js'
import { mergeAdapters } from '../../src/model/mergeAdapters.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import { seededRandom } from '../../src/random.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { images, smallModel, tensorsOf } from '../finetune/support/smallRun.js'
import { withGradients } from '../support/checkGradients.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'

interface Golden {
  readonly rank: number
  readonly alpha: number
  readonly weights: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>
  readonly input: readonly number[]
  readonly labels: readonly number[]
  readonly logits: readonly number[]
  readonly loss: number
  readonly gradients: Readonly<Record<string, readonly number[]>>
}
const golden = JSON.parse(readFileSync(new URL('../golden/lora/lora.json', import.meta.url), 'utf8')) as Golden
const tensorOf = (name: string): Tensor<'float32'> => float32(golden.weights[name]!.data, golden.weights[name]!.dims)

/** The network of the golden file, without adapters. */
function plainModel(): Model {
  const g = new GraphBuilder()
  const parameters = Object.keys(golden.weights).filter((name) => !name.includes('lora'))
  for (const name of parameters) g.initializer(name, tensorOf(name))
  g.input('input', 'float32', ['N', 3, 6, 6])
  const maps = g.op('Conv', ['input', 'conv.weight', 'conv.bias'], { strides: [2, 2], pads: [1, 1, 1, 1] })
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Relu', [maps])])])
  const mixed = g.op('MatMul', [pooled, 'mix'])
  const hidden = g.op('Gemm', [mixed, 'hidden.weight', 'hidden.bias'], { transB: 1 })
  g.output(g.op('Gemm', [hidden, 'fc.weight', 'fc.bias'], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 2])
  const preprocessing = { resize: 6, crop: 6, mean: [0, 0, 0], std: [1, 1, 1] }
  const head = { weight: 'fc.weight', bias: 'fc.bias' }
  return new Model({
    architecture: 'small',
    graph: g.graph,
    parameters,
    buffers: [],
    head,
    classes: ['a', 'b'],
    preprocessing,
  })
}

function goldenModel(): Model {
  const { rank, alpha } = golden
  const model = lora(plainModel(), { rank, alpha })
  for (const name of model.trainable) model.set(name, tensorOf(name))
  return model
}

const input = float32(golden.input, [3, 3, 6, 6])
const logitsOf = async (graph: Graph) => (await runStock(graph, { [graph.inputs[0]!.name]: input })).logits!

describe("adapters of Conv, MatMul and Gemm are torch's formula", () => {
  test('outputs, loss and gradients; only adapters and head train', async () => {
    const model = goldenModel()
    expect(model.trainable).toEqual(expect.arrayContaining(Object.keys(golden.gradients)))
    expect(model.trainable).toHaveLength(Object.keys(golden.gradients).length)
    expectClose(await logitsOf(model.graph), float32(golden.logits, [3, 2]), 1e-6, 'the logits')
    const loss = { type: 'crossEntropy', reduction: 'mean' } as const
    const build = () => buildTrainingGraph(model.graph, { requiresGrad: model.trainable, loss })
    const [training, feeds] = withGradients(build(), model.graph, { input, labels: int64(golden.labels) })
    const lowered = lower(training, { target: where.target })
    const known = Object.entries(feeds).filter(([name]) => lowered.inputs.some((one) => one.name === name))
    const results = await runStock(lowered, Object.fromEntries(known))
    expectClose(results[training.outputs[0]!.name], float32([golden.loss], []), 1e-6, 'the loss')
    for (const [name, gradient] of Object.entries(golden.gradients))
      expectClose(results[`${name}_grad`], float32(gradient, golden.weights[name]!.dims), 1e-5, name)
  })

  test('merged, exported and saved, they are part of the weights', async () => {
    const model = goldenModel()
    const merged = mergeAdapters(model)
    expect(merged.parameters).toEqual(plainModel().parameters)
    expect(merged.graph.nodes).toHaveLength(plainModel().graph.nodes.length)
    expectClose(await logitsOf(merged.graph), float32(golden.logits, [3, 2]), 1e-6, 'merged')
    // The export compares its file with the graph that is not merged.
    expect((await exportClassifier(model)).length).toBeGreaterThan(0)
    const { tensors } = readSafetensors(saveWeights(model))
    expect([...tensors.keys()].sort()).toEqual([...merged.parameters].sort())
    expect(tensors.get('mix')!.data).toEqual(merged.get('mix').data)
    expect(mergeAdapters(merged)).toBe(merged)
  })
})

describe('a run with adapters', () => {
  test('changes adapters and head alone, and leaves the model without them as it is', async () => {
    const model = await smallModel()
    const before = tensorsOf(model)
    const adapted = lora(model, { rank: 2, pattern: /layer4|conv1/, seed: 1 })
    expect(adapted.trainable.filter((name) => !name.includes('lora_'))).toEqual(['fc.weight', 'fc.bias'])
    const started = tensorsOf(adapted)
    const train = await images(8, 0)
    const run = fineTune(adapted, {
      train,
      validation: train,
      epochs: 2,
      batchSize: 4,
      workers: 0,
      optimizer: adamW(adapted, { lr: 0.01 }),
    })
    const { epochs } = await run
    expect(epochs[1]!.trainLoss).not.toBe(epochs[0]!.trainLoss)
    expect(tensorsOf(model)).toEqual(before)
    for (const [name, tensor] of Object.entries(tensorsOf(adapted)))
      expect([name, adapted.frozen.has(name) || adapted.buffers.includes(name)]).toEqual([
        name,
        `${tensor.data}` === `${started[name]!.data}`,
      ])

    // Saved alone, and put on the same network again.
    const file = saveAdapters(adapted)
    expect(file.length).toBeLessThan(saveWeights(model).length / 4)
    const again = loadAdapters(model, file)
    expect(tensorsOf(again)).toEqual(tensorsOf(adapted))
    expect(again.preprocessing).toEqual(adapted.preprocessing)
    const names = [...mergeAdapters(adapted).parameters]
    const [one, other] = [mergeAdapters(adapted), mergeAdapters(again)]
    for (const name of names) expect(one.get(name).data).toEqual(other.get(name).data)
  })

  test('starts with the outputs of the model, and depends on its seed', async () => {
    const model = plainModel()
    const [one, other] = [lora(model, { rank: 3, seed: 1 }), lora(model, { rank: 3, seed: 2 })]
    expect(await logitsOf(one.graph)).toEqual(await logitsOf(model.graph))
    expect(one.get('conv.lora_A.weight').data).not.toEqual(other.get('conv.lora_A.weight').data)
    const bound = 1 / Math.sqrt(27)
    const values = [...one.get('conv.lora_A.weight').data]
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound)
    expect(Math.max(...values)).toBeGreaterThan(bound / 2)
    expect(lora(model, { trainHead: false }).trainable.every((name) => name.includes('lora_'))).toBe(true)
  })
})

describe('what cannot be adapted is told', () => {
  const code = (action: () => unknown) => {
    try {
      action()
    } catch (error) {
      if (isFineTuneError(error)) return error.code
    }
    return undefined
  }

  test('biases alone, the head alone, a pattern without a match, a model with adapters', () => {
    const model = plainModel()
    expect(code(() => lora(model, { pattern: /bias/ }))).toBe('model/not-adaptable')
    expect(code(() => lora(model, { pattern: 'fc' }))).toBe('model/not-adaptable')
    expect(code(() => lora(model, { pattern: 'layer9' }))).toBe('model/no-match')
    expect(code(() => lora(lora(model)))).toBe('model/adapted')
    expect(code(() => lora(mergeAdapters(lora(model))))).toBeUndefined()
  })

  test('files of other things, and of other classes', async () => {
    const model = plainModel()
    expect(code(() => saveAdapters(model))).toBe('options/invalid')
    expect(code(() => loadAdapters(model, saveWeights(model)))).toBe('weights/no-adapters')
    expect(
      code(() =>
        loadAdapters(
          model,
          Uint8Array.from({ length: 9 }, () => seededRandom(1).integer(0, 255)),
        ),
      ),
    ).toBe('weights/malformed')
    const other = lora(await smallModel(), { pattern: /layer4/ })
    expect(code(() => loadAdapters(model, saveAdapters(other)))).toBe('options/invalid')
  })
})
