import type { Architecture } from './Architecture.js'
import { convnext } from './convnext.js'
import { densenet121 } from './densenet.js'
import { dinov2 } from './dinov2.js'
import { efficientnetB0, efficientnetB1, efficientnetB2, efficientnetB3, efficientnetV2S } from './efficientnet.js'
import { mobilenetV2 } from './mobilenetV2.js'
import { mobilenetV3Large, mobilenetV3Small } from './mobilenetV3.js'
import { regnetY } from './regnet.js'
import { resnet } from './resnet.js'
import { shufflenetV2 } from './shufflenetV2.js'
import { squeezenet1_1 } from './squeezenet.js'
import { swin } from './swin.js'
import { vgg } from './vgg.js'
import { timmNames, torchvisionNames, visionTransformer } from './visionTransformer.js'

/** Every architecture that `loadBackbone` knows. To add one, add a line here and, for a new family, a file beside it. */
export const architectures: readonly Architecture[] = [
  resnet('resnet18', { blocks: [2, 2, 2, 2] }),
  resnet('resnet34', { blocks: [3, 4, 6, 3] }),
  resnet('resnet50', { blocks: [3, 4, 6, 3], bottleneck: { groups: 1, widthPerGroup: 64 } }),
  resnet('resnet101', { blocks: [3, 4, 23, 3], bottleneck: { groups: 1, widthPerGroup: 64 } }),
  resnet('wide_resnet50_2', { blocks: [3, 4, 6, 3], bottleneck: { groups: 1, widthPerGroup: 128 } }),
  resnet('resnext50_32x4d', { blocks: [3, 4, 6, 3], bottleneck: { groups: 32, widthPerGroup: 4 } }),
  mobilenetV2,
  mobilenetV3Small,
  mobilenetV3Large,
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetV2S,
  regnetY('regnet_y_400mf', {
    stages: [
      [48, 1],
      [104, 3],
      [208, 6],
      [440, 6],
    ],
    groupWidth: 8,
  }),
  regnetY('regnet_y_1_6gf', {
    stages: [
      [48, 2],
      [120, 6],
      [336, 17],
      [888, 2],
    ],
    groupWidth: 24,
  }),
  shufflenetV2,
  densenet121,
  squeezenet1_1,
  vgg('vgg11_bn', [1, 1, 2, 2, 2]),
  vgg('vgg16_bn', [2, 2, 3, 3, 3]),
  convnext('convnext_tiny', { depths: [3, 3, 9, 3], evaluation: { resize: 236, crop: 224 } }),
  convnext('convnext_small', { depths: [3, 3, 27, 3], evaluation: { resize: 230, crop: 224 } }),
  swin('swin_t', {
    depths: [2, 2, 6, 2],
    heads: [3, 6, 12, 24],
    window: 7,
    width: 96,
    evaluation: { resize: 232, crop: 224 },
  }),
  visionTransformer('vit_b_16', { depth: 12, heads: 12, patch: 16, width: 768, names: torchvisionNames }),
  visionTransformer('deit_small_patch16_224', { depth: 12, heads: 6, patch: 16, width: 384, names: timmNames }),
  dinov2('dinov2_vits14', { depth: 12, heads: 6, patch: 14, width: 384 }),
]
