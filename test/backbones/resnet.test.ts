import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { expectClose } from '../support/compare.js'
import { resnet18Golden } from '../support/resnet18Golden.js'
import { runStock } from '../support/stockRuntime.js'

const shapesOf = (graph: Graph) => new Map([...graph.initializers].map(([name, { dims }]) => [name, dims]))
const count = (graph: Graph, names: readonly string[]) =>
  names.reduce((sum, name) => sum + sizeOf(graph.initializers.get(name)!.dims), 0)

describe('resnet18', async () => {
  const backbone = await loadBackbone('resnet18', { weights: 'none' })
  const { graph, parameters, buffers } = backbone

  test('has the parameters of torchvision', () => {
    expect(parameters).toHaveLength(62)
    expect(buffers).toHaveLength(40)
    expect(count(graph, parameters)).toBe(11_689_512)
    expect(parameters.slice(0, 6)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
      'layer1.0.bn1.bias',
    ])
    expect(parameters.slice(-2)).toEqual(['fc.weight', 'fc.bias'])
    expect(shapesOf(graph).get('layer2.0.downsample.0.weight')).toEqual([128, 64, 1, 1])
    expect(buffers.slice(0, 2)).toEqual(['bn1.running_mean', 'bn1.running_var'])
  })

  test('is a graph with names as the torch exporter gives them', () => {
    expect(graph.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['N', 3, 224, 224] }])
    expect(graph.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['N', 1000] }])
    const names = graph.nodes.map(({ name }) => name)
    for (const name of [
      '/conv1/Conv',
      '/maxpool/MaxPool',
      '/layer1/layer1.0/conv1/Conv',
      '/layer1/layer1.0/relu_1/Relu',
      '/layer1/layer1.0/Add',
      '/layer2/layer2.0/downsample/downsample.0/Conv',
      '/layer2/layer2.0/downsample/downsample.1/BatchNormalization',
      '/avgpool/GlobalAveragePool',
      '/Flatten',
      '/fc/Gemm',
    ])
      expect(names).toContain(name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('tells how images are prepared', async () => {
    expect(backbone.preprocessing).toEqual({
      resize: 256,
      crop: 224,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    })
    const { preprocessing } = await loadBackbone('resnet18', { weights: 'none', imageSize: 64, width: 8 })
    expect(preprocessing).toMatchObject({ resize: 73, crop: 64 })
  })

  test('begins as torchvision does: Kaiming normal over the fan out, batch norm 1 and 0, Linear uniform', () => {
    const stats = (name: string) => {
      const data = graph.initializers.get(name)!.data as Float32Array
      const mean = data.reduce((sum, x) => sum + x, 0) / data.length
      return { mean, std: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length) }
    }
    for (const [name, fanOut] of [
      ['conv1.weight', 64 * 49],
      ['layer2.0.conv1.weight', 128 * 9],
      ['layer2.0.downsample.0.weight', 128],
    ] as const) {
      const std = Math.sqrt(2 / fanOut)
      expect(stats(name).std / std).toBeCloseTo(1, 1)
      expect(Math.abs(stats(name).mean)).toBeLessThan(std / 20)
    }
    expect(stats('bn1.weight')).toEqual({ mean: 1, std: 0 })
    expect(stats('layer4.1.bn2.bias')).toEqual({ mean: 0, std: 0 })
    expect(stats('bn1.running_var')).toEqual({ mean: 1, std: 0 })
    expect(stats('fc.weight').std / (1 / Math.sqrt(3 * 512))).toBeCloseTo(1, 2)
    expect(Math.max(...(graph.initializers.get('fc.bias')!.data as Float32Array))).toBeLessThanOrEqual(512 ** -0.5)
  })

  test('one seed gives one network, and each tensor numbers of its own', async () => {
    const data = async (seed: number, name: string) =>
      (await loadBackbone('resnet18', { weights: 'none', width: 4, seed })).graph.initializers.get(name)!.data
    expect(await data(1, 'layer1.0.conv1.weight')).toEqual(await data(1, 'layer1.0.conv1.weight'))
    expect(await data(1, 'layer1.0.conv1.weight')).not.toEqual(await data(2, 'layer1.0.conv1.weight'))
    expect(await data(1, 'layer1.0.conv1.weight')).not.toEqual(await data(1, 'layer1.0.conv2.weight'))
  })
})

test('the logits of resnet18 equal those of PyTorch', async () => {
  const golden = await resnet18Golden()
  const options = { weights: 'none', classes: golden.classes, imageSize: golden.size } as const
  const { graph } = await loadBackbone('resnet18', options)
  graph.initializers = golden.weights(shapesOf(graph))
  const { logits } = await runStock(graph, { input: golden.images(0) })
  expectClose(logits, golden.logits, 1e-5, 'logits')
})

test('a narrow resnet34 takes any batch size', async () => {
  const { graph, parameters } = await loadBackbone('resnet34', { weights: 'none', width: 8, imageSize: 33, classes: 5 })
  expect(parameters).toHaveLength(110)
  for (const n of [1, 3]) {
    const input = float32(new Float32Array(n * 3 * 33 * 33).fill(0.5), [n, 3, 33, 33])
    const { logits } = (await runStock(graph, { input })) as { logits: Tensor }
    expect(logits.dims).toEqual([n, 5])
  }
})

test('a resnet34 of full width has the parameters of torchvision', async () => {
  const { graph, parameters } = await loadBackbone('resnet34', { weights: 'none' })
  expect(count(graph, parameters)).toBe(21_797_672)
})
