import { intsAttribute, type Node, stringAttribute } from '../../../onnx/graph/graph.js'
import { hasCeilMode } from '../../../onnx/graph/window.js'
import { blockedConvolution, phaseTaps } from '../layout/geometry.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'

/**
 * The nodes that are written by phases: every second row and column of a map separately, so that stride 2 becomes
 * stride 1.
 */
export interface Phases {
  /** The first convolutions whose output is computed as its four phases. */
  readonly stems: ReadonlySet<Node>
  /** The max pools after them. */
  readonly pools: ReadonlySet<Node>
  /** The gradients of convolutions with stride 2 whose dX is computed as its four phases. */
  readonly inputGradients: ReadonlySet<Node>
}

export const NO_PHASES: Phases = { stems: new Set(), pools: new Set(), inputGradients: new Set() }

/**
 * Finds the nodes to write by phases. A first convolution whose only path leads through batch norm and ReLU into a 3x3
 * max pool of stride 2 is computed as the four phases of its output: then pooling is a maximum of shifted phases, its
 * gradient a comparison by phase, and nothing of the full size is ever interleaved or scattered. The gradient of an
 * input that was read with stride 2 is, by phase, a convolution with exactly the taps that reach it.
 */
export function findPhases(official: OfficialGraph): Phases {
  const { nodes } = official.graph
  const pools = new Map(nodes.map((node) => [node, poolOfStem(node, official)]))
  const stems = nodes.filter((node) => pools.get(node))
  return {
    stems: new Set(stems),
    pools: new Set(stems.map((stem) => pools.get(stem)!)),
    inputGradients: new Set(nodes.filter((node) => isInputGradientByPhase(node, official))),
  }
}

function poolOfStem(conv: Node, official: OfficialGraph): Node | undefined {
  if (conv.opType !== 'Conv' || !isStemConvolution(conv, official)) return undefined
  const norm = readerOf(conv, 'BatchNormInternal', 'BatchNormalizationGrad', official)
  const activation = norm && readerOf(norm, 'Relu', 'ReluGrad', official)
  const pool = activation && readerOf(activation, 'MaxPool', 'ReluGrad', official)
  return pool && isStemPool(pool, official) ? pool : undefined
}

/**
 * Returns the only node that reads the output of another, if it has this operator and only its gradient reads the
 * output too.
 */
function readerOf(node: Node, opType: string, gradient: string, official: OfficialGraph): Node | undefined {
  const readers = official.consumers(node.outputs[0]!)
  const [reader, ...others] = readers.filter((other) => other.opType !== gradient)
  return others.length === 0 && reader?.opType === opType ? reader : undefined
}

function isStemConvolution(conv: Node, official: OfficialGraph): boolean {
  const convolution = blockedConvolution(conv, official)
  if (!convolution?.isFirst || !official.isKnownNode(conv)) return false
  const { stride, pads } = convolution.geometry
  const [, , height, width] = official.dims4(conv.outputs[0]!)
  return height % 2 === 0 && width % 2 === 0 && pads[0] >= stride && pads[1] >= stride
}

/** Tells whether a node is a 3x3 max pool of stride 2 whose Indices only its gradient reads. */
function isStemPool(pool: Node, official: OfficialGraph): boolean {
  const is = (name: string, ...values: readonly number[]) => `${intsAttribute(pool, name)}` === `${values}`
  const isDilated = intsAttribute(pool, 'dilations')?.some((dilation) => dilation !== 1)
  const isExplicit = stringAttribute(pool, 'auto_pad', 'NOTSET') === 'NOTSET'
  const isWhole = !isDilated && isExplicit && !hasCeilMode(pool)
  const isOfStem = isWhole && is('kernel_shape', 3, 3) && is('strides', 2, 2) && is('pads', 1, 1, 1, 1)
  const indices = pool.outputs[1]
  return isOfStem && official.isKnownNode(pool) && (!indices || official.isReadOnlyBy(indices, 'MaxPoolGrad'))
}

/** Tells whether dX has twice the size of dY, and each phase is a window over dY. */
function isInputGradientByPhase(node: Node, official: OfficialGraph): boolean {
  if (node.opType !== 'ConvGrad' || !node.outputs[0] || !official.isKnownNode(node)) return false
  const convolution = blockedConvolution(node, official)
  if (!convolution || convolution.isFirst || convolution.geometry.stride !== 2) return false
  const [dy, x] = [official.dims4(node.inputs[0]!), official.dims4(node.inputs[1]!)]
  const { kernel, pads } = convolution.geometry
  const isWindow = (axis: 0 | 1) => ([0, 1] as const).every((parity) => phaseTaps(kernel[axis], pads[axis], parity))
  return x[2] === 2 * dy[2] && x[3] === 2 * dy[3] && isWindow(0) && isWindow(1)
}
