import type { Tensor } from '../../onnx/graph/tensor.js'
import { seededRandom } from '../../random.js'
import { type Mixing, probabilitiesOf } from '../options/mixOptions.js'
import { type Batches, changedBatches, type StepBatch } from './batches.js'
import { drawBeta } from './drawBeta.js'
import { cutMixture, type Mixture, mixImages, mixLabels, mixTargets } from './mixImages.js'

interface MixingOfRun {
  readonly mixing: Mixing
  readonly seed: number
  readonly classes: number
}

/** Returns the batches with their images mixed in pairs. Each depends on seed, epoch and position alone. */
export const mixedBatches = (batches: Batches, { mixing, seed, classes }: MixingOfRun): Batches =>
  changedBatches(batches, (batch, epoch) => {
    const [images] = Object.values(batch.inputs) as [Tensor]
    const mixture = drawMixture(images, mixing, [seed, epoch, batch.position])
    return mixed(batch, images, mixture, classes)
  })

/** An image that is not mixed. */
const WHOLE: Mixture = { share: 1 }

function drawMixture({ dims }: Tensor, mixing: Mixing, keys: readonly number[]): Mixture {
  const random = seededRandom('mix', ...keys)
  const { mixup, cutmix } = probabilitiesOf(mixing)
  const choice = random.next()
  if (choice < mixup) return { share: drawBeta(mixing.mixup!.alpha, random) }
  if (choice >= mixup + cutmix) return WHOLE
  const share = drawBeta(mixing.cutmix!.alpha, random)
  const [height, width] = dims.slice(-2) as [number, number]
  return cutMixture(share, { x: random.integer(0, width - 1), y: random.integer(0, height - 1), width, height })
}

function mixed(batch: StepBatch, images: Tensor, mixture: Mixture, classes: number): StepBatch {
  if (mixture !== WHOLE) mixImages(images, mixture)
  if (batch.targets) return { ...batch, targets: mixTargets(batch.targets, mixture) }
  return { ...batch, ...mixLabels(batch.labels, classes, mixture) }
}
