import type { WeightFile, WeightRecord } from '../weights/WeightRecord.js'
import type { Preprocessing } from './Backbone.js'
import { imagenetClasses } from './imagenetClasses.js'

/** Published weights of a backbone. */
export interface BackboneWeights extends WeightRecord {
  /** The name of the architecture that they are for. */
  readonly backbone: string
  /** The names of the classes; none for a feature extractor. */
  readonly classes: readonly string[]
  readonly preprocessing: Omit<Preprocessing, 'inexpressible' | 'grayscale'> & { readonly resize: number }
}

/** Returns the file at an address that, as torch's hub names files, ends in the first digits of its SHA-256. */
const hub = (url: string, facts: Partial<Pick<WeightFile, 'bytes' | 'sha256'>> = {}): WeightFile => {
  const [, file = '', sha256 = ''] = /([^/]+-([0-9a-f]+)\.pth)$/.exec(url) ?? []
  return { file, urls: [url], sha256, ...facts }
}

const torchvision = (file: string, facts?: Partial<Pick<WeightFile, 'bytes' | 'sha256'>>): WeightFile =>
  hub(`https://download.pytorch.org/models/${file}`, facts)

const huggingFace = (model: string, revision: string, facts: Pick<WeightFile, 'bytes' | 'sha256'>): WeightFile => ({
  file: `${model.split('/')[1]}.safetensors`,
  urls: [`https://huggingface.co/${model}/resolve/${revision}/model.safetensors`],
  ...facts,
})

/** The properties that most of torchvision's first weights share. */
const imagenet1kV1 = {
  name: 'IMAGENET1K_V1',
  licence: 'BSD-3-Clause',
  origin: 'https://github.com/pytorch/vision',
  classes: imagenetClasses,
  preprocessing: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const

/** Every set of weights that `loadBackbone` knows by name. To add one, add it here. */
export const backboneWeights: readonly BackboneWeights[] = [
  {
    ...imagenet1kV1,
    backbone: 'resnet18',
    files: [
      torchvision('resnet18-f37072fd.pth', {
        bytes: 46_830_571,
        sha256: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
      }),
      huggingFace('timm/resnet18.tv_in1k', 'bbd144b3e5565108aad885f145491d11bc6ce807', {
        bytes: 46_807_446,
        sha256: '694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81',
      }),
    ],
  },
  {
    ...imagenet1kV1,
    backbone: 'resnet34',
    files: [
      torchvision('resnet34-b627a593.pth', {
        bytes: 87_319_819,
        sha256: 'b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f',
      }),
      huggingFace('timm/resnet34.tv_in1k', '1b7b21cca82ff974d341713f777bf740c2db38c4', {
        bytes: 87_278_522,
        sha256: '0bb82595a564991a9d424708b33f5d843f5aaed7f6c0886ff10849ff97022235',
      }),
    ],
  },
  ...(
    [
      ['resnet50', 'resnet50-0676ba61.pth'],
      ['resnet101', 'resnet101-63fe2227.pth'],
      ['wide_resnet50_2', 'wide_resnet50_2-95faca4d.pth'],
      ['resnext50_32x4d', 'resnext50_32x4d-7cdf4587.pth'],
      ['mobilenet_v2', 'mobilenet_v2-b0353104.pth'],
      ['mobilenet_v3_small', 'mobilenet_v3_small-047dcff4.pth'],
      ['mobilenet_v3_large', 'mobilenet_v3_large-8738ca79.pth'],
      ['efficientnet_b0', 'efficientnet_b0_rwightman-7f5810bc.pth'],
      ['efficientnet_b1', 'efficientnet_b1_rwightman-bac287d4.pth', { resize: 256, crop: 240 }],
      ['efficientnet_b2', 'efficientnet_b2_rwightman-c35c1473.pth', { resize: 288, crop: 288 }],
      ['efficientnet_b3', 'efficientnet_b3_rwightman-b3899882.pth', { resize: 320, crop: 300 }],
      ['efficientnet_v2_s', 'efficientnet_v2_s-dd5fe13b.pth', { resize: 384, crop: 384 }],
      ['regnet_y_400mf', 'regnet_y_400mf-c65dace8.pth'],
      ['regnet_y_1_6gf', 'regnet_y_1_6gf-b11a554e.pth'],
      ['shufflenet_v2_x1_0', 'shufflenetv2_x1-5666bf0f80.pth'],
      ['densenet121', 'densenet121-a639ec97.pth'],
      ['squeezenet1_1', 'squeezenet1_1-b8a52dc0.pth'],
      ['vgg11_bn', 'vgg11_bn-6002323d.pth'],
      ['vgg16_bn', 'vgg16_bn-6c64b313.pth'],
      ['convnext_tiny', 'convnext_tiny-983f1562.pth', { resize: 236, crop: 224 }],
      ['convnext_small', 'convnext_small-0c510722.pth', { resize: 230, crop: 224 }],
      ['swin_t', 'swin_t-704ceda3.pth', { resize: 232, crop: 224 }],
      ['vit_b_16', 'vit_b_16-c867db91.pth'],
    ] as const
  ).map(
    ([backbone, file, sizes]): BackboneWeights => ({
      ...imagenet1kV1,
      backbone,
      files: [torchvision(file)],
      preprocessing: { ...imagenet1kV1.preprocessing, ...sizes },
    }),
  ),
  {
    ...imagenet1kV1,
    backbone: 'deit_small_patch16_224',
    files: [hub('https://dl.fbaipublicfiles.com/deit/deit_small_patch16_224-cd65a155.pth')],
    licence: 'Apache-2.0',
    origin: 'https://github.com/facebookresearch/deit',
  },
  {
    ...imagenet1kV1,
    name: 'LVD142M',
    backbone: 'dinov2_vits14',
    files: [
      {
        file: 'dinov2_vits14_pretrain.pth',
        urls: ['https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth'],
        bytes: 88_283_115,
        sha256: 'b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9',
      },
    ],
    licence: 'Apache-2.0',
    origin: 'https://github.com/facebookresearch/dinov2',
    classes: [],
  },
]
