import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { freeze } from '../../src/model/freeze.js'
import { layersOf } from '../../src/model/layerGroups.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'

interface Golden {
  readonly layerDecay: number
  readonly weightDecay: number
  /** The scale of the learning rate and the decay of each parameter. */
  readonly architectures: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>>
}
const file = new URL('../golden/layers/layers.json', import.meta.url)
const { layerDecay, weightDecay, architectures } = JSON.parse(readFileSync(file, 'utf8')) as Golden

const modelOf = async (name: string, options = {}) => {
  const backbone = await loadBackbone(name as 'resnet18', { weights: 'none', classes: 3, ...options })
  return replaceHead(backbone, { classes: ['a', 'b', 'c'] })
}

test.each(Object.keys(architectures))("rates and decay of each parameter are timm's: %s", async (name) => {
  const isTransformer = name === 'deit'
  const model = await (isTransformer
    ? modelOf('deit_small_patch16_224', { imageSize: 32 })
    : modelOf(name, { width: 4, imageSize: 32 }))
  const groups = paramGroups(model, { lr: 1, layerDecay, weightDecay })
  const found = groups.flatMap(({ params, lr, weightDecay: decay }) => params.map((param) => [param, [lr, decay]]))
  expect(Object.fromEntries(found)).toEqual(architectures[name])
})

describe('layers of networks', () => {
  test.each([
    ['mobilenet_v2', 19, ['features.0.0.weight', 'features.0.1.weight', 'features.0.1.bias']],
    ['convnext_tiny', 20, ['features.0.0.weight', 'features.0.0.bias', 'features.0.1.weight', 'features.0.1.bias']],
  ])('%s has %i, with the head; the stem is one', async (name, count, stem) => {
    const layers = layersOf(await modelOf(name, { imageSize: 64 }))
    expect(layers).toHaveLength(count)
    expect([...layers[0]!].sort()).toEqual([...stem].sort())
  })
})

test('the head has a rate of its own, settings are handed on, frozen layers are left out', async () => {
  const model = await modelOf('resnet18', { width: 4, imageSize: 32 })
  freeze(model, { upTo: 'layer3' })
  const groups = paramGroups(model, { lr: 0.1, layerDecay: 0.5, headLrMultiplier: 10, momentum: 0.9 })
  expect(groups.map(({ name, lr, weightDecay: decay, momentum }) => [name, lr, decay, momentum])).toEqual([
    ['layer_7_no_decay', 0.025, 0, 0.9],
    ['layer_7_decay', 0.025, undefined, 0.9],
    ['layer_8_no_decay', 0.05, 0, 0.9],
    ['layer_8_decay', 0.05, undefined, 0.9],
    ['layer_9_no_decay', 1, 0, 0.9],
    ['layer_9_decay', 1, undefined, 0.9],
  ])
  expect(() => paramGroups(model, { lr: 1, layerDecay: 0 })).toThrow('layerDecay')
})
