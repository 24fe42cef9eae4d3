import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { kaimingUniform, normal, zeros } from './inits.js'
import type { TorchLayers } from './TorchLayers.js'

/** The modules of `features` after the first activation: a pool, or the channels of a fire module: squeezed, expanded. */
const FEATURES = [
  'pool',
  [16, 64],
  [16, 64],
  'pool',
  [32, 128],
  [32, 128],
  'pool',
  [48, 192],
  [48, 192],
  [64, 256],
  [64, 256],
] as const

const STEM = 64

/** SqueezeNet 1.1 (Iandola et al. 2016), laid out as in torchvision. Its last layer is a 1x1 convolution. */
export const squeezenet1_1: Architecture = {
  name: 'squeezenet1_1',
  head: { weight: 'classifier.1.weight', bias: 'classifier.1.bias' },
  defaultWidth: STEM,
  // A quarter of the width is squeezed.
  widthStep: 4,
  leastSize: 17,
  ...IMAGENET,
  build({ classes, imageSize, width }) {
    const { net, input } = newNetwork('squeezenet1_1', imageSize)
    const scaled = (channels: number) => (channels * width) / STEM
    let x = layer(net, 'features.0', 'features.1', input, { from: 3, to: width, kernel: 3, stride: 2 })
    let from = width
    for (const [i, feature] of FEATURES.entries()) {
      const module = `features.${i + 2}`
      if (feature === 'pool') x = net.maxPool(module, x, 3, 2, 0, true)
      else {
        const [squeezed, expanded] = [scaled(feature[0]), scaled(feature[1])]
        x = fire(net, module, x, { from, squeezed, expanded })
        from = 2 * expanded
      }
    }
    x = net.conv('classifier.1', x, { from, to: classes, kernel: 1, weight: normal, bias: zeros })
    x = net.globalAveragePool('classifier.3', net.relu('classifier.2', x))
    net.g.output(net.op('', 'Flatten', [x], {}, 'logits'), 'float32', ['N', classes])
    return { graph: net.g.graph, tensors: net.tensors }
  },
}

function layer(
  net: TorchLayers,
  module: string,
  activation: string,
  x: string,
  options: { from: number; to: number; kernel: number; stride?: number; pad?: number },
): string {
  return net.relu(activation, net.conv(module, x, { ...options, weight: kaimingUniform, bias: zeros }))
}

interface FireShape {
  readonly from: number
  readonly squeezed: number
  readonly expanded: number
}

/** Adds a fire module: a 1x1 convolution to few channels, then one of 1x1 and one of 3x3 beside each other. */
function fire(net: TorchLayers, module: string, x: string, { from, squeezed, expanded }: FireShape): string {
  const of = (name: string, y: string, from: number, to: number, kernel: number) =>
    layer(net, `${module}.${name}`, `${module}.${name}_activation`, y, { from, to, kernel, pad: (kernel - 1) / 2 })
  const few = of('squeeze', x, from, squeezed, 1)
  const parts = [of('expand1x1', few, squeezed, expanded, 1), of('expand3x3', few, squeezed, expanded, 3)]
  return net.op(module, 'Concat', parts, { axis: 1 })
}
