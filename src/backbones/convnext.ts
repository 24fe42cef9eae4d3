import { type Architecture, IMAGENET } from './Architecture.js'
import { constant, truncatedNormal, zeros } from './inits.js'
import { TransformerLayers } from './TransformerLayers.js'

export interface ConvNextOptions extends Pick<Architecture, 'evaluation'> {
  /** The number of blocks in each of the four stages. */
  readonly depths: readonly [number, number, number, number]
}

const inits = { weight: () => truncatedNormal, bias: zeros }

/** The side of a patch of the stem, and the factor by which each later stage reduces the image. */
const [STEM, REDUCTION] = [4, 2]

/**
 * Builds ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s", section 2), laid out as in torchvision: a stem of 4x4
 * patches, then four stages, each of which doubles the channels and, from the second on, halves the image.
 */
export function convnext(architecture: string, { depths, ...evaluation }: ConvNextOptions): Architecture {
  return {
    name: architecture,
    head: { weight: 'classifier.2.weight', bias: 'classifier.2.bias' },
    defaultWidth: 96,
    leastSize: STEM * REDUCTION ** 3,
    ...evaluation,
    ...IMAGENET,
    build({ classes, imageSize, width }) {
      const net = new TransformerLayers()
      net.g.graph.name = architecture
      const input = net.g.input('input', 'float32', ['N', 3, imageSize, imageSize])
      let side = Math.floor(imageSize / STEM)
      let x = net.conv('features.0.0', input, {
        from: 3,
        to: width,
        kernel: STEM,
        stride: STEM,
        ...inits,
      })
      x = layerNorm2d(net, 'features.0.1', x, width)
      for (const [stage, count] of depths.entries()) {
        const channels = width * 2 ** stage
        if (stage > 0) {
          x = downsample(net, `features.${2 * stage}`, x, channels / 2)
          side = Math.floor(side / REDUCTION)
        }
        for (let i = 0; i < count; i++) x = block(net, `features.${2 * stage + 1}.${i}`, x, channels, side)
      }
      const features = 8 * width
      const pooled = layerNorm2d(net, 'classifier.0', net.globalAveragePool('avgpool', x), features)
      const flat = net.op('classifier.1', 'Flatten', [pooled])
      const logits = net.linear('classifier.2', flat, { from: features, to: classes, ...inits, output: 'logits' })
      net.g.output(logits, 'float32', ['N', classes])
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

/** Adds layer normalization over the channels of an image. */
function layerNorm2d(net: TransformerLayers, module: string, x: string, channels: number): string {
  const y = net.layerNorm(module, net.transpose(module, x, 0, 2, 3, 1), channels)
  return net.transpose(module, y, 0, 3, 1, 2)
}

function downsample(net: TransformerLayers, module: string, x: string, from: number): string {
  const y = layerNorm2d(net, `${module}.0`, x, from)
  const shape = { from, to: 2 * from, kernel: REDUCTION, stride: REDUCTION }
  return net.conv(`${module}.1`, y, { ...shape, ...inits })
}

/** Adds a depthwise 7x7 convolution, then two linear layers on each pixel, beside a shortcut. */
function block(net: TransformerLayers, module: string, x: string, channels: number, side: number): string {
  const scale = net.parameter(`${module}.layer_scale`, [channels, 1, 1], constant(1e-6))
  const within = `${module}.block`
  const depthwise = { from: channels, to: channels, kernel: 7, pad: 3, groups: channels, ...inits }
  const y = net.conv(`${within}.0`, x, depthwise)
  let rows = net.reshape(within, net.transpose(`${within}.1`, y, 0, 2, 3, 1), -1, channels)
  rows = net.layerNorm(`${within}.2`, rows, channels)
  rows = net.linear(`${within}.3`, rows, { from: channels, to: 4 * channels, ...inits })
  rows = net.gelu(`${within}.4`, rows)
  rows = net.linear(`${within}.5`, rows, { from: 4 * channels, to: channels, ...inits })
  const image = net.reshape(within, rows, -1, side, side, channels)
  const scaled = net.op(module, 'Mul', [net.transpose(`${within}.6`, image, 0, 3, 1, 2), scale])
  return net.op(module, 'Add', [scaled, x])
}
