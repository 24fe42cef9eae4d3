import { checkArgument, kinds } from '../arguments.js'
import { checkOptions } from '../options.js'
import type { Backbone } from './Backbone.js'
import { type LoadBackboneOptions, schema } from './loadBackboneOptions.js'

export type { LoadBackboneOptions } from './loadBackboneOptions.js'

/**
 * Loads a pretrained network (or makes a random one), ready for `replaceHead`. float16 and bfloat16 weights become
 * float32.
 *
 * @throws FineTuneError 'backbones/unknown', 'backbones/unknown-weights', 'backbones/mismatch' (every missing,
 *   misshapen or unexpected tensor by name), 'backbones/contradiction' (an option and the file disagree),
 *   'backbones/width' and 'backbones/image-size' (sizes that the network does not have), 'backbones/onnx-model' (a model, not weights: see `loadOnnxBackbone`), those of `downloadWeights` and of
 *   `loadWeights`, 'options/invalid', the signal's reason
 * @example
 * ```ts
 * import { loadBackbone } from 'onnx-finetune'
 *
 * const published = await loadBackbone('resnet18', { weights: 'IMAGENET1K_V1' })
 * const ownFile = await loadBackbone('resnet18', { weights: './hotdog.safetensors' })
 * ```
 */
export async function loadBackbone(name: string, options: LoadBackboneOptions): Promise<Backbone> {
  checkArgument('loadBackbone: name', name, kinds.text)
  const checked = checkOptions(schema, options, 'loadBackbone')
  // A page loads the networks with the first backbone.
  const { makeBackbone } = await import('./makeBackbone.js')
  return makeBackbone(name, checked)
}
