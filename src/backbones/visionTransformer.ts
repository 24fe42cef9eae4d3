import { type Architecture, IMAGENET } from './Architecture.js'
import { constant, type InitRule, truncatedNormal, zeros } from './inits.js'
import { TransformerLayers } from './TransformerLayers.js'

export interface VisionTransformerOptions {
  /** The number of layers. */
  readonly depth: number
  readonly heads: number
  /** The side of a patch of the image, in pixels. */
  readonly patch: number
  readonly width: number
  /** The names of its tensors. */
  readonly names: VisionTransformerNames
}

/** The names that a library gives the tensors of a vision transformer; those of a layer by its number. */
export interface VisionTransformerNames {
  readonly classToken: string
  readonly patches: string
  readonly positions: string
  /** True if the positions come before the patches in a `state_dict`. */
  readonly positionsFirst: boolean
  readonly layer: (i: number) => LayerNames
  readonly norm: string
  readonly head: string
}

interface LayerNames {
  readonly module: string
  readonly norms: readonly [string, string]
  readonly attention: string
  readonly projections: { readonly weight: string; readonly bias: string }
  readonly output: string
  readonly mlp: readonly [string, string]
  /** The factors of the results of attention and of the linear layers (LayerScale). Default: none. */
  readonly scales?: readonly [string, string]
}

/** The names of torchvision. */
export const torchvisionNames: VisionTransformerNames = {
  classToken: 'class_token',
  patches: 'conv_proj',
  positions: 'encoder.pos_embedding',
  positionsFirst: false,
  layer: (i) => {
    const module = `encoder.layers.encoder_layer_${i}`
    const attention = `${module}.self_attention`
    return {
      module,
      norms: [`${module}.ln_1`, `${module}.ln_2`],
      attention,
      projections: { weight: `${attention}.in_proj_weight`, bias: `${attention}.in_proj_bias` },
      output: `${attention}.out_proj`,
      mlp: [`${module}.mlp.0`, `${module}.mlp.3`],
    }
  },
  norm: 'encoder.ln',
  head: 'heads.head',
}

/** The names of timm, and of the authors of DeiT. */
export const timmNames: VisionTransformerNames = {
  classToken: 'cls_token',
  patches: 'patch_embed.proj',
  positions: 'pos_embed',
  positionsFirst: true,
  layer: (i) => {
    const module = `blocks.${i}`
    const attention = `${module}.attn`
    return {
      module,
      norms: [`${module}.norm1`, `${module}.norm2`],
      attention,
      projections: { weight: `${attention}.qkv.weight`, bias: `${attention}.qkv.bias` },
      output: `${attention}.proj`,
      mlp: [`${module}.mlp.fc1`, `${module}.mlp.fc2`],
    }
  },
  norm: 'norm',
  head: 'head',
}

/** torch's Xavier uniform initialisation. */
const xavier: InitRule = ({ fanIn, fanOut }) => ({ type: 'uniform', bound: Math.sqrt(6 / (fanIn + fanOut)) })
const lecun: InitRule = ({ fanIn }) => ({ type: 'normal', std: 1 / Math.sqrt(fanIn) })
const tiny: InitRule = () => ({ type: 'normal', std: 1e-6 })

/**
 * Builds a vision transformer (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", section 3.1): patches of the
 * image and a class token, with learned positions, through layers of attention; the class token has the features.
 */
export function visionTransformer(architecture: string, options: VisionTransformerOptions): Architecture {
  const { names, patch, heads, depth } = options
  return {
    name: architecture,
    head: { weight: `${names.head}.weight`, bias: `${names.head}.bias` },
    defaultWidth: options.width,
    widthStep: heads,
    leastSize: patch,
    patchSize: patch,
    ...IMAGENET,
    sizesOf(dims) {
      const [, tokens = 0, width = 0] = dims(names.positions) ?? []
      const side = Math.round(Math.sqrt(tokens - 1))
      return side > 0 && tokens === side ** 2 + 1 ? { width, imageSize: side * patch } : {}
    },
    build({ classes, imageSize, width }) {
      const net = new TransformerLayers()
      net.g.graph.name = architecture
      const input = net.g.input('input', 'float32', ['N', 3, imageSize, imageSize])
      const tokens = (imageSize / patch) ** 2 + 1
      let rows = net.reshape('', embed(net, input, { ...options, width, tokens }), -1, width)
      for (let i = 0; i < depth; i++) rows = layer(net, rows, names.layer(i), { width, heads, tokens })
      const last = net.layerNorm(names.norm, rows, width)
      const features = net.pick('', net.reshape('', last, -1, tokens, width), 0, 1)
      const logits = net.linear(names.head, features, {
        from: width,
        to: classes,
        weight: zeros,
        bias: zeros,
        output: 'logits',
      })
      net.g.output(logits, 'float32', ['N', classes])
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

interface Sizes {
  readonly width: number
  readonly tokens: number
}

/** Adds the tokens [N, tokens, width]: the class, then the patches, each with its position. */
function embed(net: TransformerLayers, input: string, options: VisionTransformerOptions & Sizes): string {
  const { names, patch, width, tokens } = options
  const token = net.parameter(names.classToken, [1, 1, width], constant(0))
  const positions = () => net.parameter(names.positions, [1, tokens, width], truncatedNormal)
  const first = names.positionsFirst ? positions() : undefined
  const image = net.conv(names.patches, input, {
    from: 3,
    to: width,
    kernel: patch,
    stride: patch,
    weight: lecun,
    bias: zeros,
  })
  const patches = net.transpose('', net.reshape('', image, 0, width, tokens - 1), 0, 2, 1)
  const batch = net.op('', 'Shape', [input], { start: 0, end: 1 })
  const shape = net.op('', 'Concat', [batch, net.g.ints(1, width)], { axis: 0 })
  const whole = net.op('', 'Concat', [net.op('', 'Expand', [token, shape]), patches], { axis: 1 })
  return net.op('', 'Add', [whole, first ?? positions()])
}

/** Adds attention, then two linear layers on each token, each beside a shortcut and on normalized rows. */
function layer(net: TransformerLayers, x: string, names: LayerNames, sizes: Sizes & { heads: number }): string {
  const { width } = sizes
  const normal = net.layerNorm(names.norms[0], x, width)
  const inputs = {
    weight: net.parameter(names.projections.weight, [3 * width, width], xavier({ fanIn: width, fanOut: 3 * width })),
    bias: net.parameter(names.projections.bias, [3 * width], constant(0)),
  }
  const mixed = net.attention(names.attention, normal, { ...sizes, inputs, output: names.output })
  const attended = net.op(names.module, 'Add', [scaled(net, mixed, names, 0, width), x])
  const [first, second] = names.mlp
  let y = net.layerNorm(names.norms[1], attended, width)
  const inits = { weight: xavier, bias: tiny }
  y = net.linear(first, y, { from: width, to: 4 * width, ...inits })
  y = net.linear(second, net.gelu(names.module, y), { from: 4 * width, to: width, ...inits })
  return net.op(names.module, 'Add', [attended, scaled(net, y, names, 1, width)])
}

/** Adds LayerScale (Touvron et al. 2021, "Going deeper with Image Transformers", section 2), if the layer has it. */
function scaled(
  net: TransformerLayers,
  rows: string,
  { module, scales }: LayerNames,
  at: 0 | 1,
  width: number,
): string {
  return scales ? net.op(module, 'Mul', [rows, net.parameter(scales[at], [width], constant(1e-5))]) : rows
}
