import type { AttributeInput, GraphBuilder } from '../../../onnx/builder.js'
import { type Graph, type GraphIndex, indexGraph, type Node, type Shape } from '../../../onnx/graph/graph.js'
import { loweringError } from '../../errors.js'
import { PROCESSOR, type Strategies } from './strategies.js'

/** The lowering of one official training operator to operators of stock ONNX Runtime. */
export interface Lowering {
  /** The operator's name, as `operatorOf` makes it. */
  readonly operator: string
  /** Writes nodes that compute every output that `node` names (`''` is not wanted). */
  lower(node: Node, c: LoweringContext): void
}

/** The context of a lowering: the official graph with shapes, and the graph that is being written. */
export class LoweringContext {
  readonly index: GraphIndex
  readonly #values = new Map<string, string>()

  constructor(
    /** The writer of the lowered graph. */
    readonly g: GraphBuilder,
    /** The official graph, with shapes. */
    readonly source: Graph,
    /** The forms that suit the target. */
    readonly strategies: Strategies = PROCESSOR,
  ) {
    this.index = indexGraph(source)
  }

  /** Adds a node whose first output is `output`, a name from the official graph. */
  define(
    output: string,
    opType: string,
    inputs: readonly (string | undefined)[],
    attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
  ): void {
    this.g.op(opType, inputs, attributes, { outputs: [output] })
  }

  /** Copies a node of the official graph as it is. */
  keep(node: Node): void {
    this.g.graph.nodes.push({ ...node, inputs: [...node.inputs], outputs: [...node.outputs] })
  }

  /** Returns the value that lowerings share under a key, which the first of them adds. */
  once(key: string, add: () => string): string {
    const value = this.#values.get(key) ?? add()
    this.#values.set(key, value)
    return value
  }

  /** Returns the shape of a value. The caller checks which dimensions are known. */
  shape(value: string, node: Node): Shape {
    const shape = this.source.info(value)?.shape
    if (shape) return shape
    throw loweringError('lowering/unknown-shape', { value, op: node.opType, node: node.name, needs: 'a shape' })
  }

  rank(value: string, node: Node): number {
    return this.shape(value, node).length
  }

  /** Returns all sizes of a value, if they are known. */
  sizes(value: string): readonly number[] | undefined {
    const shape = this.source.info(value)?.shape
    return shape && areKnown(shape) ? shape : undefined
  }

  /** Returns the sizes of a value without those of batch and channels: `[H, W]`. They must be known. */
  spatialSizes(value: string, node: Node): readonly number[] {
    return this.knownSizes(value, node, 2)
  }

  /** Returns the sizes of a value from an axis on, which must be known. */
  knownSizes(value: string, node: Node, from = 0): readonly number[] {
    const sizes = this.shape(value, node).slice(from)
    if (areKnown(sizes)) return sizes
    const needs = from === 0 ? 'all its sizes' : 'its sizes after batch and channels'
    throw loweringError('lowering/unknown-shape', { value, op: node.opType, node: node.name, needs })
  }
}

export function areKnown(sizes: Shape): sizes is readonly number[] {
  return sizes.every((size) => typeof size === 'number')
}

/** Returns axes 0, 2, 3, ...: all but the channels. */
export const allButChannels = (rank: number): number[] => range(rank).filter((axis) => axis !== 1)

/** Returns 0, 1, ..., count - 1, or start, ..., start + count - 1. */
export const range = (count: number, start = 0): number[] => Array.from({ length: count }, (_, i) => start + i)
