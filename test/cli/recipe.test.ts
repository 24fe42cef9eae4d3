import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { optimizerOf } from '../../src/cli/finetune/recipe.js'
import { replaceHead } from '../../src/model/replaceHead.js'

/** Of the first layers that train. */
async function rateOf(name: string, { lr, headOnly = false }: { lr?: number; headOnly?: boolean } = {}) {
  const path = fileURLToPath(new URL(`../golden/classifiers/${name}`, import.meta.url))
  const model = replaceHead(await loadOnnxBackbone(path), { classes: ['a', 'b'] })
  if (headOnly) for (const parameter of model.parameters.slice(0, -2)) model.frozen.add(parameter)
  const recipe = { optimizer: 'adamw', momentum: 0.9, 'weight-decay': 0.001, lr } as Parameters<typeof optimizerOf>[1]
  return optimizerOf(model, recipe, false).groups[0]!.lr
}

test('a network whose batch norm is folded is trained at a tenth of the rate, unless told otherwise', async () => {
  expect(await rateOf('kept.onnx')).toBeCloseTo(3e-4, 9)
  expect(await rateOf('folded.onnx')).toBeCloseTo(3e-5, 9)
  expect(await rateOf('folded.onnx', { lr: 3e-4 })).toBeCloseTo(3e-4, 9)
})

test('its head alone is trained at the rate of any head', async () => {
  const headOnly = true
  expect(await rateOf('folded.onnx', { headOnly })).toBe(await rateOf('kept.onnx', { headOnly }))
})
