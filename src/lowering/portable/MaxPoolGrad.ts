import { intAttribute, intsAttribute, type Node } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { denseMaxPoolGradient } from './support/denseMaxPool.js'
import { areKnown, type Lowering, type LoweringContext } from './support/lowering.js'

/** Beyond this many taps a window is cheaper to scatter than to compare tap by tap. */
const MOST_TAPS = 49

/**
 * Inputs dY and Indices, the second output of the forward MaxPool; output dX.
 *
 * Where the forward pool is in the graph, its Indices are not used at all: MaxPool is ten times slower with them than without,
 * and dead code elimination then takes them away. Otherwise dY is scattered to where the Indices point.
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
  return sizes !== undefined && areKnown(sizes) && taps <= MOST_TAPS
}

/** Indices count elements of the whole tensor X in row-major order, batch and channels included. */
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

/** Those of a pool like this one that counts as its gradient does. */
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

/** Without the pool, the graph itself must declare the shape of dX; its batch is that of dY. */
function declaredShape(node: Node, c: LoweringContext): string {
  const { g } = c
  const sizes = c.knownSizes(node.outputs[0]!, node, 1)
  const batch = g.op('Shape', [node.inputs[0]], { start: 0, end: 1 })
  return g.op('Concat', [batch, g.ints(...sizes)], { axis: 0 })
}
