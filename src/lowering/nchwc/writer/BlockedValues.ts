import { NCHWC } from '../../../onnx/graph/graph.js'
import { CAST_TO, float32 } from '../../../onnx/graph/tensor.js'
import type { Dims, Name } from '../layout/dims.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { affine } from '../ops/elementwise.js'
import { interleave, sumByPhase } from '../ops/spatial.js'
import type { Value } from './values.js'

/**
 * The official values that exist in the blocked layout, and their tensors as far as they are written: each is written
 * once, where it is first needed. A value that is not here is plain: it has its own name and the standard layout.
 */
export class BlockedValues {
  readonly #values = new Map<string, Value>()
  readonly #parts = new Map<string, readonly Name[]>()
  readonly #wholes = new Map<string, Name>()
  /** The values that exist under their own names too. */
  readonly #plain = new Set<string>()

  constructor(
    readonly ops: BlockedOps,
    readonly official: OfficialGraph,
  ) {}

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }

  get(name: string): Value | undefined {
    return this.#values.get(name)
  }

  /** Returns the tensors of a value: one, or its four phases if it exists in phases. */
  parts(name: string): readonly Name[] {
    const parts = this.#parts.get(name) ?? this.#write(name)
    this.#parts.set(name, parts)
    return parts
  }

  /** Returns `parts`, or the one tensor if `other` does not exist in the same number of parts. */
  partsLike(name: string, other: string): readonly Name[] {
    return this.parts(name).length === this.parts(other).length ? this.parts(name) : [this.whole(name)]
  }

  /** Returns the dimensions of each of its parts. */
  partDims(name: string): Dims {
    const [n, channels, h, w] = this.official.dims4(name)
    return this.parts(name).length === 1 ? [n, channels, h, w] : [n, channels, h / 2, w / 2]
  }

  /** Returns the one tensor of a value, its phases interleaved. */
  whole(name: string): Name {
    const known = this.#wholes.get(name)
    if (known) return known
    const parts = this.parts(name)
    const whole = parts.length === 1 ? parts[0]! : interleave(this.ops, parts, this.official.dims4(name))
    this.#wholes.set(name, whole)
    return whole
  }

  /** Ensures that a value exists under its own name in the standard layout. */
  makePlain(name: string): void {
    if (!this.#values.has(name) || this.#plain.has(name)) return
    const { g } = this.ops
    const [, channels, h, w] = this.official.dims(name) as unknown as Dims
    const whole = this.whole(name)
    const reorder = (x: Name, outputs: readonly string[] | number) =>
      g.op('ReorderOutput', [x], { channels }, { domain: NCHWC, outputs })
    if (h * w === 1) g.op('Identity', [whole], {}, { outputs: [name] })
    else if (this.#isBool(name)) {
      const numbers = reorder(g.op('Cast', [whole], { to: CAST_TO.float32 }), 1)
      g.op('Cast', [numbers], { to: CAST_TO.bool }, { outputs: [name] })
    } else reorder(whole, [name])
    this.#plain.add(name)
  }

  #write(name: string): readonly Name[] {
    const { ops, official } = this
    const value = this.get(name)
    if (!value) return [this.#reorder(name)]
    const dims = official.dims4(name)
    switch (value.kind) {
      case 'tensors':
        return value.parts
      case 'affine':
        return value.parts.map((part) => affine(ops, part, dims[1]))
      case 'scaled':
        return value.u.map((x) => affine(ops, { x, a: value.a, b: this.#zeros(dims[1]) }, dims[1]))
      case 'product':
        return [ops.mul(...value.factors)]
      case 'convolution':
        return [value.write()]
      case 'sum by phase':
        return [sumByPhase(ops, value.phases, dims)]
    }
  }

  /** Reorders a value from the standard layout. A single pixel is the same in both. */
  #reorder(name: string): Name {
    const [, , h, w] = this.official.dims4(name)
    if (h * w === 1) return name
    const { g } = this.ops
    if (!this.#isBool(name)) return this.ops.nchwc('ReorderInput', [name])
    const reordered = this.ops.nchwc('ReorderInput', [g.op('Cast', [name], { to: CAST_TO.float32 })])
    return g.op('Cast', [reordered], { to: CAST_TO.bool })
  }

  /** Reorders exist for float32 alone. */
  #isBool(name: string): boolean {
    return this.official.graph.info(name)?.type === 'bool'
  }

  #zeros(channels: number): Name {
    return this.ops.g.constant(float32(new Float32Array(channels), [channels]))
  }
}
