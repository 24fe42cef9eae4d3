import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { inFanIn, kaimingFanIn, zeros } from './inits.js'
import { headOf } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

/** The layers of each block of DenseNet-121. */
const BLOCKS = [6, 12, 24, 16]
/** The channels of a layer's 1x1 convolution, for each that the layer adds. */
const BOTTLENECK = 4

/** DenseNet-121 (Huang et al. 2016, table 1), laid out as in torchvision: `width` is twice the growth rate. */
export const densenet121: Architecture = {
  name: 'densenet121',
  head: { weight: 'classifier.weight', bias: 'classifier.bias' },
  defaultWidth: 64,
  widthStep: 2,
  leastSize: 29,
  ...IMAGENET,
  currentName: (name) => name.replace(/(denselayer\d+\.(?:norm|conv))\.([12]\.)/, '$1$2'),
  build({ classes, imageSize, width }) {
    const { net, input } = newNetwork('densenet121', imageSize)
    let x = stem(net, input, width)
    let channels = width
    for (const [i, layers] of BLOCKS.entries()) {
      const growth = width / 2
      x = denseBlock(net, `features.denseblock${i + 1}`, x, { channels, growth, layers })
      channels += layers * growth
      if (i === BLOCKS.length - 1) break
      x = transition(net, `features.transition${i + 1}`, x, channels)
      channels = Math.floor(channels / 2)
    }
    x = net.relu('relu', net.batchNorm('features.norm5', x, channels))
    headOf(net, 'classifier', x, { from: channels, to: classes, weight: inFanIn, bias: zeros })
    return { graph: net.g.graph, tensors: net.tensors }
  },
}

function stem(net: TorchLayers, input: string, width: number): string {
  const options = { from: 3, to: width, kernel: 7, stride: 2, pad: 3, weight: kaimingFanIn }
  const x = net.batchNorm('features.norm0', net.conv('features.conv0', input, options), width)
  return net.maxPool('features.pool0', net.relu('features.relu0', x), 3, 2, 1)
}

interface BlockShape {
  readonly channels: number
  readonly growth: number
  readonly layers: number
}

/** Adds layers each of which reads the maps of all before it. */
function denseBlock(net: TorchLayers, module: string, x: string, { channels, growth, layers }: BlockShape): string {
  const features = [x]
  const joined = (name: string) => (features.length === 1 ? x : net.op(name, 'Concat', features, { axis: 1 }))
  for (let i = 0; i < layers; i++) {
    const layer = `${module}.denselayer${i + 1}`
    const [from, inner] = [channels + i * growth, BOTTLENECK * growth]
    let y = net.relu(`${layer}.relu1`, net.batchNorm(`${layer}.norm1`, joined(layer), from))
    y = net.conv(`${layer}.conv1`, y, { from, to: inner, kernel: 1, weight: kaimingFanIn })
    y = net.relu(`${layer}.relu2`, net.batchNorm(`${layer}.norm2`, y, inner))
    features.push(net.conv(`${layer}.conv2`, y, { from: inner, to: growth, kernel: 3, pad: 1, weight: kaimingFanIn }))
  }
  return joined(module)
}

/** Adds a 1x1 convolution to half the channels and the mean of 2x2 pixels. */
function transition(net: TorchLayers, module: string, x: string, from: number): string {
  const y = net.relu(`${module}.relu`, net.batchNorm(`${module}.norm`, x, from))
  const half = { from, to: Math.floor(from / 2), kernel: 1, weight: kaimingFanIn }
  return net.averagePool(`${module}.pool`, net.conv(`${module}.conv`, y, half), 2)
}
