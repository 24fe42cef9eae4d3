import { MS, type Node, operatorOf } from '../../../onnx/graph/graph.js'
import { isFromChannelsLast, isToChannelsLast } from '../layout/channelsLast.js'
import { blockedConvolution, correlatedInput, transposedGeometry } from '../layout/geometry.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { mapsOf, pointwiseOperators, scaledMaps } from '../layout/pointwise.js'
import type { Phases } from './phases.js'

/** The form of a blocked value. `whole`: one blocked tensor; `phases`: four, of every second row and column. */
export type Form = 'whole' | 'phases'

/** The nodes and values that are written in the blocked layout. All others are in the standard one. */
export interface Layout {
  readonly nodes: ReadonlySet<Node>
  /** The official values that a blocked node computes, and those that one reads: these are reordered first. */
  readonly values: ReadonlyMap<string, Form>
  /** The blocked convolution of each ConvGrad that is blocked and is its gradient, unless of a first convolution. */
  readonly convolutions: ReadonlyMap<Node, Node>
  /** The ConvGrad nodes among them whose dX is blocked. That of the others is computed in the standard layout. */
  readonly inputGradients: ReadonlySet<Node>
}

export const NO_LAYOUT: Layout = {
  nodes: new Set(),
  values: new Map(),
  convolutions: new Map(),
  inputGradients: new Set(),
}

/** The values that a blocked node reads and computes in the blocked layout. */
interface Borders {
  readonly reads: readonly string[]
  readonly makes: Readonly<Record<string, Form>>
  /** The convolution whose tensors a ConvGrad reads. */
  readonly convolution?: Node | undefined
}

/**
 * Chooses the layout in one walk along the graph: convolutions are blocked if their filters are, and each other node
 * with a blocked form is blocked if a value that it reads exists in it by then. So reorders are at the borders, once
 * for each value.
 */
export function chooseLayout(official: OfficialGraph, phases: Phases): Layout {
  const view = new View(official, phases)
  for (const node of official.graph.nodes) {
    const borders = official.isKnownNode(node) ? rules.get(operatorOf(node))?.(node, view) : undefined
    if (borders) view.add(node, borders)
  }
  const { nodes, values, convolutions, inputGradients } = view
  return { nodes, values, convolutions, inputGradients }
}

/** The layout as far as the walk has advanced. */
class View implements Layout {
  readonly nodes = new Set<Node>()
  readonly values = new Map<string, Form>()
  readonly convolutions = new Map<Node, Node>()
  readonly inputGradients = new Set<Node>()

  constructor(
    readonly official: OfficialGraph,
    readonly phases: Phases,
  ) {}

  add(node: Node, { reads, makes, convolution }: Borders): void {
    this.nodes.add(node)
    if (convolution) this.convolutions.set(node, convolution)
    if (node.opType === 'ConvGrad' && Object.keys(makes).length > 0) this.inputGradients.add(node)
    for (const value of reads) if (!this.values.has(value)) this.values.set(value, 'whole')
    for (const [value, form] of Object.entries(makes)) this.values.set(value, form)
  }

  /** Tells whether a value is blocked, and of whole blocks: what fills up others only convolutions know. */
  isBlocked(value: string | undefined): boolean {
    return value !== undefined && this.values.has(value) && this.official.isWhole(value)
  }

  /** Returns the form of a value that is computed value by value, or pixel by pixel, from others. */
  commonForm(...values: readonly string[]): Form {
    return values.every((value) => this.values.get(value) === 'phases') ? 'phases' : 'whole'
  }
}

type LayoutRule = (node: Node, view: View) => Borders | undefined

const elementwise: LayoutRule = ({ inputs: [x], outputs: [y] }, view) =>
  view.isBlocked(x) ? { reads: [x!], makes: { [y!]: view.commonForm(x!) } } : undefined

const pointwise: LayoutRule = (node, view) => {
  const maps = mapsOf(node, view.official)
  if (!maps && node.opType === 'Mul') {
    const { map } = scaledMaps(node, view.official) ?? {}
    return view.isBlocked(map) ? { reads: [map!], makes: { [node.outputs[0]!]: 'whole' } } : undefined
  }
  if (!maps?.some((map) => view.isBlocked(map))) return undefined
  return { reads: maps, makes: { [node.outputs[0]!]: view.commonForm(...maps) } }
}

const sum: LayoutRule = ({ inputs, outputs: [y] }, view) => {
  const isSameShape = inputs.every((input) => `${view.official.dims(input)}` === `${view.official.dims(y!)}`)
  return isSameShape && inputs.some((input) => view.isBlocked(input))
    ? { reads: inputs, makes: { [y!]: 'whole' } }
    : undefined
}

/** The functions, by operator, that return its borders if the blocked layout applies. */
const rules = new Map(
  Object.entries<LayoutRule>({
    ...Object.fromEntries(pointwiseOperators.map((operator) => [operator, pointwise])),
    Add: sum,
    Conv: (node, view) => {
      const convolution = blockedConvolution(node, view.official)
      const [, , height, width] = view.official.dims4(node.outputs[0]!)
      if (convolution?.isPadded && height * width === 1) return undefined
      const form = view.phases.stems.has(node) ? 'phases' : 'whole'
      return convolution && { reads: convolution.isFirst ? [] : [node.inputs[0]!], makes: { [node.outputs[0]!]: form } }
    },
    Expand: (node, view) =>
      isSpreadPixel(node, view) ? { reads: [], makes: { [node.outputs[0]!]: 'whole' } } : undefined,
    // A single pixel is the same in both layouts, so the result is plain.
    GlobalAveragePool: ({ inputs: [x] }, view) => (view.isBlocked(x) ? { reads: [x!], makes: {} } : undefined),
    MaxPool: (node, view) =>
      view.phases.pools.has(node) && view.commonForm(node.inputs[0]!) === 'phases'
        ? { reads: [node.inputs[0]!], makes: { [node.outputs[0]!]: 'whole' } }
        : undefined,
    MaxPoolGrad: ({ inputs: [dy, indices], outputs: [dx] }, view) => {
      const pool = view.official.producer(indices!)
      return pool && view.nodes.has(pool) ? { reads: [dy!], makes: { [dx!]: 'phases' } } : undefined
    },
    // One value for each map is the same in both layouts, so the result is plain.
    ReduceSum: (node, view) =>
      view.isBlocked(node.inputs[0]) && isSumOfMaps(node, view) ? { reads: [node.inputs[0]!], makes: {} } : undefined,
    Relu: elementwise,
    Sum: sum,
    Transpose: transposition,
    [`${MS}:BatchNormInternal`]: elementwise,
    [`${MS}:BatchNormalizationGrad`]: ({ inputs: [dy, x, , mean], outputs: [dx] }, view) => {
      const forward = view.official.producer(mean!)
      if (!forward || !view.nodes.has(forward)) return undefined
      return { reads: [x!, dy!], makes: dx ? { [dx]: view.commonForm(x!, dy!) } : {} }
    },
    [`${MS}:ConvGrad`]: convolutionGradient,
    // Written one by one, whatever the layout, in rows of whole blocks.
    [`${MS}:GeluGrad`]: ({ inputs: [, x] }, { official }) =>
      official.dims(x!).at(-1)! % official.block === 0 ? { reads: [], makes: {} } : undefined,
    [`${MS}:ReluGrad`]: ({ inputs: [dy, y], outputs: [dx] }, view) =>
      view.isBlocked(y) ? { reads: [dy!, y!], makes: { [dx!]: view.commonForm(dy!, y!) } } : undefined,
  }),
)

/** Returns the borders of a transposition between feature maps and channels last, which a reorder computes. */
function transposition(node: Node, { official }: View): Borders | undefined {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!]
  const areBlocks = (maps: string) => official.graph.info(maps)?.type === 'float32' && official.isWhole(maps)
  if (isToChannelsLast(node)) return areBlocks(x) ? { reads: [x], makes: {} } : undefined
  return isFromChannelsLast(node) && areBlocks(y) ? { reads: [], makes: { [y]: 'whole' } } : undefined
}

/**
 * Tells whether a node repeats one pixel over a map, as in the gradient of a global pool, for a reader with a blocked
 * input.
 */
function isSpreadPixel({ inputs: [x], outputs: [y] }: Node, { official, values }: View): boolean {
  const [from, to] = [official.dims(x!), official.dims(y!)]
  const isPixel = from.length === 4 && to.length === 4 && from[2] === 1 && from[3] === 1
  const isSpread = isPixel && from[0] === to[0] && from[1] === to[1] && to[1]! % official.block === 0
  const goesOn = official.consumers(y!).some(({ inputs }) => inputs.some((input) => input !== y && values.has(input)))
  return isSpread && goesOn
}

/** Tells whether a ReduceSum adds up the pixels of each map or channel: [N, C, H, W] to [N, C, 1, 1] or [1, C, 1, 1]. */
function isSumOfMaps({ inputs: [x], outputs: [y] }: Node, { official }: View): boolean {
  const [n, channels, height, width] = official.dims(x!)
  const forms = [n, 1].map((samples) => `${[samples, channels, 1, 1]}`)
  return height! * width! > 1 && forms.includes(`${official.dims(y!)}`)
}

/**
 * Returns the borders of a ConvGrad. The weight gradient reads the input of the convolution: an image, or the blocked
 * tensor of a blocked convolution. The gradient of the input is computed in the standard layout if it has no blocked
 * form.
 */
function convolutionGradient(node: Node, view: View): Borders | undefined {
  const { official, phases } = view
  const { isFirst, geometry } = blockedConvolution(node, official) ?? {}
  if (!geometry) return undefined
  const [dy, x] = node.inputs as [string, string]
  if (isFirst) return { reads: [dy], makes: {} }
  const convolution = forwardOf(node, view)
  if (!convolution || !correlatedInput(geometry, official.dims4(x), official.dims4(dy))) return undefined
  const dx = node.outputs[0]
  const isTurned = geometry.stride === 1 && transposedGeometry(geometry) !== undefined
  const isMade = dx && (isTurned || phases.inputGradients.has(node))
  return { reads: [dy], makes: isMade ? { [dx]: 'whole' } : {}, convolution }
}

/** Finds the convolution of a gradient. One input may be read with one filter in several ways. */
function forwardOf(gradient: Node, { official, nodes }: View): Node | undefined {
  const [, x, weight] = gradient.inputs
  const windowOf = (node: Node) => {
    const { stride, pads } = blockedConvolution(node, official)?.geometry ?? {}
    return `${stride} ${pads}`
  }
  return official
    .consumers(x!)
    .findLast(
      (node) =>
        nodes.has(node) &&
        node.opType === 'Conv' &&
        node.inputs[0] === x &&
        node.inputs[1] === weight &&
        windowOf(node) === windowOf(gradient),
    )
}
