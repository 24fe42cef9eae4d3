import { zeros } from '../onnx/graph/tensor.js'
import type { Architecture } from './Architecture.js'
import { hiddenLayersIn } from './headLayers.js'
import { resizePositions } from './positions.js'
import { timmNames, type VisionTransformerOptions, visionTransformer } from './visionTransformer.js'

/** The names of DINOv2's authors, which are timm's too. */
export const dinov2Names: VisionTransformerOptions['names'] = {
  ...timmNames,
  layer: (i) => ({ ...timmNames.layer(i), scales: [`blocks.${i}.ls1.gamma`, `blocks.${i}.ls2.gamma`] }),
}

/** The tensor that stands for hidden patches in pretraining. */
const MASK = 'mask_token'

/**
 * Builds the vision transformer of DINOv2 (Oquab et al. 2023, "DINOv2: Learning Robust Visual Features without
 * Supervision"), whose feature is the normalised class token. Its authors publish no classifier in the file: the head
 * of such a file is one of zeros. Positions for images of another size are interpolated.
 */
export function dinov2(name: string, options: Omit<VisionTransformerOptions, 'names'>): Architecture {
  const network = visionTransformer(name, { ...options, names: dinov2Names })
  const { head } = network
  return {
    ...network,
    evaluation: { resize: 256, crop: 224 },
    hasNoHead: true,
    adapt(file, { classes, imageSize, width }) {
      const tensors = new Map(file)
      tensors.delete(MASK)
      const positions = tensors.get(dinov2Names.positions)
      if (positions) tensors.set(dinov2Names.positions, resizePositions(positions, imageSize / options.patch))
      const has = (name: string) => tensors.has(name)
      if (has(head.weight) || has(head.bias) || hiddenLayersIn(head, has) > 0) return tensors
      return tensors.set(head.weight, zeros('float32', [classes, width])).set(head.bias, zeros('float32', [classes]))
    },
  }
}
