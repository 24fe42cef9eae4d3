import { contactSheet, createLoader, pickSamples, type RgbImage, rgbImage } from '../../index.js'
import { ImageFolder, writeFileWhole } from '../../node.js'
import { splitFolders } from '../files/imageFolders.js'
import { demandPlace } from '../files/outputFiles.js'
import { autoOrient } from '../finetune/images.js'
import { augmentationOptions, trainingViews } from '../options/augmentation.js'
import { command } from '../options/Command.js'
import { file, whole } from '../options/options.js'

export const preview = command({
  name: 'preview',
  summary: 'draw a sheet of images and of the augmented views that training would see',
  positionals: [
    {
      placeholder: 'DIR',
      summary: 'a folder of images for each class, or a directory with train/',
      completion: 'directory',
    },
  ],
  options: {
    output: file('where the sheet goes, as PNG', { short: 'o', default: 'preview.png' }),
    images: whole('images, spread over the classes; each has a row', { min: 1, default: 6 }),
    views: whole('views of each, to the right of the image', { min: 1, default: 7 }),
    'image-size': whole('side of a view in pixels', { min: 1, default: 224 }),
    size: whole('side of a square of the sheet in pixels', { min: 1, default: 128 }),
    seed: whole('decides the views', { default: 0 }),
    'auto-orient': autoOrient,
    ...augmentationOptions,
  },
  examples: [
    { line: 'preview photos', says: 'what training does to images by default' },
    { line: 'preview photos --rotate 20 --color-jitter 0.3 -o views.png', says: 'what more it could do' },
  ],
  async run({ args: [directory], options, out, signal }) {
    await demandPlace('--output', options.output)
    const { train } = await splitFolders(directory!)
    const dataset = await ImageFolder(train)
    const count = Math.min(options.images, dataset.samples.length)
    const indices = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * dataset.samples.length) / count))

    const reading = { autoOrient: options['auto-orient'] }
    const plain = { crop: options['image-size'], mean: [0, 0, 0], std: [1, 1, 1] }
    const loader = createLoader(
      { classes: dataset.classes, samples: indices.map((index) => dataset.samples[index]!) },
      {
        transform: trainingViews(options, plain),
        batchSize: 1,
        seed: options.seed,
        workers: 0,
        autoOrient: reading.autoOrient,
        signal,
      },
    )
    const rows: RgbImage[][] = (await pickSamples(dataset, indices, reading)).map((original) => [original])
    for (let view = 0; view < options.views; view++) {
      out.status(`view ${view + 1} of ${options.views}`)
      for await (const { images, indices } of loader.epoch(view))
        rows[indices[0]!]!.push(asImage(images.data, plain.crop))
    }
    await loader.close()

    const sheet = await contactSheet(rows.flat(), { columns: options.views + 1, size: options.size })
    await writeFileWhole(options.output, sheet)
    const sources = indices.map((index) => dataset.samples[index]!.source)
    out.result({ path: options.output, images: sources, views: options.views }, () => [
      `${options.output}: ${count} images, each with ${options.views} views to its right`,
    ])
    return 0
  },
})

/** Converts a tensor [1, 3, side, side] with values in 0..1 to an image. */
function asImage(values: Float32Array, side: number): RgbImage {
  const plane = side * side
  const bytes = new Uint8Array(plane * 3)
  for (let at = 0; at < plane; at++)
    for (let c = 0; c < 3; c++) bytes[at * 3 + c] = Math.round(values[c * plane + at]! * 255)
  return rgbImage(bytes, side, side)
}
