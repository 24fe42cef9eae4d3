import type { Architecture } from './Architecture.js'
import { TorchLayers } from './TorchLayers.js'

export interface ResNetOptions {
  /** The number of residual blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number]
}

/**
 * Builds the ResNets of basic blocks (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), laid
 * out as in torchvision: a 7x7 stem, then four stages, each of which doubles the channels and, from the second on,
 * halves the image.
 */
export function resnet(architecture: string, { blocks }: ResNetOptions): Architecture {
  return {
    name: architecture,
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    defaultWidth: 64,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    build({ classes, imageSize, width }) {
      const net = new TorchLayers()
      net.g.graph.name = architecture
      let x = stem(net, net.g.input('input', 'float32', ['N', 3, imageSize, imageSize]), width)
      let channels = width
      for (const [stage, count] of blocks.entries())
        for (let block = 0; block < count; block++) {
          const shape = { from: channels, to: width * 2 ** stage, stride: stage > 0 && block === 0 ? 2 : 1 }
          x = basicBlock(net, `layer${stage + 1}.${block}`, x, shape)
          channels = shape.to
        }
      const features = net.op('', 'Flatten', [net.globalAveragePool('avgpool', x)])
      const logits = net.linear('fc', features, channels, classes, 'logits')
      net.g.output(logits, 'float32', ['N', classes])
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

function stem(net: TorchLayers, input: string, width: number): string {
  const x = net.conv('conv1', input, { from: 3, to: width, kernel: 7, stride: 2, pad: 3 })
  return net.maxPool('maxpool', net.relu('relu', net.batchNorm('bn1', x, width)), 3, 2, 1)
}

interface BlockShape {
  readonly from: number
  readonly to: number
  readonly stride: number
}

/** Adds two 3x3 convolutions beside a shortcut, which is a 1x1 convolution if the shape changes. */
function basicBlock(net: TorchLayers, module: string, x: string, { from, to, stride }: BlockShape): string {
  let y = net.conv(`${module}.conv1`, x, { from, to, kernel: 3, stride, pad: 1 })
  y = net.relu(`${module}.relu`, net.batchNorm(`${module}.bn1`, y, to))
  y = net.conv(`${module}.conv2`, y, { from: to, to, kernel: 3, pad: 1 })
  y = net.batchNorm(`${module}.bn2`, y, to)
  const shortcut = from === to && stride === 1 ? x : downsample(net, `${module}.downsample`, x, { from, to, stride })
  return net.relu(`${module}.relu_1`, net.op(module, 'Add', [y, shortcut]))
}

function downsample(net: TorchLayers, module: string, x: string, { from, to, stride }: BlockShape): string {
  const y = net.conv(`${module}.0`, x, { from, to, kernel: 1, stride })
  return net.batchNorm(`${module}.1`, y, to)
}
