import { checkArgument } from '../arguments.js'
import type { Backbone } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import type { ImageSource } from '../deploy/images.js'
import { checkOptions } from '../options.js'
import { datasetIn } from './datasetIn.js'
import {
  type EmbedderOptions,
  type Embeddings,
  type EmbedImagesOptions,
  embedSchema,
  openEmbedder,
} from './embedder.js'

export interface EmbedOptions extends EmbedderOptions, EmbedImagesOptions {}

/**
 * Computes the embeddings of images once, as `embedder` does for many calls.
 *
 * @param network a network as `loadBackbone` returns it, or a `Model`; a head without an embedding layer does not matter
 * @param images a data set, or a list of images: paths, URLs, bytes of image files, Blobs or pixels
 * @throws FineTuneError 'options/invalid', 'model/no-head', 'data/unreadable', 'data/worker-failed',
 *   'session/no-runtime', 'session/cannot-open', the signal's reason
 * @example
 * ```ts given=backbone,train
 * import { embed } from 'onnx-finetune'
 *
 * const { vectors } = await embed(backbone, train)
 * console.log(vectors.dims) // [images, size]
 * ```
 */
export async function embed(
  network: Backbone,
  images: ImageDataset | readonly ImageSource[],
  options: EmbedOptions = {},
): Promise<Embeddings> {
  checkArgument('embed: network', network, backboneKind)
  const dataset = datasetIn(images, 'embed')
  const { normalize, ...rest } = checkOptions(embedSchema, options, 'embed')
  const opened = openEmbedder(network, normalize, rest, 'embed')
  try {
    return await opened.embedChecked(dataset, rest)
  } finally {
    await opened.release()
  }
}
