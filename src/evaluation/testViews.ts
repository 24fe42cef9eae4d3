import type { Preprocessing } from '../backbones/Backbone.js'
import { baseError } from '../errors.js'
import { viewInput } from '../finetune/options/defaultTransforms.js'
import { compose } from '../transforms/compose.js'
import { randomHorizontalFlip } from '../transforms/randomHorizontalFlip.js'
import type { RgbImage } from '../transforms/rgbImage.js'
import { testView } from '../transforms/testView.js'
import type { AnyTransform, Transform } from '../transforms/transform.js'
import { CORNERS, cornerCrop } from './cornerCrop.js'

/** The views of an image whose probabilities are averaged (test-time augmentation). */
export const TEST_VIEWS = ['centre', 'flip', 'fiveCrop', 'tenCrop'] as const
export type TestViews = (typeof TEST_VIEWS)[number]

/**
 * Returns the transforms from an image to the network's input, one for each view. torchvision: `FiveCrop`, `TenCrop`
 * after `Resize`.
 *
 * @throws FineTuneError 'options/invalid' for corners of images that are resized to less than the crop
 */
export function viewsOf(preprocessing: Preprocessing, views: TestViews): readonly AnyTransform[] {
  const { resize, crop } = preprocessing
  const isFive = views === 'fiveCrop' || views === 'tenCrop'
  if (isFive && Math.min(...[resize].flat()) < crop)
    throw baseError('options/invalid', {
      option: 'evaluate: views',
      received: views,
      expected: `'centre' or 'flip', for images are resized to ${resize}, less than the crop of ${crop}`,
    })
  const corners = isFive ? CORNERS.map((corner) => testView(preprocessing, cornerCrop(crop, corner))) : []
  const upright = [testView(preprocessing), ...corners]
  const all = views === 'flip' || views === 'tenCrop' ? upright.flatMap((view) => [view, mirrored(view)]) : upright
  return all.map((view) => viewInput(preprocessing, view))
}

const mirrored = (view: Transform<RgbImage, RgbImage>) => compose([view, randomHorizontalFlip({ p: 1 })])
