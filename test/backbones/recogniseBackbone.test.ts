import { expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'

const tensorsOf = async (name: string, classes: number, width: number) => {
  const { graph } = await loadBackbone(name, { weights: 'none', classes, width, imageSize: 32 })
  return graph.initializers
}

test.each(['resnet18', 'resnet34'])('%s is recognised by its tensors', async (backbone) => {
  expect(recogniseBackbone(await tensorsOf(backbone, 3, 8))).toEqual({ backbone, width: 8, classes: 3 })
})

test('other tensors are none', async () => {
  const tensors = new Map(await tensorsOf('resnet18', 3, 8))
  tensors.delete('layer4.1.conv2.weight')
  expect(recogniseBackbone(tensors)).toBeUndefined()
  expect(recogniseBackbone(new Map())).toBeUndefined()
  const narrow = { weights: 'none', width: 12, imageSize: 32 } as const
  const vit: Map<string, { dims: readonly number[] }> = new Map(
    (await loadBackbone('vit_b_16', narrow)).graph.initializers,
  )
  expect(recogniseBackbone(vit)).toMatchObject({ backbone: 'vit_b_16', imageSize: 32 })
  for (const tokens of [1, 4, 6]) {
    vit.set('encoder.pos_embedding', { dims: [1, tokens, 12] })
    expect(recogniseBackbone(vit)).toBeUndefined()
  }
})
