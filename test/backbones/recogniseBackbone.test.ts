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
})
