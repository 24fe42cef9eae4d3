import type { Node } from '../../../onnx/graph/graph.js'
import { sizeOf } from '../../../onnx/graph/tensor.js'
import { blockedConvolution } from '../layout/geometry.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { limitsOf, type ScaledMaps, scaledMaps } from '../layout/pointwise.js'
import { type ClipGradient, clipGradient } from './clipGradient.js'
import type { Layout } from './layout.js'
import type { Phases } from './phases.js'
import { type SiluGradient, siluGradient } from './siluGradient.js'

/** The work that a blocked node does in one pass with another. */
export type Fusion =
  /** A convolution subtracts the running mean of the batch norm after it from its result, through its bias. */
  | { readonly kind: 'shift'; readonly runningMean: string }
  /** ReLU or Clip is part of the pass that applies batch norm, or batch norm and a residual. */
  | { readonly kind: 'activation' }
  /** A sum is part of the pass that applies the batch norm which is its input number `norm`. */
  | { readonly kind: 'residual'; readonly norm: number }
  /** A sum of gradients that are computed by phase is computed by phase. */
  | { readonly kind: 'sum by phase' }
  /** The convolutions which are these inputs of a sum add the others to their results. */
  | { readonly kind: 'sum into convolutions'; readonly inputs: readonly number[] }
  /** The gradient of a ReLU is zero wherever its output is, because it comes from a max pool: it is not masked. */
  | { readonly kind: 'no mask' }
  /** The gradient of SiLU is computed as one product. */
  | ({ readonly kind: 'SiLU gradient' } & SiluGradient)
  /** The gradient of Clip is masked by its result. */
  | ({ readonly kind: 'Clip gradient' } & ClipGradient)
  /** A product of maps with their factors, and a pixel of each map that is added everywhere, are one pass. */
  | ({ readonly kind: 'scaled and shifted maps' } & ShiftedMaps)
  /** The factors of a product that only a sum of each map reads: the sum reads them instead. */
  | { readonly kind: 'product' }
  /** The factor of batch norm's gradient is included in the filter and in the gradient of the filter. */
  | { readonly kind: 'scaled filter' }

interface ShiftedMaps extends ScaledMaps {
  /** The summands, [N, C, 1, 1]. */
  readonly pixels: string
}

export type Fusions = ReadonlyMap<Node, Fusion>

export const NO_FUSIONS: Fusions = new Map()

/** Finds the fusions of the blocked nodes of a graph. */
export function findFusions(official: OfficialGraph, phases: Phases, layout: Layout): Fusions {
  const fusions = new Map<Node, Fusion>()
  const seen: Seen = { official, phases, layout, fusions }
  for (const node of layout.nodes) {
    const fusion = patterns[node.opType]?.(node, seen)
    if (fusion) fusions.set(node, fusion)
  }
  return fusions
}

/** The input of patterns; `fusions` are those of the nodes before. */
interface Seen {
  readonly official: OfficialGraph
  readonly phases: Phases
  readonly layout: Layout
  readonly fusions: Fusions
}

/** The patterns by operator. */
const patterns: Readonly<Record<string, (node: Node, seen: Seen) => Fusion | undefined>> = {
  Add: fusedSum,
  Clip: (node, seen) =>
    isAffine(node.inputs[0]!, seen) && limitsOf(node, seen.official) ? { kind: 'activation' } : undefined,
  Conv: shiftByRunningMean,
  ConvGrad: scaledFilter,
  Mul: (node, seen) => productOfSum(node, seen) ?? maskedByClip(node, seen),
  Relu: ({ inputs: [x] }, seen) => (isAffine(x!, seen) ? { kind: 'activation' } : undefined),
  ReluGrad: ({ inputs: [dy] }, seen) => (makerOf(dy!, 'MaxPoolGrad', seen) ? { kind: 'no mask' } : undefined),
  Sum: fusedSum,
}

/** Returns the blocked node of an operator that has a value as its first output. */
function makerOf(value: string, opType: string, { official, layout }: Seen): Node | undefined {
  const node = official.producer(value)
  return node?.opType === opType && node.outputs[0] === value && layout.nodes.has(node) ? node : undefined
}

/** Tells whether a value is a * x + b, or that and a residual. */
function isAffine(value: string, seen: Seen): boolean {
  const sum = seen.official.producer(value)
  return makerOf(value, 'BatchNormInternal', seen) !== undefined || (sum && seen.fusions.get(sum))?.kind === 'residual'
}

/**
 * Shifts the input of a batch norm: the running mean is subtracted through the bias, so that the mean of the batch is
 * small, and the variance can be computed as E[y^2] - E[y]^2 in one pass without losing digits. Batch norm is not
 * affected by the shift, and nothing else may read the value.
 */
function shiftByRunningMean(node: Node, { official, layout }: Seen): Fusion | undefined {
  const y = node.outputs[0]!
  const norms = official.consumers(y).filter(({ opType }) => opType === 'BatchNormInternal')
  const runningMean = norms[0]?.inputs[3]
  const isHidden = ({ outputs }: Node) => official.isReadOnlyBy(outputs[3] ?? '', 'BatchNormalizationGrad')
  // A value that a node computes may not exist yet.
  if (!runningMean || official.producer(runningMean)) return undefined
  if (!official.isReadOnlyBy(y, 'BatchNormInternal', 'BatchNormalizationGrad')) return undefined
  return norms.every((norm) => layout.nodes.has(norm) && isHidden(norm)) ? { kind: 'shift', runningMean } : undefined
}

function fusedSum(node: Node, seen: Seen): Fusion | undefined {
  const { inputs } = node
  const silu = siluGradient(node, seen.official)
  if (silu && [silu.dy, silu.sigmoid, silu.y].every((value) => seen.layout.values.get(value) === 'whole'))
    return { kind: 'SiLU gradient', ...silu }
  const shifted = shiftedMaps(inputs, seen)
  if (shifted) return { kind: 'scaled and shifted maps', ...shifted }
  if (inputs.every((input) => isByPhase(input, seen))) return { kind: 'sum by phase' }
  const norm = inputs.findIndex(
    (input) => makerOf(input, 'BatchNormInternal', seen) && seen.layout.values.get(input) === 'whole',
  )
  if (inputs.length === 2 && norm >= 0) return { kind: 'residual', norm }
  const convolutions = inputs.flatMap((input, place) => (isInputGradient(input, seen) ? [place] : []))
  return convolutions.length > 0 ? { kind: 'sum into convolutions', inputs: convolutions } : undefined
}

function productOfSum({ outputs: [y] }: Node, { official, layout }: Seen): Fusion | undefined {
  const [reader, ...others] = official.consumers(y!)
  const isSummed = reader?.opType === 'ReduceSum' && others.length === 0 && layout.nodes.has(reader)
  return isSummed && official.isReadOnlyBy(y!, 'ReduceSum') ? { kind: 'product' } : undefined
}

/** Finds the gradient of maps that squeeze and excitation reads twice, through the product and through the mean. */
function shiftedMaps(inputs: readonly string[], seen: Seen): ShiftedMaps | undefined {
  for (const [product, spread] of [inputs, inputs.toReversed()] as [string, string][]) {
    const [pixels] = makerOf(spread, 'Expand', seen)?.inputs ?? []
    const scaling = inputs.length === 2 && pixels !== undefined ? makerOf(product, 'Mul', seen) : undefined
    const scaled = scaling && scaledMaps(scaling, seen.official)
    const isOfMaps = scaled && sizeOf(seen.official.dims(scaled.factors)) === sizeOf(seen.official.dims(pixels!))
    if (isOfMaps) return { ...scaled, pixels: pixels! }
  }
  return undefined
}

function maskedByClip(node: Node, { official, layout }: Seen): Fusion | undefined {
  const gradient = clipGradient(node, official)
  const isBlocked = gradient && [gradient.dy, gradient.y, node.outputs[0]!].every((value) => layout.values.has(value))
  return isBlocked ? { kind: 'Clip gradient', ...gradient } : undefined
}

/** Tells whether a value is the gradient of an input that was read with stride 2, or a sum of such gradients. */
function isByPhase(value: string, seen: Seen): boolean {
  const node = seen.official.producer(value)
  if (node && seen.fusions.get(node)?.kind === 'sum by phase') return true
  return node !== undefined && isInputGradientOf(node, value, seen) && seen.phases.inputGradients.has(node)
}

/** Tells whether a value is the gradient of an input that was read with stride 1. */
function isInputGradient(value: string, seen: Seen): boolean {
  const node = seen.official.producer(value)
  return node !== undefined && isInputGradientOf(node, value, seen) && !seen.phases.inputGradients.has(node)
}

const isInputGradientOf = (node: Node, value: string, { layout }: Seen): boolean =>
  layout.inputGradients.has(node) && node.outputs[0] === value

/**
 * Returns the fusion of the factor, unless the filter and its gradient are larger than dY. Only a first convolution
 * reads dY by phases.
 */
function scaledFilter(node: Node, seen: Seen): Fusion | undefined {
  const { official, layout } = seen
  const dy = node.inputs[0]!
  const { filter, isFirst } = blockedConvolution(node, official)!
  const isReadAsItIs = isFirst || layout.values.get(dy) === 'whole'
  const isSmall = 2 * sizeOf(filter.dims) < sizeOf(official.dims(dy))
  return isReadAsItIs && isSmall && makerOf(dy, 'BatchNormalizationGrad', seen) ? { kind: 'scaled filter' } : undefined
}
