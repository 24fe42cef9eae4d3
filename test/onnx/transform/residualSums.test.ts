import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../../src/backbones/loadBackbone.js'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { float32 } from '../../../src/onnx/graph/tensor.js'
import { residualSums } from '../../../src/onnx/transform/residualSums.js'

/** The numbers of blocks with a shortcut, two branches for each block of a transformer. */
test.each([
  ['resnet18', 4, 8, 1],
  ['mobilenet_v3_small', undefined, 6, 1],
  ['convnext_tiny', 8, 18, 1],
  ['swin_t', 12, 24, 64],
  ['vit_b_16', 12, 24, 5],
  ['squeezenet1_1', undefined, 0, undefined],
  ['densenet121', 4, 0, undefined],
])('%s', async (name, width, count, rows) => {
  const { graph } = await loadBackbone(name, { weights: 'none', imageSize: 32, classes: 2, width })
  const sums = residualSums(graph)
  expect(sums).toHaveLength(count)
  expect(sums[0]?.rows).toBe(rows)
})

class Network extends GraphBuilder {
  readonly x = this.input('x', 'float32', ['N', 4, 6, 6])

  conv(x: string, kernel = 3): string {
    const weight = this.initializer(
      this.fresh('w'),
      float32(new Float32Array(16 * kernel ** 2), [4, 4, kernel, kernel]),
    )
    const pad = (kernel - 1) / 2
    return this.op('Conv', [x, weight], { pads: [pad, pad, pad, pad] })
  }
}

const branchesOf = (build: (g: Network) => string): readonly string[] => {
  const g = new Network()
  g.output(build(g), 'float32', ['N', 4, 6, 6])
  return residualSums(g.graph).map(({ node, branch }) => node.inputs[branch]!)
}

describe('a branch', () => {
  test('may be either input', () => {
    let branch = ''
    const build = (isFirst: boolean) => (g: Network) => {
      branch = g.conv(g.x)
      return g.op('Add', isFirst ? [branch, g.x] : [g.x, branch])
    }
    expect(branchesOf(build(true))).toEqual([branch])
    expect(branchesOf(build(false))).toEqual([branch])
  })

  test('has a gate, which begins at the same value', () => {
    expect(
      branchesOf((g) =>
        g.op('Add', [g.op('Mul', [g.conv(g.x), g.op('Sigmoid', [g.conv(g.op('GlobalAveragePool', [g.x]), 1)])]), g.x]),
      ),
    ).toHaveLength(1)
  })

  test.each<[string, (g: Network) => string]>([
    ['no layer', (g) => g.op('Add', [g.x, g.op('Mul', [g.x, g.op('Tanh', [g.x])])])],
    ['no images', (g) => g.op('Add', [g.x, g.initializer('b', float32(new Float32Array(144), [1, 4, 6, 6]))])],
    ['another beginning', (g) => g.op('Add', [g.op('Relu', [g.x]), g.conv(g.x)])],
    [
      'a way around the beginning',
      (g) => {
        const begin = g.op('Relu', [g.conv(g.x)])
        return g.op('Add', [begin, g.conv(g.op('Mul', [begin, g.x]))])
      },
    ],
    ['no more layers than the projection', (g) => g.op('Add', [g.conv(g.x), g.conv(g.x, 1)])],
    ['other sizes', (g) => g.op('Add', [g.x, g.conv(g.op('GlobalAveragePool', [g.x]), 1)])],
  ])('has not %s', (_, build) => {
    expect(branchesOf(build)).toEqual([])
  })
})
