import { expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const { build } = architectures.find(({ name }) => name === 'swin_t')!
const sizes = { classes: 3, imageSize: 30, width: 3 }

test("torchvision's files have integers for the pairs of a window; a file of saveWeights has all of its tensors", async () => {
  const file = new Map<string, Tensor>()
  for (const { name, dims, init } of build(sizes).tensors)
    file.set(name, init.type === 'values' ? int64(init.values) : gaussian(dims, name))
  const { graph, buffers } = await loadBackbone('swin_t', { weights: writeSafetensors(file), imageSize: 30 })
  expect(buffers).toHaveLength(12)
  for (const name of buffers) {
    const index = graph.initializers.get(name)!
    expect([index.type, index.dims]).toEqual(['float32', [49 * 49]])
    expect(int64(Array.from(index.data as Float32Array))).toEqual(file.get(name))
  }
  // Of the first token of a window to itself, to its neighbour, to the last token; of the last to the first.
  const { data } = graph.initializers.get(buffers[0]!)!
  expect([data[0], data[1], data[48], data[48 * 49]]).toEqual([84, 83, 0, 168])

  const input = gaussian([2, 3, 30, 30], 'images')
  const model = replaceHead(await loadBackbone('swin_t', { weights: 'none', width: 3, imageSize: 30 }), {
    classes: ['a', 'b'],
  })
  const saved = saveWeights(model)
  expect([...readSafetensors(saved).tensors.keys()].sort()).toEqual([...file.keys()].sort())
  const again = await loadBackbone('swin_t', { weights: saved })
  const [expected, found] = [await runStock(model.graph, { input }), await runStock(again.graph, { input })]
  expectClose(found.logits, expected.logits!, 1e-6, 'logits')
})
