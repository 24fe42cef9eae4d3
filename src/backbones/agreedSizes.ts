import type { WeightsFile } from '../weights/loadWeights.js'
import { type Architecture, evaluationOf } from './Architecture.js'
import { backboneError } from './errors.js'
import type { Checked } from './loadBackboneOptions.js'
import { recogniseBackbone } from './recogniseBackbone.js'
import { readNetworkInfo, type SavedNetworkInfo } from './savedNetworkInfo.js'

export interface Sizes {
  readonly imageSize: number
  /** The number of channels of the first stage. Default: the architecture's. */
  readonly width?: number | undefined
}

/**
 * Determines the sizes of a network for a file of weights: those of the options, which must agree with what the file
 * states or shows, if it does.
 *
 * @throws FineTuneError 'backbones/contradiction'
 */
export function agreedSizes(
  architecture: Architecture,
  { tensors, metadata }: WeightsFile,
  source: string,
  { imageSize, width, classes }: Checked,
): Sizes & { readonly saved: SavedNetworkInfo | undefined } {
  const { name } = architecture
  const facts = readNetworkInfo(metadata)
  const saved = facts?.architecture === name ? facts : undefined
  const found = recogniseBackbone(tensors)
  const recognised = found?.backbone === name ? found : undefined
  const agree = <T>(option: string, received: T | undefined, stored: T | undefined): T | undefined => {
    if (received === undefined || stored === undefined || String(received) === String(stored)) return received ?? stored
    throw backboneError('backbones/contradiction', { source, option, received, stored })
  }
  if (Array.isArray(classes)) agree('classes', classes, saved?.classes)
  else agree('classes', classes as number | undefined, saved?.classes.length)
  // Tensors that can be resized ask for no size.
  const shown = architecture.adapt && imageSize !== undefined ? undefined : recognised?.imageSize
  return {
    imageSize: agree('imageSize', imageSize, saved?.preprocessing.crop ?? shown) ?? evaluationOf(architecture).crop,
    width: agree('width', width, saved?.width ?? recognised?.width),
    saved,
  }
}
