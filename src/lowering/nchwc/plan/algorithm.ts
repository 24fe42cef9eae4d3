import type { Node } from '../../../onnx/graph/graph.js'
import {
  type BlockedConvolution,
  blockedConvolution,
  correlatedInput,
  isPointwise,
  isSameSize3x3,
  transposedGeometry,
} from '../layout/geometry.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { cutIntoUnits, type UnitSizes, type Units } from '../layout/units.js'
import { type ConvolutionSizes, tilesOf } from '../winograd/tiles.js'
import {
  cheapestPointwise,
  cheapestUnits,
  directConvolution,
  directWeightGradient,
  winogradConvolution,
  winogradWeightGradient,
} from './costs.js'
import type { Layout } from './layout.js'

/** The algorithm of a convolution. `winograd`: in tiles of four rows, by Winograd's minimal filtering. */
export type Algorithm = 'direct' | 'winograd'

/** The algorithms of each blocked convolution and of each part of its gradient. */
export interface Algorithms {
  readonly convolutions: ReadonlyMap<Node, Algorithm>
  /** The algorithms of each ConvGrad with stride 1: for dX alone, and for dX added to a tensor. */
  readonly inputGradients: ReadonlyMap<Node, { readonly alone: Algorithm; readonly added: Algorithm }>
  /** Those of the weight gradients, but for depthwise filters. */
  readonly weightGradients: ReadonlyMap<Node, WeightGradientAlgorithm>
}

export interface WeightGradientAlgorithm {
  /** `products`: of maps, for filters of single pixels. */
  readonly algorithm: Algorithm | 'products'
  /** The units of the sum over samples and rows, or over samples and tiles. */
  readonly units: Units
}

/** The choice of algorithms, for 3x3 convolutions that keep the size of their maps, and of the units of sums. */
export interface Chooser {
  convolution(sizes: ConvolutionSizes, isAdded: boolean): Algorithm
  weightGradient(sizes: ConvolutionSizes): Algorithm
  /** Chooses for filters of single pixels. */
  pointwiseWeightGradient(sizes: ConvolutionSizes): 'direct' | 'products'
  units(sizes: UnitSizes, block: number): Units
}

/** The choice of the cheapest by the cost model. */
export const cheapest: Chooser = {
  convolution: (sizes, isAdded) =>
    winogradConvolution({ ...sizes, isAdded }) < directConvolution(sizes) ? 'winograd' : 'direct',
  weightGradient: (sizes) => (winogradWeightGradient(sizes) < directWeightGradient(sizes) ? 'winograd' : 'direct'),
  pointwiseWeightGradient: cheapestPointwise,
  units: cheapestUnits,
}

/** The choice of direct computation throughout, in whole maps. */
export const plainest: Chooser = {
  convolution: () => 'direct',
  weightGradient: () => 'direct',
  pointwiseWeightGradient: () => 'direct',
  units: (sizes, block) => cutIntoUnits(sizes, block),
}

export function chooseAlgorithms(official: OfficialGraph, layout: Layout, chooser: Chooser): Algorithms {
  const convolutions = new Map<Node, Algorithm>()
  const inputGradients = new Map<Node, { alone: Algorithm; added: Algorithm }>()
  const weightGradients = new Map<Node, WeightGradientAlgorithm>()
  for (const node of layout.nodes) {
    const convolution =
      node.opType === 'Conv' || node.opType === 'ConvGrad' ? blockedConvolution(node, official) : undefined
    if (!convolution) continue
    if (node.opType === 'Conv') convolutions.set(node, ofConvolution(node, convolution, official, chooser))
    else {
      if (convolution.geometry.group === 1)
        weightGradients.set(node, ofWeightGradient(node, convolution, official, layout, chooser))
      if (layout.inputGradients.has(node))
        inputGradients.set(node, ofInputGradient(node, convolution, official, chooser))
    }
  }
  return { convolutions, inputGradients, weightGradients }
}

function ofConvolution(
  { outputs: [y] }: Node,
  { filter, geometry, isFirst }: BlockedConvolution,
  official: OfficialGraph,
  chooser: Chooser,
): Algorithm {
  if (isFirst || !isSameSize3x3(geometry)) return 'direct'
  const [samples, outputs, height, width] = official.dims4(y!)
  return chooser.convolution({ samples, inputs: filter.dims[1]!, outputs, height, width }, false)
}

/** Chooses the algorithms of an input gradient: a convolution of dY, whose channels are its inputs. */
function ofInputGradient(
  { inputs: [dy, x] }: Node,
  { geometry }: BlockedConvolution,
  official: OfficialGraph,
  chooser: Chooser,
): { alone: Algorithm; added: Algorithm } {
  const transposed = geometry.stride === 1 ? transposedGeometry(geometry) : undefined
  if (!transposed || !isSameSize3x3(transposed)) return { alone: 'direct', added: 'direct' }
  const [samples, outputs, height, width] = official.dims4(x!)
  const sizes = { samples, inputs: official.dims4(dy!)[1], outputs, height, width }
  return { alone: chooser.convolution(sizes, false), added: chooser.convolution(sizes, true) }
}

function ofWeightGradient(
  { inputs: [dy, x] }: Node,
  { filter, geometry, isFirst }: BlockedConvolution,
  official: OfficialGraph,
  layout: Layout,
  chooser: Chooser,
): WeightGradientAlgorithm {
  const { block } = official
  const { kernel } = geometry
  const inputs = filter.dims[1]!
  const [samples, outputs, height, width] = official.dims4(dy!)
  const sizes = { samples, inputs, outputs, height, width }
  const cut = (changes: Partial<UnitSizes>) =>
    chooser.units({ ...sizes, stride: geometry.stride, kernel, ...changes }, block)
  if (isFirst) {
    const steps = layout.values.get(dy!) === 'phases' ? 2 : 1
    const units = cut({ height: height / steps, width: width / steps, stride: geometry.stride * steps })
    return { algorithm: 'direct', units }
  }
  const { stride, pads } = correlatedInput(geometry, official.dims4(x!), official.dims4(dy!))!
  if (isSameSize3x3({ kernel, stride, pads, group: 1 }) && chooser.weightGradient(sizes) === 'winograd')
    return { algorithm: 'winograd', units: cut({ height: tilesOf(height), stride: 1, kernel: [1, 3] }) }
  const isOfPixels = stride === 1 && isPointwise({ kernel, pads })
  return { algorithm: isOfPixels ? chooser.pointwiseWeightGradient(sizes) : 'direct', units: cut({ stride }) }
}
