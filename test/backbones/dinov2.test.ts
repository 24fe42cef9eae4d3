import { expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { resizePositions } from '../../src/backbones/positions.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'
import { backboneWeights } from '../../src/backbones/weights.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { float32, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { numbers } from '../support/resnet18Golden.js'
import { runStock } from '../support/stockRuntime.js'
import { transformersGolden as golden } from '../support/transformersGolden.js'

const NAME = 'dinov2_vits14'
const { build, head } = architectures.find(({ name }) => name === NAME)!

/** A narrow file as its authors publish one: no classifier, a mask token, positions for images of 70 pixels. */
function published(): Map<string, Tensor> {
  const { tensors } = build({ classes: 1, imageSize: 70, width: 12 })
  const own = tensors.filter(({ name }) => !name.startsWith('head.'))
  return new Map([
    ...own.map(({ name, dims }) => [name, gaussian(dims, name)] as const),
    ['mask_token', gaussian([1, 12])],
  ])
}

test.each([3, 8])("positions of 5 x 5 patches become those of %i x %i, as by DINOv2's authors", (side) => {
  const uniform = numbers(`${golden.seed}/positions`, 26 * 4)
  const positions = float32(
    Float32Array.from(uniform, (u) => 2 * u - 1),
    [1, 26, 4],
  )
  expectClose(resizePositions(positions, side), golden.tensor(`positions/${side}`), 2e-6, 'positions')
  expect(resizePositions(positions, 5)).toBe(positions)
  const noSquare = float32(new Float32Array(24 * 4), [1, 24, 4])
  expect(resizePositions(noSquare, side)).toBe(noSquare)
})

test('a file without a classifier is recognised, and loaded with a head of zeros', async () => {
  const file = published()
  expect(recogniseBackbone(file)).toEqual({ backbone: NAME, width: 12, classes: 0, imageSize: 70 })
  const backbone = await loadBackbone(NAME, { weights: writeSafetensors(file) })
  expect(backbone).toMatchObject({ classes: undefined, preprocessing: { resize: 80, crop: 70 } })
  expect(backbone.graph.initializers.get(head.weight)).toEqual(float32(new Float32Array(12), [1, 12]))
  for (const name of backbone.parameters.slice(0, -2))
    expect(backbone.graph.initializers.get(name)).toEqual(file.get(name))
  const model = replaceHead(backbone, { classes: ['a', 'b'] })
  const saved = await loadBackbone(NAME, { weights: saveWeights(model) })
  expect(saved).toMatchObject({ classes: ['a', 'b'], preprocessing: { crop: 70 } })
  expect(saved.graph.initializers).toEqual(model.graph.initializers)
  const deep = replaceHead(backbone, { classes: ['a', 'b'], hidden: [4] })
  const again = await loadBackbone(NAME, { weights: saveWeights(deep) })
  for (const name of deep.parameters)
    expect(again.graph.initializers.get(name)).toEqual(deep.graph.initializers.get(name))
  expect(again.parameters).toEqual(deep.parameters)
})

test('images may have another size than the positions in the file', async () => {
  const file = published()
  const { graph } = await loadBackbone(NAME, { weights: writeSafetensors(file), imageSize: 42, classes: ['a', 'b'] })
  expect(graph.initializers.get('pos_embed')).toEqual(resizePositions(file.get('pos_embed')!, 3))
  const { logits } = await runStock(graph, { input: gaussian([2, 3, 42, 42], 'images') })
  expect(logits!.dims).toEqual([2, 2])
})

test('a file of timm with a classifier is recognised; half a classifier is an error', async () => {
  const { tensors } = build({ classes: 7, imageSize: 70, width: 12 })
  const file = new Map<string, Tensor>(tensors.map(({ name, dims }) => [name, gaussian(dims, name)]))
  expect(recogniseBackbone(file)).toEqual({ backbone: NAME, width: 12, classes: 7, imageSize: 70 })
  file.delete(head.bias)
  expect(recogniseBackbone(file)).toBeUndefined()
  const error = await loadBackbone(NAME, {
    weights: writeSafetensors(file),
    width: 12,
    classes: 7,
    imageSize: 70,
  }).catch((error) => error)
  expect(error).toMatchObject({ code: 'backbones/mismatch', facts: { missing: [head.bias] } })
})

test('the published weights are for 518 pixels, and loaded for 224', () => {
  const record = backboneWeights.find(({ backbone }) => backbone === NAME)!
  expect(record).toMatchObject({ name: 'LVD142M', licence: 'Apache-2.0', classes: [], preprocessing: { crop: 224 } })
  const { tensors } = build({ classes: 1, imageSize: 518, width: 384 })
  // 21 M parameters, as its authors say.
  const count = tensors.filter(({ name }) => !name.startsWith('head.')).reduce((sum, { dims }) => sum + sizeOf(dims), 0)
  expect(count + 384).toBe(22_056_576)
})
