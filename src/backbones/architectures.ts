import type { Architecture } from './Architecture.js'
import { convnext } from './convnext.js'
import { resnet } from './resnet.js'
import { timmNames, torchvisionNames, visionTransformer } from './visionTransformer.js'

/** Every architecture that `loadBackbone` knows. To add one, add a line here and, for a new family, a file beside it. */
export const architectures: readonly Architecture[] = [
  resnet('resnet18', { blocks: [2, 2, 2, 2] }),
  resnet('resnet34', { blocks: [3, 4, 6, 3] }),
  convnext('convnext_tiny', { depths: [3, 3, 9, 3] }),
  convnext('convnext_small', { depths: [3, 3, 27, 3] }),
  visionTransformer('vit_b_16', { depth: 12, heads: 12, patch: 16, width: 768, names: torchvisionNames }),
  visionTransformer('deit_small_patch16_224', { depth: 12, heads: 6, patch: 16, width: 384, names: timmNames }),
]
