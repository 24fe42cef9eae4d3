// Milliseconds for each transform of an image of 224 x 224 pixels, as a table; with --python beside torchvision's.
//
//   node bench/transforms.js [--rounds 30] [--python python3]
//
// The Python needs torchvision and Pillow. Both take the median of as many views; each does them in one thread.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as t from 'onnx-finetune'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' }, python: { type: 'string' } } })
const rounds = Number(values.rounds)
const always = { p: 1 }
const bilinear = { interpolation: 'bilinear' }

/** By torchvision's class names; the Python script has the same list. */
const transforms = {
  Resize: t.resize([150, 150]),
  RandomVerticalFlip: t.randomVerticalFlip(always),
  Pad: t.pad(16, { paddingMode: 'reflect' }),
  GaussianBlur: t.gaussianBlur(23, { sigma: 2 }),
  RandomInvert: t.randomInvert(always),
  RandomPosterize: t.randomPosterize(4, always),
  RandomSolarize: t.randomSolarize(128, always),
  RandomAutocontrast: t.randomAutocontrast(always),
  RandomEqualize: t.randomEqualize(always),
  RandomAdjustSharpness: t.randomAdjustSharpness(2, always),
  RandomGrayscale: t.randomGrayscale(always),
  ColorJitter: t.colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
  RandomRotation: t.randomRotation(30),
  'RandomAffine, nearest': t.randomAffine(30, { shear: 10 }),
  'RandomAffine, bilinear': t.randomAffine(30, { shear: 10, ...bilinear }),
  RandomPerspective: t.randomPerspective(always),
  ElasticTransform: t.elasticTransform(),
  RandAugment: t.randAugment(),
  TrivialAugmentWide: t.trivialAugmentWide(),
  AutoAugment: t.autoAugment(),
  AugMix: t.augMix(),
}

const random = t.seededRandom('image')
const image = t.rgbImage(
  Uint8Array.from({ length: 224 * 224 * 3 }, () => random.integer(0, 255)),
  224,
  224,
)

function median(transform) {
  const times = Array.from({ length: rounds }, (_, seed) => {
    const source = t.seededRandom('bench', seed)
    const start = performance.now()
    t.contiguousImage(transform.apply(image, source)) // a view is free until it is read
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[rounds >> 1]
}

const script = fileURLToPath(new URL('transforms_torchvision.py', import.meta.url))
const theirs = values.python ? JSON.parse(execFileSync(values.python, [script, values.rounds])) : {}
for (const [name, transform] of Object.entries(transforms)) {
  median(transform) // compiles it
  const figures = [median(transform), ...(theirs[name] === undefined ? [] : [theirs[name]])]
  console.log(name.padEnd(24), ...figures.map((ms) => ms.toFixed(2).padStart(8)))
}
