import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { normal, zeros } from './inits.js'
import { type Activation, convNorm, squeezeExcite, wholeChannels } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

/** A block: kernel, channels after the expansion, channels after the block, squeeze and excitation, activation, stride. */
type Block = readonly [
  kernel: 3 | 5,
  expanded: number,
  to: number,
  squeezes: boolean,
  activation: Activation,
  stride: 1 | 2,
]

/** Tables 1 and 2 of Howard et al. 2019. */
const LARGE: readonly Block[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardSwish', 2],
  [3, 200, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 480, 112, true, 'hardSwish', 1],
  [3, 672, 112, true, 'hardSwish', 1],
  [5, 672, 160, true, 'hardSwish', 2],
  [5, 960, 160, true, 'hardSwish', 1],
  [5, 960, 160, true, 'hardSwish', 1],
]
const SMALL: readonly Block[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardSwish', 2],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 120, 48, true, 'hardSwish', 1],
  [5, 144, 48, true, 'hardSwish', 1],
  [5, 288, 96, true, 'hardSwish', 2],
  [5, 576, 96, true, 'hardSwish', 1],
  [5, 576, 96, true, 'hardSwish', 1],
]

const STEM = 16
const NORM = { epsilon: 1e-3, momentum: 0.01 }

export const mobilenetV3Large = mobilenetV3('mobilenet_v3_large', LARGE, 1280)
export const mobilenetV3Small = mobilenetV3('mobilenet_v3_small', SMALL, 1024)

/** Builds a MobileNetV3, laid out as in torchvision. @param hidden the channels of the hidden linear layer */
function mobilenetV3(name: string, blocks: readonly Block[], hidden: number): Architecture {
  return {
    name,
    head: { weight: 'classifier.3.weight', bias: 'classifier.3.bias' },
    defaultWidth: STEM,
    widthStep: 8,
    ...IMAGENET,
    build({ classes, imageSize, width }) {
      const { net, input } = newNetwork(name, imageSize)
      const scaled = (channels: number) => wholeChannels(channels * (width / STEM))
      let from = scaled(STEM)
      const stem = { from: 3, to: from, kernel: 3, stride: 2, activation: 'hardSwish', norm: NORM } as const
      let x = convNorm(net, 'features.0', input, stem)
      for (const [i, [kernel, expanded, to, ...rest]] of blocks.entries()) {
        const block: Block = [kernel, scaled(expanded), scaled(to), ...rest]
        x = invertedResidual(net, `features.${i + 1}`, x, from, block)
        from = block[2]
      }
      const last = { from, to: 6 * from, kernel: 1, activation: 'hardSwish', norm: NORM } as const
      x = convNorm(net, `features.${blocks.length + 1}`, x, last)
      classify(net, x, { from: last.to, hidden: scaled(hidden), classes })
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

/** Adds a depthwise convolution, with squeeze and excitation if the block has it, between two of 1x1. */
function invertedResidual(net: TorchLayers, module: string, x: string, from: number, block: Block): string {
  const [kernel, expanded, to, squeezes, activation, stride] = block
  const common = { activation, norm: NORM }
  let place = 0
  let y = x
  const next = () => `${module}.block.${place++}`
  if (expanded !== from) y = convNorm(net, next(), y, { from, to: expanded, kernel: 1, ...common })
  y = convNorm(net, next(), y, { from: expanded, to: expanded, kernel, stride, groups: expanded, ...common })
  if (squeezes) {
    const squeezed = wholeChannels(Math.floor(expanded / 4))
    y = squeezeExcite(net, next(), y, { channels: expanded, squeezed, activation: 'relu', gate: 'hardSigmoid' })
  }
  y = convNorm(net, next(), y, { from: expanded, to, kernel: 1, norm: NORM })
  return stride === 1 && from === to ? net.op(module, 'Add', [y, x]) : y
}

function classify(net: TorchLayers, x: string, sizes: { from: number; hidden: number; classes: number }): void {
  const { from, hidden, classes } = sizes
  const init = { weight: normal, bias: zeros }
  const means = net.op('', 'Flatten', [net.globalAveragePool('avgpool', x)])
  const features = net.hardSwish('classifier.1', net.linear('classifier.0', means, { from, to: hidden, ...init }))
  const logits = net.linear('classifier.3', features, { from: hidden, to: classes, ...init, output: 'logits' })
  net.g.output(logits, 'float32', ['N', classes])
}
