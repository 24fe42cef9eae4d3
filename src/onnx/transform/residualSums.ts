import { type Graph, indexGraph, type Node, valuesReadBy } from '../graph/graph.js'
import { inferShapes } from '../shapes/inferShapes.js'
import { dependentValues } from './reachability.js'

/** A sum of a residual branch with the value that the branch begins at, or with a projection of that value. */
export interface ResidualSum {
  /** The Add. */
  readonly node: Node
  /** The number of its input that is the branch. The other is the shortcut. */
  readonly branch: 0 | 1
  /** The rows of the branch, of its first dimension, that are one image's: 1, or its tokens. */
  readonly rows: number
}

/** The operators whose results depend on the sizes of their inputs alone. */
const SIZES = new Set(['Shape', 'Size'])
/** The operators with a matrix or a filter as second input: layers. */
const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul'])
/** The operators that a projection of a shortcut has beside its convolution. */
const PROJECTIONS = new Set(['AveragePool', 'BatchNormalization', 'Identity', 'MaxPool'])

/**
 * Finds the residual branches of a network, in its order (He et al., 2015, arXiv 1512.03385). A branch is an input of an
 * Add that depends on the images through one value alone, and has a layer with weights. This value is the other input,
 * or the other input is made from it by one convolution, and the branch has more layers than that.
 *
 * @param graph a forward graph; its inputs have the images as first dimension, and so have the branches
 */
export function residualSums(graph: Graph): readonly ResidualSum[] {
  const view = viewOf(graph)
  return graph.nodes.flatMap((node) => {
    const { opType, inputs } = node
    if (opType !== 'Add' || !inputs.every((input) => view.images.has(input))) return []
    const rows = commonRows(inputs, view)
    const branch = ([0, 1] as const).find((place) => isBranch(inputs[place]!, inputs[1 - place]!, view))
    return rows === undefined || branch === undefined ? [] : [{ node, branch, rows }]
  })
}

interface View {
  readonly producer: ReadonlyMap<string, Node>
  /** The values that depend on the images. */
  readonly images: ReadonlySet<string>
  /** The graph for 2 images, and for 3. */
  readonly forTwo: Graph
  readonly forThree: Graph
}

function viewOf(graph: Graph): View {
  const names = graph.inputs.map(({ name }) => name).filter((name) => !graph.initializers.has(name))
  const { producer } = indexGraph(graph)
  const images = dependentValues(graph, names, SIZES)
  return { producer, images, forTwo: forImages(graph, 2), forThree: forImages(graph, 3) }
}

function forImages(graph: Graph, images: number): Graph {
  const sized = graph.clone()
  sized.inputs = graph.inputs.map((input) =>
    input.shape && !graph.initializers.has(input.name) ? { ...input, shape: [images, ...input.shape.slice(1)] } : input,
  )
  return inferShapes(sized)
}

/** Returns the rows of two values of one shape that are one image's; undefined if they are not of images, or differ. */
function commonRows(values: readonly string[], { forTwo, forThree }: View): number | undefined {
  const [a, b] = values.map((value) => forTwo.info(value)?.shape)
  const [two, three] = [a?.[0], forThree.info(values[0]!)?.shape?.[0]]
  if (typeof two !== 'number' || typeof three !== 'number' || a!.length < 2 || `${a}` !== `${b}`) return undefined
  const rows = three - two
  return rows > 0 && two === 2 * rows ? rows : undefined
}

function isBranch(value: string, shortcut: string, view: View): boolean {
  return beginningsOf(shortcut, view).some(({ start, layers }) => (layersBetween(start, value, view) ?? 0) > layers)
}

/** Returns the value itself, and those that it may be a projection of, with the layers after each. */
function beginningsOf(value: string, { producer }: View): readonly { start: string; layers: 0 | 1 }[] {
  const beginnings: { start: string; layers: 0 | 1 }[] = [{ start: value, layers: 0 }]
  let layers: 0 | 1 = 0
  for (let node = producer.get(value); node; node = producer.get(node.inputs[0]!)) {
    const isLayer = node.opType === 'Conv'
    if (isLayer ? layers === 1 : !PROJECTIONS.has(node.opType)) break
    if (isLayer) layers = 1
    if (layers === 1) beginnings.push({ start: node.inputs[0]!, layers })
  }
  return beginnings
}

/** Counts the layers from `start` to `end`; undefined if the images reach `end` in another way, too. */
function layersBetween(start: string, end: string, { producer, images }: View): number | undefined {
  const seen = new Set<string>()
  const open = [end]
  let layers = 0
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value === start || seen.has(value)) continue
    seen.add(value)
    const node = producer.get(value)
    if (!node) return undefined
    if (LAYERS.has(node.opType) && !images.has(node.inputs[1]!)) layers++
    if (!SIZES.has(node.opType)) open.push(...valuesReadBy(node).filter((read) => images.has(read)))
  }
  return layers
}
