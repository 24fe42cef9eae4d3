import { GraphBuilder } from '../builder.js'
import { type Graph, indexGraph, intAttribute, intsAttribute, type Node } from '../graph/graph.js'
import { int64, type Tensor } from '../graph/tensor.js'
import { eliminateDeadNodes } from './eliminateDeadNodes.js'
import { renameValues } from './renameValues.js'

/** Operators that compute each element from those at its place. */
const ELEMENTWISE = new Set(
  (
    'Abs Add Cast Clip Div Elu Erf Exp Gelu HardSigmoid HardSwish Identity LeakyRelu Log Max Min Mish Mul Neg ' +
    'PRelu Pow Reciprocal Relu Selu Sigmoid Softplus Sqrt Sub Sum Tanh'
  ).split(' '),
)

/** Operators that reduce axes, which `reduced` renames. */
const REDUCTIONS = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceSum'])

/** The form of a node that reads values before their Transposes. */
interface Moved {
  readonly inputs: readonly string[]
  readonly attributes: Node['attributes']
  /** True if its result has the old order of axes, and needs no Transpose. */
  readonly isPlain?: boolean
}

/**
 * Moves Transposes towards the outputs of a graph, in place: behind elementwise operators, whose other inputs are scalars,
 * constants of one axis, or transposed alike, and behind Pad and reductions. Those that follow each other become
 * one, and none where they are inverse. Constants keep their names where nothing else reads them.
 */
export function sinkTransposes(graph: Graph): void {
  const nodes = graph.nodes
  const sink = new Sink(graph)
  graph.nodes = []
  for (const node of nodes) sink.add(node)
  renameValues(graph, sink.same)
  eliminateDeadNodes(graph)
}

class Sink {
  /** The values that equal others. */
  readonly same = new Map<string, string>()
  /** The values that are Transposes of others. */
  private readonly transposed = new Map<string, { readonly source: string; readonly perm: readonly number[] }>()
  private readonly consumers
  private readonly results: ReadonlySet<string>
  private readonly g: GraphBuilder

  constructor(private readonly graph: Graph) {
    this.g = new GraphBuilder(graph)
    this.consumers = indexGraph(graph).consumers
    this.results = new Set(graph.outputs.map(({ name }) => name))
  }

  add(read: Node): void {
    const node = { ...read, inputs: read.inputs.map((name) => this.same.get(name) ?? name) }
    const perm = node.domain === '' && node.opType === 'Transpose' ? intsAttribute(node, 'perm') : undefined
    if (perm) return void this.transpose(node.inputs[0]!, perm, node.outputs[0]!)
    const common = this.permOf(node)
    const moved = common && this.move(node, common)
    if (!moved) return void this.graph.nodes.push(node)
    const [output] = node.outputs as [string]
    const outputs = [moved.isPlain ? output : this.g.fresh(`${output}/before`)]
    this.graph.nodes.push({ ...node, inputs: [...moved.inputs], outputs, attributes: moved.attributes })
    if (!moved.isPlain) this.transpose(outputs[0]!, common, output)
  }

  /** Adds a Transpose, as one with those before it. */
  private transpose(value: string, last: readonly number[], output: string): void {
    const before = this.transposed.get(value)
    const source = before?.source ?? value
    const perm = before ? last.map((axis) => before.perm[axis]!) : last
    if (perm.every((from, axis) => from === axis) && !this.results.has(output)) {
      this.same.set(output, source)
      return
    }
    this.transposed.set(output, { source, perm })
    // The node that made the value may have its name.
    this.g.op('Transpose', [source], { perm }, { outputs: [output], name: this.g.fresh('Transpose') })
  }

  /** Returns the order of axes in which a node reads its values, if it is the same for all that are transposed. */
  private permOf({ domain, inputs }: Node): readonly number[] | undefined {
    if (domain !== '') return undefined
    const perms = inputs.flatMap((name) => this.transposed.get(name)?.perm ?? [])
    const first = inputs.map((name) => this.transposed.get(name)?.perm).find(Boolean)
    return first && perms.every((axis, i) => axis === first[i % first.length]) ? first : undefined
  }

  private move(node: Node, perm: readonly number[]): Moved | undefined {
    if (ELEMENTWISE.has(node.opType)) return this.moveAll(node, perm)
    const [data, second] = node.inputs as [string, string?]
    const source = this.transposed.get(data)?.source
    if (source === undefined) return undefined
    if (node.opType === 'Pad') return this.movePad(node, source, perm)
    if (!REDUCTIONS.has(node.opType)) return undefined
    const axes = intsAttribute(node, 'axes') ?? this.numbers(second)
    return axes && reduced(this.g, node, source, { axes, perm })
  }

  private moveAll(node: Node, perm: readonly number[]): Moved | undefined {
    const isMovable = node.inputs.every((name) => !name || this.transposed.has(name) || this.hasOneAxis(name, perm))
    if (!isMovable) return undefined
    const inputs = node.inputs.map((name) => this.transposed.get(name)?.source ?? this.along(name, perm))
    return { inputs, attributes: node.attributes }
  }

  private movePad(node: Node, source: string, perm: readonly number[]): Moved | undefined {
    const pads = this.numbers(node.inputs[1])
    if (!pads || node.inputs[3]) return undefined
    const moved = new Array<number>(pads.length)
    for (const [axis, from] of perm.entries()) for (const end of [0, perm.length]) moved[from + end] = pads[axis + end]!
    const inputs = [source, this.g.constant(int64(moved.map(BigInt), [moved.length])), ...node.inputs.slice(2)]
    return { inputs, attributes: node.attributes }
  }

  private numbers(name = ''): readonly number[] | undefined {
    const tensor = this.graph.initializers.get(name)
    return tensor?.type === 'int64' ? Array.from(tensor.data as BigInt64Array, Number) : undefined
  }

  /** Tells whether a value is a constant that differs along one axis at most. */
  private hasOneAxis(name: string, perm: readonly number[]): boolean {
    const dims = this.graph.initializers.get(name)?.dims
    return dims !== undefined && dims.length <= perm.length && dims.filter((dim) => dim !== 1).length <= 1
  }

  /** Returns a constant of one axis for the order of axes before a Transpose. */
  private along(name: string, perm: readonly number[]): string {
    const tensor = this.graph.initializers.get(name)
    if (!tensor || tensor.dims.every((dim) => dim === 1)) return name
    const dims = perm.map(() => 1)
    const first = perm.length - tensor.dims.length
    for (const [axis, dim] of tensor.dims.entries()) dims[perm[first + axis]!] = dim
    const moved = this.consumers.get(name)!.length > 1 ? this.g.fresh(name) : name
    this.graph.initializers.set(moved, { ...tensor, dims } as Tensor)
    return moved
  }
}

/** Returns a reduction over the same axes before a Transpose; none if its result would have another order. */
function reduced(
  g: GraphBuilder,
  node: Node,
  source: string,
  { axes, perm }: { readonly axes: readonly number[]; readonly perm: readonly number[] },
): Moved | undefined {
  const over = axes.map((axis) => perm[axis < 0 ? axis + perm.length : axis]!)
  const isKept = intAttribute(node, 'keepdims', 1) === 1
  const left = perm.filter((axis) => !over.includes(axis))
  if (!isKept && left.some((axis, i) => i > 0 && axis < left[i - 1]!)) return undefined
  const { axes: attribute, ...rest } = node.attributes
  return {
    inputs: attribute ? [source] : [source, g.ints(...over)],
    attributes: attribute ? { ...rest, axes: { type: 'ints', value: over } } : rest,
    isPlain: !isKept,
  }
}
