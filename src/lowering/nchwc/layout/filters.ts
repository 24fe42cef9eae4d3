import { parameterOfBuffer } from '../../../contract/names.js'
import {
  type Graph,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
  valuesReadBy,
} from '../../../onnx/graph/graph.js'
import { float32, sizeOf, type Tensor } from '../../../onnx/graph/tensor.js'

/** A convolution's weight in the form that ONNX Runtime's blocked convolution reads. */
export interface FilterLayout {
  /** The sizes of the plain tensor: [outputs, inputs, height, width]. */
  readonly dims: readonly number[]
  /** The number of channels in a block: 16 with AVX-512, 8 with AVX2. */
  readonly block: number
}

/**
 * Returns the tensor with its elements in the order of the blocked layout, [O/B, I/B, height, width, B inputs, B
 * outputs]; fewer inputs than a block, as in a first or a depthwise layer, are not blocked: [O/B, I, height, width, B
 * outputs]. Its shape is not changed, so that elementwise code, such as an optimizer, is not affected. It is written into
 * `blocked`.
 */
export function toBlocked(
  tensor: Tensor<'float32'>,
  layout: FilterLayout,
  blocked: Float32Array = new Float32Array(tensor.data.length),
): Tensor<'float32'> {
  eachElement(layout, (plainAt, blockedAt) => {
    blocked[blockedAt] = tensor.data[plainAt]!
  })
  return float32(blocked, tensor.dims)
}

/** Returns the tensor with its elements in the standard order: the inverse of `toBlocked`. */
export function fromBlocked(tensor: Tensor<'float32'>, layout: FilterLayout): Tensor<'float32'> {
  const plain = new Float32Array(tensor.data.length)
  eachElement(layout, (plainAt, blockedAt) => {
    plain[plainAt] = tensor.data[blockedAt]!
  })
  return float32(plain, tensor.dims)
}

function eachElement({ dims, block }: FilterLayout, visit: (plainAt: number, blockedAt: number) => void): void {
  const [outputs, inputs, height, width] = dims as [number, number, number, number]
  const inner = inputs < block ? 1 : block
  let blockedAt = 0
  for (let o = 0; o < outputs; o += block)
    for (let i = 0; i < inputs; i += inner)
      for (let at = 0; at < height * width; at++)
        for (let di = 0; di < inner; di++)
          for (let d = 0; d < block; d++) visit(((o + d) * inputs + i + di) * height * width + at, blockedAt++)
}

/**
 * Finds the weights that a blocked training graph takes in blocked layout: those that only 2-D convolutions without
 * dilation, of all channels or of each alone, and their gradients read, and whose channels are whole blocks (or fewer
 * than one, read from a value without a gradient).
 */
export function blockedFilters(training: Graph, block: number): ReadonlyMap<string, FilterLayout> {
  return filtersThat(fitsBlocks, training, block)
}

/** The most values of a padded filter, in those of the filter itself. */
const MOST_PADDING = 1.5

/**
 * Finds the weights that a blocked training graph reads filled up with zeros to whole blocks: those of few channels on
 * one side, such as the 24 of a narrow layer between two wide ones. They stay in the standard layout themselves, and so
 * do the narrow maps. The layouts are those of the filled weights.
 */
export function paddedFilters(training: Graph, block: number): ReadonlyMap<string, FilterLayout> {
  const plain = filtersThat(fitsPadded, training, block)
  return new Map([...plain].map(([name, { dims }]) => [name, { dims: paddedDims(dims, block), block }]))
}

const paddedDims = ([outputs, inputs, ...kernel]: readonly number[], block: number): readonly number[] => [
  wholeBlocks(outputs!, block),
  wholeBlocks(inputs!, block),
  ...kernel,
]

/** Returns the number of channels in the blocks that hold these. */
export const wholeBlocks = (channels: number, block: number): number => Math.ceil(channels / block) * block

type Fit = (node: Node, layout: FilterLayout, graph: Graph) => boolean

function filtersThat(suits: Fit, training: Graph, block: number): ReadonlyMap<string, FilterLayout> {
  const trainable = new Set(training.inputs.map(({ name }) => parameterOfBuffer(name)))
  const layouts = new Map<string, FilterLayout>()
  for (const node of training.nodes) {
    const weight = node.inputs[filterPlace(node)] ?? ''
    const dims = trainable.has(weight) && training.info(weight)?.shape
    if (dims) layouts.set(weight, { dims: dims as readonly number[], block })
  }
  for (const { name } of training.outputs) layouts.delete(name)
  for (const node of training.nodes)
    for (const [place, value] of valuesReadBy(node).entries()) {
      const layout = layouts.get(value)
      if (layout && !(place === filterPlace(node) && suits(node, layout, training))) layouts.delete(value)
    }
  return layouts
}

/** Returns the position of the filter among the inputs of a convolution or of its gradient. */
const filterPlace = ({ opType }: Node): number => (opType === 'Conv' ? 1 : opType === 'ConvGrad' ? 2 : -1)

/**
 * Tells whether the gradient of an input is wanted. A first convolution reads the network's input, or values computed
 * from it alone, whose gradient is not.
 */
const hasGradient = (input: string, graph: Graph): boolean =>
  graph.nodes.some(({ opType, inputs, outputs }) => opType === 'ConvGrad' && inputs[1] === input && outputs[0])

function fitsBlocks(node: Node, { dims, block }: FilterLayout, graph: Graph): boolean {
  const [outputs, inputs] = dims as [number, number]
  const group = intAttribute(node, 'group', 1)
  const isDepthwise = group === outputs && inputs === 1
  if (outputs % block !== 0 || !isPlainWindow(node, dims)) return false
  if (isDepthwise || group !== 1) return isDepthwise
  const image = node.inputs[node.opType === 'Conv' ? 0 : 1]
  return inputs % block === 0 || (inputs < block && !hasGradient(image!, graph))
}

/** Tells whether one side has whole blocks, and filling up the other costs little. */
function fitsPadded(node: Node, { dims, block }: FilterLayout): boolean {
  const [outputs, inputs] = dims as [number, number]
  const [isWholeOutput, isWholeInput] = [outputs % block === 0, inputs % block === 0]
  if (isWholeOutput === isWholeInput || intAttribute(node, 'group', 1) !== 1) return false
  const hasBias = node.opType === 'Conv' ? node.inputs[2] : node.outputs[2]
  const isReordered = outputs % REORDERED === 0 && inputs % REORDERED === 0
  const isSmall = sizeOf(paddedDims(dims, block)) <= MOST_PADDING * sizeOf(dims)
  return !hasBias && isReordered && isSmall && isPlainWindow(node, dims)
}

/** ONNX Runtime reorders channels in multiples of it. */
const REORDERED = 4

const isPlainWindow = (node: Node, dims: readonly number[]): boolean =>
  dims.length === 4 &&
  (intsAttribute(node, 'dilations') ?? []).every((dilation) => dilation === 1) &&
  stringAttribute(node, 'auto_pad', 'NOTSET') === 'NOTSET'
