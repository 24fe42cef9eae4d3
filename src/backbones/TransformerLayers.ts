import { constant, type InitRule, inFanIn, zeros } from './inits.js'
import { TorchLayers } from './TorchLayers.js'

/** The operator set of networks with Gelu. */
const OPSET = 20

export interface AttentionOptions {
  readonly width: number
  readonly heads: number
  readonly tokens: number
  /** The names of the parameters of the three projections to queries, keys and values, which are one product. */
  readonly inputs: { readonly weight: string; readonly bias: string }
  /** The module of the last projection. */
  readonly output: string
  /** Adds what the scores, [sequences, heads, tokens, tokens], are before the softmax. Default: the products alone. */
  readonly change?: (scores: string) => string
  /** The initialisation of the last projection's weight. Default: `inFanIn`. */
  readonly weight?: InitRule
}

/**
 * The layers of transformers and of ConvNeXt, in addition to those of `TorchLayers`. Their values are rows, `[N * tokens,
 * channels]`: a linear layer is then one Gemm, whose gradients need no transposed copy of a weight.
 */
export class TransformerLayers extends TorchLayers {
  constructor() {
    super()
    this.g.graph.opsets = new Map([['', OPSET]])
  }

  /** Adds layer normalization over the last axis. `epsilon` is 1e-6 in these networks, not torch's 1e-5. */
  layerNorm(module: string, x: string, width: number, epsilon = 1e-6): string {
    const inputs = [
      this.parameter(`${module}.weight`, [width], constant(1)),
      this.parameter(`${module}.bias`, [width], constant(0)),
    ]
    return this.op(module, 'LayerNormalization', [x, ...inputs], { axis: -1, epsilon })
  }

  gelu(module: string, x: string): string {
    return this.op(module, 'Gelu', [x])
  }

  /** Adds Reshape. One of the sizes may be -1: the rest. */
  reshape(module: string, x: string, ...sizes: readonly number[]): string {
    return this.op(module, 'Reshape', [x, this.g.ints(...sizes)])
  }

  transpose(module: string, x: string, ...perm: readonly number[]): string {
    return this.op(module, 'Transpose', [x], { perm })
  }

  /**
   * Adds attention of several heads (Vaswani et al. 2017, "Attention Is All You Need", section 3.2) among the tokens of
   * an image, from rows to rows, torch's `MultiheadAttention` in products and a softmax.
   */
  attention(module: string, rows: string, options: AttentionOptions): string {
    const { width, heads, tokens, inputs, output, change, weight = inFanIn } = options
    const size = width / heads
    const projected = this.op(module, 'Gemm', [rows, inputs.weight, inputs.bias], { transB: 1 })
    const parts = this.transpose(module, this.reshape(module, projected, -1, tokens, 3, heads, size), 2, 0, 3, 1, 4)
    const [query, key, value] = [0, 1, 2].map((part) => this.pick(module, parts, part, 0)) as [string, string, string]
    const scaled = this.op(module, 'Mul', [query, this.g.scalar(1 / Math.sqrt(size))])
    const products = this.op(module, 'MatMul', [scaled, this.transpose(module, key, 0, 1, 3, 2)])
    const scores = change?.(products) ?? products
    const mixed = this.op(module, 'MatMul', [this.op(module, 'Softmax', [scores], { axis: -1 }), value])
    const joined = this.reshape(module, this.transpose(module, mixed, 0, 2, 1, 3), -1, width)
    return this.linear(output, joined, { from: width, to: width, weight, bias: zeros })
  }

  /** Adds one of the parts along an axis, which is removed. */
  pick(module: string, x: string, part: number, axis: number): string {
    return this.op(
      module,
      'Gather',
      [x, this.g.constant({ type: 'int64', dims: [], data: BigInt64Array.of(BigInt(part)) })],
      {
        axis,
      },
    )
  }
}
