import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { headOf } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

export interface ResNetOptions {
  /** The number of residual blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number]
  /** The bottleneck of the blocks: a 3x3 convolution of `groups` groups between two of 1x1. Default: basic blocks. */
  readonly bottleneck?: Bottleneck
}

export interface Bottleneck {
  readonly groups: number
  /** The channels of a group in the first stage, of 64 channels. */
  readonly widthPerGroup: number
}

/** The factor by which a bottleneck's result has more channels than its stage. */
const EXPANSION = 4

/**
 * Builds the ResNets (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), the wide ones
 * (Zagoruyko and Komodakis 2016) and ResNeXt (Xie et al. 2016), laid out as in torchvision: a 7x7 stem, then four
 * stages, each of which doubles the channels and, from the second on, halves the image.
 */
export function resnet(name: string, { blocks, bottleneck }: ResNetOptions): Architecture {
  return {
    name,
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    defaultWidth: 64,
    // The first stage has a whole number of channels per group.
    widthStep: bottleneck ? 64 / gcd(64, bottleneck.widthPerGroup) : 1,
    ...IMAGENET,
    build({ classes, imageSize, width }) {
      const { net, input } = newNetwork(name, imageSize)
      let x = stem(net, input, width)
      let from = width
      for (const [stage, count] of blocks.entries())
        for (let block = 0; block < count; block++) {
          const planes = width * 2 ** stage
          const shape = { from, to: bottleneck ? planes * EXPANSION : planes, stride: stage > 0 && block === 0 ? 2 : 1 }
          const module = `layer${stage + 1}.${block}`
          x = bottleneck
            ? bottleneckBlock(net, module, x, { ...shape, ...innerOf(planes, bottleneck) })
            : basicBlock(net, module, x, shape)
          from = shape.to
        }
      headOf(net, 'fc', x, { from, to: classes })
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

const innerOf = (planes: number, { groups, widthPerGroup }: Bottleneck) => ({
  groups,
  inner: ((planes * widthPerGroup) / 64) * groups,
})

function stem(net: TorchLayers, input: string, width: number): string {
  const x = net.conv('conv1', input, { from: 3, to: width, kernel: 7, stride: 2, pad: 3 })
  return net.maxPool('maxpool', net.relu('relu', net.batchNorm('bn1', x, width)), 3, 2, 1)
}

interface BlockShape {
  readonly from: number
  readonly to: number
  readonly stride: number
}

/** Adds two 3x3 convolutions beside a shortcut. */
function basicBlock(net: TorchLayers, module: string, x: string, shape: BlockShape): string {
  const { from, to, stride } = shape
  let y = net.conv(`${module}.conv1`, x, { from, to, kernel: 3, stride, pad: 1 })
  y = net.relu(`${module}.relu`, net.batchNorm(`${module}.bn1`, y, to))
  y = net.conv(`${module}.conv2`, y, { from: to, to, kernel: 3, pad: 1 })
  y = net.batchNorm(`${module}.bn2`, y, to)
  return net.relu(`${module}.relu_1`, net.op(module, 'Add', [y, shortcut(net, module, x, shape)]))
}

interface BottleneckShape extends BlockShape {
  readonly groups: number
  /** The channels between its convolutions. */
  readonly inner: number
}

/** Adds convolutions of 1x1, 3x3 and 1x1 beside a shortcut. The stride is that of the 3x3, as in torchvision. */
function bottleneckBlock(net: TorchLayers, module: string, x: string, shape: BottleneckShape): string {
  const { from, to, stride, groups, inner } = shape
  let y = net.conv(`${module}.conv1`, x, { from, to: inner, kernel: 1 })
  y = net.relu(`${module}.relu`, net.batchNorm(`${module}.bn1`, y, inner))
  y = net.conv(`${module}.conv2`, y, { from: inner, to: inner, kernel: 3, stride, pad: 1, groups })
  y = net.relu(`${module}.relu_1`, net.batchNorm(`${module}.bn2`, y, inner))
  y = net.conv(`${module}.conv3`, y, { from: inner, to, kernel: 1 })
  y = net.batchNorm(`${module}.bn3`, y, to)
  return net.relu(`${module}.relu_2`, net.op(module, 'Add', [y, shortcut(net, module, x, shape)]))
}

/** Returns the input itself, or a 1x1 convolution of it if the shape changes. */
function shortcut(net: TorchLayers, block: string, x: string, { from, to, stride }: BlockShape): string {
  if (from === to && stride === 1) return x
  const module = `${block}.downsample`
  const y = net.conv(`${module}.0`, x, { from, to, kernel: 1, stride })
  return net.batchNorm(`${module}.1`, y, to)
}
