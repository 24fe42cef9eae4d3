import type { Architecture } from './Architecture.js'
import { resnet } from './resnet.js'

/** Every architecture that `loadBackbone` knows. To add one, add a line here and, for a new family, a file beside it. */
export const architectures: readonly Architecture[] = [
  resnet('resnet18', { blocks: [2, 2, 2, 2] }),
  resnet('resnet34', { blocks: [3, 4, 6, 3] }),
]
