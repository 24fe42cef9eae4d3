import type { Loader } from '../../data/loader/createLoader.js'
import { baseError } from '../../errors.js'
import type { Graph, ValueInfo } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Range } from '../../onnx/quantize/scales.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { finetuneError } from '../errors.js'
import { FeatureComparison } from '../features/FeatureComparison.js'
import { type FrontNews, FrozenFront } from '../features/FrozenFront.js'
import { QuantizedFront, type RangeNames } from '../features/quantizedFront.js'
import { warningOf } from '../record/events.js'
import type { CalibrationLoaders } from './calibrationLoaders.js'
import { demandImages } from './demandImages.js'

/** The relative error from which a run is warned. That of ResNet-18 is 0.06. */
const IMPRECISE = 0.25

/** A network whose frozen front is to be computed in int8. */
export interface Int8Front {
  readonly network: Graph
  /** The name of its input. */
  readonly input: string
  /** The values that the front passes to the rest. */
  readonly features: readonly ValueInfo[]
  /** Opens a session of a network that outputs these values. */
  readonly openSession: (graph: Graph, outputs: readonly string[]) => Promise<TrainingEngine>
}

/**
 * Opens the frozen front of a network in int8: the ranges of its activations are those of some training images; others
 * tell how far its features are from those in float32.
 *
 * @param report takes that distance, and a warning if it is large
 * @throws FineTuneError 'options/invalid' where no layer has an int8 kernel, 'train/cannot-quantize', 'train/no-images',
 *   those of the loader and the session
 */
export async function openInt8Front(
  { network, input, features, openSession }: Int8Front,
  { calibration, comparison }: CalibrationLoaders,
  report: (news: FrontNews) => void,
): Promise<TrainingEngine> {
  const front = new QuantizedFront(network, features)
  if (!front.isQuantizable)
    throw baseError('options/invalid', {
      option: 'fineTune: cacheFeatures.precision',
      received: 'int8',
      expected: "'float32', for no frozen layer has an int8 kernel",
    })
  const names = features.map(({ name }) => name)
  const { graph, ranges: rangeNames } = front.observed()
  const outputs = [...rangeNames.values()].flatMap(({ min, max }) => [min, max])
  const observing = await openSession(graph, [...names, ...outputs])
  let session: TrainingEngine | undefined
  try {
    const observed = new FrozenFront(async () => observing, input, outputs)
    const ranges = await observe(calibration, observed, rangeNames)
    session = await openSession(front.quantized(ranges), names)
    const [float32, int8] = [observing, session].map((opened) => new FrozenFront(async () => opened, input, names))
    const effect = await compare(comparison, float32!, int8!)
    const calibrationImages = calibration.samples - calibration.skipped.length
    report({ type: 'featurePrecision', precision: 'int8', calibrationImages, ...effect })
    if (effect.relativeError > IMPRECISE)
      report(
        warningOf(
          finetuneError('train/imprecise-features', { precision: 'int8', relativeError: effect.relativeError }),
        ),
      )
    return session
  } catch (error) {
    await session?.release()
    throw error
  } finally {
    await observing.release()
  }
}

/** Returns the ranges of values over images. @throws FineTuneError 'train/cannot-quantize' for one that is not finite */
async function observe(
  images: Loader,
  front: FrozenFront,
  names: ReadonlyMap<string, RangeNames>,
): Promise<ReadonlyMap<string, Range>> {
  const ranges = new Map<string, Range>()
  for await (const batch of images.epoch(0)) {
    const extremes = await front.run(batch.images, batch.labels)
    for (const [value, of] of names) {
      const [min, max] = [of.min, of.max].map((name) => (extremes[name] as Tensor<'float32'>).data[0]!) as [
        number,
        number,
      ]
      if (!Number.isFinite(max - min))
        throw finetuneError('train/cannot-quantize', { value: `their value ${value}`, range: `${min} to ${max}` })
      const known = ranges.get(value) ?? { min, max }
      ranges.set(value, { min: Math.min(known.min, min), max: Math.max(known.max, max) })
    }
  }
  demandImages(ranges.size, 'train', images.skipped)
  return ranges
}

/** Compares the features of images in int8 with those in float32. */
async function compare(images: Loader, float32: FrozenFront, int8: FrozenFront) {
  const comparison = new FeatureComparison()
  for await (const batch of images.epoch(0)) {
    const features = await float32.run(batch.images, batch.labels)
    comparison.add(batch.indices.length, features, await int8.run(batch.images, batch.labels))
  }
  const { effect } = comparison
  if (!Number.isFinite(effect.relativeError))
    throw finetuneError('train/cannot-quantize', { value: 'their result', range: `${effect.relativeError}` })
  demandImages(effect.images, 'train', images.skipped)
  return effect
}
