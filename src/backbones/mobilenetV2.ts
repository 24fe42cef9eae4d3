import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { normal, zeros } from './inits.js'
import { convNorm, headOf, wholeChannels } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

/** The stages: expansion, channels, number of blocks, stride of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

const [STEM, LAST] = [32, 1280]

/**
 * MobileNetV2 (Sandler et al. 2018, table 2), laid out as in torchvision. Half the width is torchvision's `width_mult`
 * of a half.
 */
export const mobilenetV2: Architecture = {
  name: 'mobilenet_v2',
  head: { weight: 'classifier.1.weight', bias: 'classifier.1.bias' },
  defaultWidth: STEM,
  widthStep: 8,
  ...IMAGENET,
  build({ classes, imageSize, width }) {
    const { net, input } = newNetwork('mobilenet_v2', imageSize)
    const scaled = (channels: number) => wholeChannels(channels * (width / STEM))
    let from = scaled(STEM)
    let x = convNorm(net, 'features.0', input, { from: 3, to: from, kernel: 3, stride: 2, activation: 'relu6' })
    let place = 1
    for (const [expansion, channels, count, stride] of STAGES)
      for (let i = 0; i < count; i++) {
        const to = scaled(channels)
        x = invertedResidual(net, `features.${place++}`, x, { from, to, expansion, stride: i === 0 ? stride : 1 })
        from = to
      }
    const last = wholeChannels(LAST * Math.max(1, width / STEM))
    x = convNorm(net, `features.${place}`, x, { from, to: last, kernel: 1, activation: 'relu6' })
    headOf(net, 'classifier.1', x, { from: last, to: classes, weight: normal, bias: zeros })
    return { graph: net.g.graph, tensors: net.tensors }
  },
}

interface BlockShape {
  readonly from: number
  readonly to: number
  readonly expansion: number
  readonly stride: number
}

/** Adds a depthwise convolution between two of 1x1: one that expands, and one without activation. */
function invertedResidual(net: TorchLayers, module: string, x: string, { from, to, expansion, stride }: BlockShape) {
  const inner = from * expansion
  const conv = `${module}.conv`
  let place = 0
  let y = x
  if (expansion !== 1) y = convNorm(net, `${conv}.${place++}`, y, { from, to: inner, kernel: 1, activation: 'relu6' })
  const depthwise = { from: inner, to: inner, kernel: 3, stride, groups: inner, activation: 'relu6' } as const
  y = convNorm(net, `${conv}.${place++}`, y, depthwise)
  y = net.conv(`${conv}.${place++}`, y, { from: inner, to, kernel: 1 })
  y = net.batchNorm(`${conv}.${place}`, y, to)
  return stride === 1 && from === to ? net.op(module, 'Add', [x, y]) : y
}
