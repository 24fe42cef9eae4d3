import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Decoder } from '../../data/decode/decodeImage.js'
import type { SplitModel } from '../../finetune/features/splitAtTrainable.js'
import type { AnyTransform } from '../../transforms/transform.js'

/** One view of the images of a data set, whose features become one file. */
export interface FeatureView {
  readonly dataset: ImageDataset
  readonly split: SplitModel
  readonly transform: AnyTransform
  /** The number of the view, by which its draws differ from those of others. */
  readonly view: number
  readonly seed: number
  readonly decoder: Decoder
  readonly autoOrient: boolean
}
