import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { Blueprint } from '../../src/backbones/Architecture.js'
import { architectures } from '../../src/backbones/architectures.js'
import { convnext } from '../../src/backbones/convnext.js'
import { dinov2 } from '../../src/backbones/dinov2.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { initialise } from '../../src/backbones/initialise.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'
import { swin } from '../../src/backbones/swin.js'
import { timmNames, torchvisionNames, visionTransformer } from '../../src/backbones/visionTransformer.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { lower } from '../../src/lowering/lower.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { readModel } from '../../src/onnx/format/read.js'
import { type Graph, operatorOf } from '../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { factsOf, fill, transformersGolden as golden, transformersPath } from '../support/transformersGolden.js'
import { settings, where } from '../support/where.js'

const loss = { type: 'crossEntropy', reduction: 'mean' } as const

/** A network in small, with the golden weights. */
function small({ graph, tensors }: Blueprint): { graph: Graph; parameters: string[] } {
  for (const [name, tensor] of initialise(tensors, 0)) graph.initializers.set(name, tensor)
  const parameters = tensors.filter(({ role }) => role === 'parameter').map(({ name }) => name)
  fill(graph, parameters)
  return { graph, parameters }
}

const networks = {
  convnext: [convnext('small', { depths: [1, 1, 2, 1] }), 8, 32],
  vit: [visionTransformer('small', { depth: 2, heads: 2, patch: 8, width: 16, names: torchvisionNames }), 16, 16],
  deit: [visionTransformer('small', { depth: 2, heads: 2, patch: 8, width: 16, names: timmNames }), 16, 16],
  swin: [swin('small', { depths: [2, 2], heads: [1, 2], window: 3, width: 6 }), 6, 28],
  dinov2: [dinov2('small', { depth: 2, heads: 2, patch: 14, width: 16 }), 16, 42],
} as const

describe.each(Object.entries(networks))('%s in small', (name, [architecture, width, imageSize]) => {
  const { graph, parameters } = small(architecture.build({ classes: 3, imageSize, width }))
  const input = golden.images(imageSize)

  test('has the logits of PyTorch', async () => {
    expectClose((await runStock(graph, { input })).logits, golden.tensor(`${name}/logits`), 1e-5, 'logits')
  })

  // The operators of vit need not run everywhere again.
  const runtimes = ['deit', 'dinov2', 'swin'].includes(name) ? where.runtimes.slice(0, 1) : where.runtimes
  test.each(runtimes)('has the losses and every gradient of PyTorch on %s', async (runtime) => {
    const groups = [{ name: 'all', params: parameters, lr: golden.lr }]
    const artifacts = await generateArtifacts(graph, { requiresGrad: parameters, loss, optimizer: sgd(groups) })
    const session = await TrainingEngine.create({ artifacts, runtime, ...settings })
    const feeds = { input, labels: golden.labels }
    try {
      for (const [step, expected] of [...(golden.tensor(`${name}/losses`).data as Float64Array)].entries()) {
        const outputs = await (step === 0 ? session.trainStep(feeds) : session.updateStep(feeds))
        const found = Number(outputs[session.loss]!.data[0])
        expect(Math.abs(found - expected) / expected, `loss of step ${step}`).toBeLessThan(1e-5)
        if (step > 0) continue
        for (const [parameter, gradient] of Object.entries(await session.getGradients()))
          expectFacts(name, parameter.replace(/_grad$/, ''), gradient)
        await session.optimizerStep()
      }
    } finally {
      await session.release()
    }
  })
})

/** The norm, and the product with a vector of numbers up to 1, which is at most as large. */
function expectFacts(network: string, parameter: string, gradient: Tensor): void {
  const [norm, product] = golden.tensor(`${network}/gradient/${parameter}`).data as Float64Array
  const found = factsOf(parameter, gradient)
  // A softmax does not change with the bias of the keys: rounding is all that is left of its gradient.
  expect(Math.abs(found[0] - norm!), `norm of the gradient of ${parameter}`).toBeLessThan(2e-5 * norm! + 1e-7)
  expect(Math.abs(found[1] - product!), `gradient of ${parameter}`).toBeLessThan(5e-5 * norm! + 1e-7)
}

const descended = (value: Tensor, gradient: Tensor): Tensor<'float32'> =>
  float32(
    Float32Array.from(value.data as Float32Array, (x, i) => x - 0.01 * Number(gradient.data[i])),
    value.dims,
  )

describe.each(Object.entries(golden.named))('%s', (name, { tensors, numbers, sha256 }) => {
  const architecture = architectures.find((candidate) => candidate.name === name)!

  test('has the names and shapes of the state_dict', () => {
    const { tensors: specs } = architecture.build({
      classes: 1000,
      imageSize: 224,
      width: architecture.defaultWidth,
    })
    const state = specs.map(({ name, dims }) => [name, dims])
    expect(state).toHaveLength(tensors)
    expect(specs.reduce((sum, { dims }) => sum + dims.reduce((size, dim) => size * dim, 1), 0)).toBe(numbers)
    expect(createHash('sha256').update(JSON.stringify(state)).digest('hex')).toBe(sha256)
  })

  test('is recognised by its tensors, with its width and the size of its images', () => {
    const imageSize = 4 * (architecture.patchSize ?? 16)
    const { tensors: specs } = architecture.build({ classes: 5, imageSize, width: 24 })
    const found = recogniseBackbone(new Map(specs.map((spec) => [spec.name, spec])))
    const isSized = !/^(convnext|swin)/.test(name)
    expect(found).toEqual({ backbone: name, width: 24, classes: 5, ...(isSized && { imageSize }) })
  })
})

test("the checkpoint of DeiT's authors is read: its width and image size are those of its tensors", async () => {
  const backbone = await loadBackbone('deit_small_patch16_224', { weights: transformersPath('deit.pth') })
  expect(backbone.preprocessing).toMatchObject({ resize: 18, crop: 16 })
  const options = { width: 6, imageSize: 16, classes: 3 }
  const { graph } = await loadBackbone('deit_small_patch16_224', { weights: 'none', ...options })
  fill(graph)
  expect(backbone.graph.initializers).toEqual(graph.initializers)
  const other = { weights: transformersPath('deit.pth'), imageSize: 32 }
  const error = await loadBackbone('deit_small_patch16_224', other).catch((error) => error)
  expect(error).toMatchObject({ code: 'backbones/contradiction', facts: { option: 'imageSize', stored: 16 } })
})

test.each([
  ['convnext_tiny', 8, 32],
  ['swin_t', 6, 32],
  ['vit_b_16', 24, 32],
  ['deit_small_patch16_224', 24, 32],
  ['dinov2_vits14', 24, 42],
])('%s, narrow, is exported as one file and loaded again', async (name, width, imageSize) => {
  const backbone = await loadBackbone(name, { weights: 'none', width, imageSize, classes: 4 })
  const model = replaceHead(backbone, { classes: ['a', 'b'] })
  const bytes = await exportClassifier(model, undefined as never, { threads: 1 })
  const again = await loadOnnxBackbone(bytes)
  const input = golden.images(imageSize)
  const { mean, std } = model.preprocessing
  const plane = imageSize ** 2
  const unnormalized = float32(
    input.data.map((value, i) => value * std[Math.floor(i / plane) % 3]! + mean[Math.floor(i / plane) % 3]!),
    input.dims,
  )
  const [expected, { logits }] = [
    await runStock(model.graph, { input }),
    await runStock(again.graph, { input: unnormalized }),
  ]
  expectClose(logits, expected.logits, 1e-5, 'logits')
})

/** Operators of a file that have no gradient, and are written in simpler ones. */
const fused: Readonly<Record<string, readonly string[]>> = {
  'deit.attention.onnx': ['Attention'],
  'deit.fused.onnx': ['com.microsoft:BiasGelu', 'com.microsoft:SkipLayerNormalization'],
}
const exported = ['convnext', 'vit', 'swin'].flatMap((name) => [`${name}.torchscript.onnx`, `${name}.dynamo.onnx`])

describe.each([...exported, ...Object.keys(fused)])('exported by torch, and optimized or not: %s', async (file) => {
  const backbone = await loadOnnxBackbone(transformersPath(file))

  test('has its fused operators in simpler ones', () => {
    const operators = new Set(readModel(readFileSync(transformersPath(file))).nodes.map(operatorOf))
    for (const operator of fused[file] ?? []) expect(operators).toContain(operator)
    const left = backbone.graph.nodes.map(operatorOf)
    expect(left.filter((operator) => /Attention|Bias|Skip/.test(operator))).toEqual([])
  })

  const input = golden.images(16)

  test('has the logits of PyTorch, for any number of images', async () => {
    const expected = golden.tensor(`${file.split('.')[0]}.onnx/logits`)
    expectClose((await runStock(backbone.graph, { input })).logits, expected, 1e-5, 'logits')
    const one = float32(input.data.subarray(0, input.data.length / 2), [1, 3, 16, 16])
    expect((await runStock(backbone.graph, { input: one })).logits!.dims).toEqual([1, 3])
  })

  test('trains: every parameter gets a gradient, and a step along it lowers the loss', async () => {
    const { graph, parameters } = replaceHead(backbone, { classes: ['a', 'b', 'c'] })
    const training = lower(buildTrainingGraph(graph, { requiresGrad: parameters, loss }), { target: 'cpu' })
    const run = async (weights: ReadonlyMap<string, Tensor>) => {
      const results = await runStock(training, { input, labels: golden.labels, ...Object.fromEntries(weights) })
      return { results, loss: Number(results[training.outputs[0]!.name]!.data[0]) }
    }
    const weights = new Map(parameters.map((name) => [name, graph.initializers.get(name)!]))
    const before = await run(weights)
    for (const name of parameters) weights.set(name, descended(weights.get(name)!, before.results[`${name}_grad`]!))
    expect((await run(weights)).loss).toBeLessThan(before.loss)
  })
})
