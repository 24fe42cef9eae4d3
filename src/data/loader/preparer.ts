import type { FineTuneError } from '../../errors.js'
import { isFineTuneError } from '../../errors.js'
import { seededRandom } from '../../random.js'
import { drawKey, runSteps } from '../../transforms/compose.js'
import type { RgbImage } from '../../transforms/rgbImage.js'
import { contiguousImage } from '../../transforms/rgbImage.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { type Decoder, decodeImage } from '../decode/decodeImage.js'
import { ImageCache } from './imageCache.js'

/** The settings of every thread that prepares samples: plain data. */
export interface PrepareSettings {
  readonly seed: number
  readonly decoder: Decoder
  readonly maxPixels: number
  readonly autoOrient: boolean
  /** The most bytes of decoded images that this thread keeps. */
  readonly cacheBytes: number
}

/** Returns the key of all random draws for one sample in one epoch: they depend on nothing else. */
export const sampleKey = (seed: number, epoch: number, index: number): number =>
  drawKey(seededRandom(seed, 'augment', epoch, index))

/** The first half of a sample's preparation: read, decode, and the built-in transforms at the start of the pipeline. */
export class Preparer {
  private readonly cache: ImageCache

  constructor(
    private readonly settings: PrepareSettings,
    private readonly steps: readonly AnyTransform[],
    private readonly read: (index: number, source: string) => Promise<RgbImage | Uint8Array>,
  ) {
    this.cache = new ImageCache(settings.cacheBytes)
  }

  /**
   * Returns the result of the steps for a sample: a tensor, or an image in bytes of its own (never the cache's) for the
   * steps that run elsewhere.
   *
   * @throws FineTuneError 'data/unreadable', 'data/too-many-pixels', 'transforms/failed', each with the sample's source
   */
  async prepare(index: number, epoch: number, source: string): Promise<unknown> {
    const decoded = this.cache.get(index) ?? (await this.decode(index, source))
    const key = sampleKey(this.settings.seed, epoch, index)
    const value = runSteps(this.steps, 0, this.steps.length, decoded, key, source)
    return isImage(value) && value.data === decoded.data ? contiguousImage(value) : value
  }

  private async decode(index: number, source: string): Promise<RgbImage> {
    const content = await this.read(index, source)
    const { decoder, maxPixels, autoOrient } = this.settings
    const decoded = isImage(content) ? content : await decodeImage(content, { decoder, maxPixels, autoOrient, source })
    this.cache.offer(index, decoded)
    return decoded
  }
}

/** Tells whether a sample with this error may be left out: the cause is its file, not the program. */
export const isSkippable = (error: unknown): error is FineTuneError =>
  isFineTuneError(error, 'data/unreadable') || isFineTuneError(error, 'data/too-many-pixels')

export const isImage = (value: unknown): value is RgbImage =>
  typeof value === 'object' && value !== null && 'shape' in value && 'stride' in value
