import { toFloat32 } from '../weights/toFloat32.js'
import { type Architecture, IMAGENET } from './Architecture.js'
import { constant, inFanIn, truncatedNormal, zeros } from './inits.js'
import { TransformerLayers } from './TransformerLayers.js'
import { fromWindows, intoWindows, keepApart, pairBiases, type Windows } from './windows.js'

export interface SwinOptions extends Pick<Architecture, 'evaluation'> {
  /** The number of blocks in each stage, and of heads in a block of it. */
  readonly depths: readonly number[]
  readonly heads: readonly number[]
  /** The side of a window, in tokens. */
  readonly window: number
  readonly width: number
}

const PATCH = 4
const EPSILON = 1e-5
const inits = { weight: () => truncatedNormal, bias: zeros }

/**
 * Builds the Swin Transformer (Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
 * section 3), laid out as in torchvision, whose stochastic depth is left out: attention within windows, which every
 * second block shifts by half a window; between stages four neighbouring tokens become one.
 */
export function swin(architecture: string, options: SwinOptions): Architecture {
  const { depths, heads, window, width: defaultWidth, evaluation } = options
  return {
    name: architecture,
    head: { weight: 'head.weight', bias: 'head.bias' },
    defaultWidth,
    widthStep: heads[0]!,
    leastSize: PATCH,
    ...(evaluation && { evaluation }),
    ...IMAGENET,
    // Files have the indices as integers.
    adapt: (file) => new Map([...file].map(([name, value]) => [name, isIndex(name) ? toFloat32(value) : value])),
    build({ classes, imageSize, width }) {
      const net = new TransformerLayers()
      net.g.graph.name = architecture
      const input = net.g.input('input', 'float32', ['N', 3, imageSize, imageSize])
      let side = Math.floor(imageSize / PATCH)
      let rows = patches(net, input, width)
      for (const [stage, depth] of depths.entries()) {
        const channels = width * 2 ** stage
        if (stage > 0) {
          rows = merge(net, `features.${2 * stage}`, rows, channels / 2, side)
          side = Math.ceil(side / 2)
        }
        for (let i = 0; i < depth; i++) {
          // A single window is not shifted.
          const shift = i % 2 && side > window ? Math.floor(window / 2) : 0
          const windows = { width: channels, side, window, shift }
          rows = block(net, `features.${2 * stage + 1}.${i}`, rows, heads[stage]!, windows)
        }
      }
      const from = width * 2 ** (depths.length - 1)
      const tokens = net.reshape('', net.layerNorm('norm', rows, from, EPSILON), -1, side ** 2, from)
      const features = net.op('', 'ReduceMean', [tokens, net.g.ints(1)], { keepdims: 0 })
      const logits = net.linear('head', features, { from, to: classes, ...inits, output: 'logits' })
      net.g.output(logits, 'float32', ['N', classes])
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

const isIndex = (name: string): boolean => name.endsWith('.relative_position_index')

/** Adds the tokens: patches of the image, as rows. */
function patches(net: TransformerLayers, input: string, width: number): string {
  const shape = { from: 3, to: width, kernel: PATCH, stride: PATCH, weight: inFanIn, bias: inFanIn }
  const map = net.transpose('features.0.1', net.conv('features.0.0', input, shape), 0, 2, 3, 1)
  return net.layerNorm('features.0.2', net.reshape('features.0', map, -1, width), width, EPSILON)
}

/** Adds the union of 2 x 2 tokens, of twice the width; those beyond an odd side are zeros. */
function merge(net: TransformerLayers, module: string, rows: string, width: number, side: number): string {
  const half = Math.ceil(side / 2)
  let map = net.reshape(module, rows, -1, side, side, width)
  if (side % 2) map = net.op(module, 'Pad', [map, net.g.ints(0, 0, 0, 0, 0, 1, 1, 0)])
  const parts = net.reshape(module, map, -1, half, 2, half, 2, width)
  const joined = net.reshape(module, net.transpose(module, parts, 0, 1, 3, 4, 2, 5), -1, 4 * width)
  const weight = net.parameter(`${module}.reduction.weight`, [2 * width, 4 * width], truncatedNormal)
  const even = net.layerNorm(`${module}.norm`, joined, 4 * width, EPSILON)
  return net.op(`${module}.reduction`, 'Gemm', [even, weight], { transB: 1 })
}

/** Adds attention within windows, then two linear layers on each token, each beside a shortcut and on normalized rows. */
function block(net: TransformerLayers, module: string, x: string, heads: number, windows: Windows): string {
  const { width, window } = windows
  const attention = `${module}.attn`
  const even = net.layerNorm(`${module}.norm1`, x, width, EPSILON)
  const parts = intoWindows(net, attention, even, windows)
  const biases = pairBiases(net, attention, heads, window)
  const inputs = {
    weight: net.parameter(`${attention}.qkv.weight`, [3 * width, width], truncatedNormal),
    bias: net.parameter(`${attention}.qkv.bias`, [3 * width], constant(0)),
  }
  const change = (scores: string) =>
    keepApart(net, attention, net.op(attention, 'Add', [scores, biases]), heads, windows)
  const sizes = { width, heads, tokens: window ** 2, inputs, output: `${attention}.proj`, weight: inits.weight }
  const mixed = fromWindows(net, attention, net.attention(attention, parts, { ...sizes, change }), windows)
  const attended = net.op(module, 'Add', [x, mixed])
  let y = net.layerNorm(`${module}.norm2`, attended, width, EPSILON)
  y = net.linear(`${module}.mlp.0`, y, { from: width, to: 4 * width, ...inits })
  y = net.linear(`${module}.mlp.3`, net.gelu(`${module}.mlp.1`, y), { from: 4 * width, to: width, ...inits })
  return net.op(module, 'Add', [attended, y])
}
