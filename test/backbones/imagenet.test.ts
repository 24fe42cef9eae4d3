import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Preprocessing } from '../../src/backbones/Backbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { sharedPath } from '../support/shared.js'
import { runStock } from '../support/stockRuntime.js'

const weights = sharedPath('data', 'resnet18-imagenet.safetensors')
const images = sharedPath('data', 'hotdog', 'test', 'hotdog')
const HOTDOG = 934

test.skipIf(!weights || !images)(
  'pretrained weights recognise hot dogs (skipped without the photographs)',
  async () => {
    const { graph, preprocessing } = await loadBackbone('resnet18', { weights: weights! })
    const files = readdirSync(images!).sort().slice(0, 12)
    const data = new Float32Array(files.length * 3 * 224 * 224)
    for (const [i, file] of files.entries()) data.set(await view(join(images!, file), preprocessing), i * 3 * 224 * 224)

    const { logits } = await runStock(graph, { input: float32(data, [files.length, 3, 224, 224]) })
    const scores = logits!.data as Float32Array
    const best = files.map((_, i) => {
      const row = scores.subarray(i * 1000, (i + 1) * 1000)
      return row.indexOf(Math.max(...row))
    })
    expect(best.filter((label) => label === HOTDOG).length).toBeGreaterThanOrEqual(8)
  },
)

async function view(path: string, { resize: side, crop, mean, std }: Preprocessing) {
  const { default: sharp } = await import('sharp')
  const resize = side as number
  const [offset, plane] = [(resize - crop) / 2, crop * crop]
  const square = sharp(path)
    .toColourspace('srgb')
    .removeAlpha()
    .resize(resize, resize, { fit: 'fill', kernel: 'linear' })
  const pixels = await square.extract({ left: offset, top: offset, width: crop, height: crop }).raw().toBuffer()
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const [channel, at] = [Math.floor(i / plane), i % plane]
    return (pixels[at * 3 + channel]! / 255 - mean[channel]!) / std[channel]!
  })
}
