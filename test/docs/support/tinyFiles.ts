import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Jimp } from 'jimp'
import { loadBackbone, replaceHead, saveWeights, writeModel } from 'onnx-finetune'

const COLOURS = { hotdog: 0xd04020ff, 'not-hotdog': 0x30a050ff } as const

/** The files that the pages speak of, as small as can be. */
export async function tinyFiles(directory: string): Promise<void> {
  const put = async (file: string, bytes: Uint8Array) => {
    await mkdir(dirname(join(directory, file)), { recursive: true })
    await writeFile(join(directory, file), bytes)
  }
  const image = (color: number, type: 'image/png' | 'image/jpeg' = 'image/png') =>
    new Jimp({ width: 40, height: 36, color }).getBuffer(type)
  for (const [part, count] of Object.entries({ 'hotdog/train': 4, 'hotdog/test': 2, photos: 5 }))
    for (const [name, colour] of Object.entries(COLOURS))
      for (let i = 0; i < count; i++) await put(`${part}/${name}/${i}.png`, await image(colour))
  for (const name of ['lunch', '1', '2']) await put(`${name}.jpg`, await image(COLOURS.hotdog, 'image/jpeg'))

  const backbone = await loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32, classes: 10 })
  await put('mobilenet.onnx', writeModel(backbone.graph))
  await put('hotdog.safetensors', saveWeights(replaceHead(backbone, { classes: ['hotdog', 'not-hotdog'] })))
}
