import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { inFanOut, zeros } from './inits.js'
import { convNorm, headOf, squeezeExcite, wholeChannels } from './layers.js'
import type { NormOptions, TorchLayers } from './TorchLayers.js'

/** A stage of equal blocks; `fused` ones have one full convolution in the place of a 1x1 and a depthwise one. */
interface Stage {
  readonly expansion: number
  readonly kernel: number
  readonly stride: number
  readonly channels: number
  readonly count: number
  readonly fused: boolean
}

type Row = readonly [expansion: number, kernel: number, stride: number, channels: number, count: number]

const stages = (rows: readonly Row[], fused: boolean): Stage[] =>
  rows.map(([expansion, kernel, stride, channels, count]) => ({ expansion, kernel, stride, channels, count, fused }))

export interface EfficientNetOptions {
  readonly stem: number
  readonly stages: readonly Stage[]
  /** The channels of the last convolution. Default: four times those of the last stage. */
  readonly last?: number
  readonly evaluation: { readonly resize: number; readonly crop: number }
  readonly norm?: NormOptions
}

/**
 * Builds EfficientNet and EfficientNetV2 (Tan and Le 2019 and 2021), laid out as in torchvision, whose stochastic depth
 * is left out. SiLU is written as exporters write it: x * sigmoid(x).
 */
export function efficientnet(name: string, options: EfficientNetOptions): Architecture {
  const { stem, stages, last, evaluation, norm } = options
  return {
    name,
    head: { weight: 'classifier.1.weight', bias: 'classifier.1.bias' },
    defaultWidth: stem,
    widthStep: 8,
    evaluation,
    ...IMAGENET,
    build({ classes, imageSize, width }) {
      const { net, input } = newNetwork(name, imageSize)
      const scaled = (channels: number) => wholeChannels(channels * (width / stem))
      let from = scaled(stem)
      let x = convNorm(net, 'features.0', input, { from: 3, to: from, kernel: 3, stride: 2, activation: 'silu', norm })
      for (const [i, stage] of stages.entries())
        for (let block = 0; block < stage.count; block++) {
          const shape = { ...stage, from, to: scaled(stage.channels), stride: block === 0 ? stage.stride : 1, norm }
          x = (stage.fused ? fusedMbConv : mbConv)(net, `features.${i + 1}.${block}`, x, shape)
          from = shape.to
        }
      const top = {
        from,
        to: last === undefined ? 4 * from : scaled(last),
        kernel: 1,
        activation: 'silu',
        norm,
      } as const
      x = convNorm(net, `features.${stages.length + 1}`, x, top)
      headOf(net, 'classifier.1', x, { from: top.to, to: classes, weight: inFanOut, bias: zeros })
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

interface BlockShape {
  readonly from: number
  readonly to: number
  readonly expansion: number
  readonly kernel: number
  readonly stride: number
  readonly norm: NormOptions | undefined
}

/** Adds MBConv: a depthwise convolution with squeeze and excitation between two of 1x1. */
function mbConv(net: TorchLayers, module: string, x: string, shape: BlockShape): string {
  const { from, to, expansion, kernel, stride, norm } = shape
  const inner = wholeChannels(from * expansion)
  const common = { activation: 'silu', norm } as const
  let place = 0
  let y = x
  const next = () => `${module}.block.${place++}`
  if (inner !== from) y = convNorm(net, next(), y, { from, to: inner, kernel: 1, ...common })
  y = convNorm(net, next(), y, { from: inner, to: inner, kernel, stride, groups: inner, ...common })
  const squeezed = Math.max(1, Math.floor(from / 4))
  y = squeezeExcite(net, next(), y, { channels: inner, squeezed, activation: 'silu', gate: 'sigmoid' })
  y = convNorm(net, next(), y, { from: inner, to, kernel: 1, norm })
  return stride === 1 && from === to ? net.op(module, 'Add', [y, x]) : y
}

/** Adds FusedMBConv: a full convolution, then one of 1x1 if the first expands. */
function fusedMbConv(net: TorchLayers, module: string, x: string, shape: BlockShape): string {
  const { from, to, expansion, kernel, stride, norm } = shape
  const inner = wholeChannels(from * expansion)
  const expands = inner !== from
  const first = { from, to: expands ? inner : to, kernel, stride, activation: 'silu', norm } as const
  let y = convNorm(net, `${module}.block.0`, x, first)
  if (expands) y = convNorm(net, `${module}.block.1`, y, { from: inner, to, kernel: 1, norm })
  return stride === 1 && from === to ? net.op(module, 'Add', [y, x]) : y
}

/** Table 1 of Tan and Le 2019. */
const B0: readonly Row[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
]

/** Returns B0 with more channels and blocks (section 3.3 there). */
function compound(widthFactor: number, depthFactor: number, evaluation: EfficientNetOptions['evaluation']) {
  const channels = (count: number) => wholeChannels(count * widthFactor)
  const rows = B0.map(
    ([expansion, kernel, stride, to, count]): Row => [
      expansion,
      kernel,
      stride,
      channels(to),
      Math.ceil(count * depthFactor),
    ],
  )
  return { stem: channels(32), stages: stages(rows, false), evaluation }
}

export const efficientnetB0 = efficientnet('efficientnet_b0', compound(1, 1, { resize: 256, crop: 224 }))
export const efficientnetB1 = efficientnet('efficientnet_b1', compound(1, 1.1, { resize: 256, crop: 240 }))
export const efficientnetB2 = efficientnet('efficientnet_b2', compound(1.1, 1.2, { resize: 288, crop: 288 }))
export const efficientnetB3 = efficientnet('efficientnet_b3', compound(1.2, 1.4, { resize: 320, crop: 300 }))

/** Table 4 of Tan and Le 2021. */
export const efficientnetV2S = efficientnet('efficientnet_v2_s', {
  stem: 24,
  stages: [
    ...stages(
      [
        [1, 3, 1, 24, 2],
        [4, 3, 2, 48, 4],
        [4, 3, 2, 64, 4],
      ],
      true,
    ),
    ...stages(
      [
        [4, 3, 2, 128, 6],
        [6, 3, 1, 160, 9],
        [6, 3, 2, 256, 15],
      ],
      false,
    ),
  ],
  last: 1280,
  evaluation: { resize: 384, crop: 384 },
  norm: { epsilon: 1e-3 },
})
