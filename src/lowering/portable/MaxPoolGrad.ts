import { intAttribute, intsAttribute, type Node } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { denseMaxPoolGradient } from './support/denseMaxPool.js'
import { areKnown, type Lowering, type LoweringContext } from './support/lowering.js'

/**
 * The gradient of max pooling. Inputs dY and Indices, the second output of the forward MaxPool; output dX.
 *
 * If the forward pool is in the graph, its Indices are not used at all: MaxPool is ten times slower with them than
 * without, and dead code elimination then removes them. Otherwise dY is scattered to the positions in Indices.
 */
export const MaxPoolGrad: Lowering = {
  operator: 'MaxPoolGrad',
  lower(node, c) {
    const pool = c.index.producer.get(node.inputs[1]!)
    if (pool?.opType === 'MaxPool' && isComparable(pool, c)) denseMaxPoolGradient(node, pool, c)
    else scatter(node, pool, c)
  },
}

function isComparable(pool: Node, c: LoweringContext): boolean {
  const sizes = c.source.info(pool.inputs[0]!)?.shape?.slice(2)
  const taps = sizeOf(intsAttribute(pool, 'kernel_shape') ?? [])
  return sizes !== undefined && areKnown(sizes) && taps <= c.strategies.mostTaps
}

/** Scatters dY. Indices count elements of the whole tensor X in row-major order, batch and channels included. */
function scatter(node: Node, pool: Node | undefined, c: LoweringContext): void {
  const { g } = c
  const dY = node.inputs[0]
  const indices = pool && isColumnMajor(pool) ? rowMajorIndices(pool, c) : node.inputs[1]
  const shape = pool ? g.op('Shape', [pool.inputs[0]]) : declaredShape(node, c)
  const flat = (value: string) => g.op('Reshape', [value, g.ints(-1)])
  const zeros = g.op('ConstantOfShape', [g.op('ReduceProd', [shape], { keepdims: 1 })])
  const scattered = g.op('ScatterElements', [zeros, flat(indices!), flat(dY!)], { axis: 0, reduction: 'add' })
  c.define(node.outputs[0]!, 'Reshape', [scattered, shape])
}

const isColumnMajor = (pool: Node): boolean => intAttribute(pool, 'storage_order', 0) === 1

/** Adds the same pool with row-major Indices, as its gradient needs them, and returns these. */
function rowMajorIndices({ inputs, attributes }: Node, { g }: LoweringContext): string {
  const { storage_order: _, ...rest } = attributes
  const [y, indices] = [g.fresh('MaxPool'), g.fresh('indices')]
  g.graph.nodes.push({
    name: y,
    opType: 'MaxPool',
    domain: '',
    inputs: [...inputs],
    outputs: [y, indices],
    attributes: rest,
  })
  return indices
}

/** Returns the shape of dX, which the graph must declare if the pool is missing; its batch is that of dY. */
function declaredShape(node: Node, c: LoweringContext): string {
  const { g } = c
  const sizes = c.knownSizes(node.outputs[0]!, node, 1)
  const batch = g.op('Shape', [node.inputs[0]], { start: 0, end: 1 })
  return g.op('Concat', [batch, g.ints(...sizes)], { axis: 0 })
}
