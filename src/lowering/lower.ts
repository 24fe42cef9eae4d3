import * as z from 'zod'
import { baseError } from '../errors.js'
import { GraphBuilder } from '../onnx/builder.js'
import { Graph, MS, type Node, operatorOf } from '../onnx/graph/graph.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { dropUnusedDomains } from '../onnx/transform/dropUnusedDomains.js'
import { checkOptions } from '../options.js'
import { loweringError } from './errors.js'
import { blockedFilters, paddedFilters } from './nchwc/layout/filters.js'
import { OfficialGraph } from './nchwc/layout/OfficialGraph.js'
import { lowerBlocked } from './nchwc/lowerBlocked.js'
import { planBlocked, planPasses } from './nchwc/plan/Plan.js'
import { NO_CONTEXT, type Pass, type PassContext } from './passes/pass.js'
import { lowerings } from './portable/register.js'
import { LoweringContext } from './portable/support/lowering.js'
import { type Target, type TargetPlan, targetNames, targets } from './targets.js'

export interface LowerOptions {
  /**
   * The place where the graph will run: `'cpu'` (onnxruntime-node), `'cpu-blocked8'` and `'cpu-blocked16'` (the same,
   * on a processor with AVX2 or AVX-512), `'wasm'` (onnxruntime-web) or `'webgpu'` (either, on a GPU).
   */
  readonly target: Target
  /** Inputs whose value is known, such as frozen parameters: they become constants of the graph. Default: none. */
  readonly constants?: ReadonlyMap<string, Tensor>
  /** True if the gradients of a run are added to the inputs `<parameter>_grad.accumulation.buffer`. @default false */
  readonly accumulate?: boolean
  /**
   * An optimizer's graph, from `Optimizer.buildGraph`, to be computed in the same run: its outputs replace the
   * gradients. Default: none.
   */
  readonly update?: Graph | undefined
  /**
   * The shapes of the feeds, by input: the graph is then for these alone. The blocked targets need one for each input
   * that is not a parameter, and without any use the standard layout. Default: as the graph declares its inputs.
   */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined
  /**
   * The names of passes to leave out, to measure the effect of one or to look for a fault: `foldFrozen`, `joinedSlices`,
   * `recomputed`, `flippedProducts`, `strips`, `transposedFactors`, `deadCode`, `sumsInPlace`, `additions`, and on
   * blocked targets `phases`, `layout`, `fuse` and `algorithm`. The graph stays right without any of them, and its parameters where they are. Default: none.
   */
  readonly disable?: readonly string[]
}

/**
 * Lowers a graph with official training operators to one that stock ONNX Runtime runs: for feeds of any size that its
 * symbolic dimensions allow, or for those of `shapes` alone. The graph itself is not changed. Outputs
 * `<parameter>_grad.accumulation.out` become the gradients themselves, `<parameter>_grad`. A blocked target reads and
 * writes the weights of `blockedFilters`, their gradients and buffers in its own layout.
 *
 * @throws FineTuneError 'lowering/no-lowering' for a training operator that the register does not list;
 *   'lowering/unknown-shape' for one that needs a size which is symbolic; 'options/invalid'
 */
export function lower(graph: Graph, options: LowerOptions): Graph {
  const { target, constants, accumulate, update, shapes, disable } = checkOptions(schema, options, 'lower')
  const plan: TargetPlan = targets[target]
  for (const node of graph.nodes)
    if (!isLowerable(node, plan))
      throw loweringError('lowering/no-lowering', { op: node.opType, node: node.name, target })

  const context: PassContext = { constants, accumulate, update }
  const run = (passes: readonly Pass[], start: Graph) =>
    passes.filter((pass) => !disable.includes(pass.name)).reduce((current, pass) => pass.apply(current, context), start)

  const official = run(plan.official, withShapes(graph.clone(), shapes))
  if (!plan.block || shapes.size === 0)
    return run([...plan.lowered, ...(plan.stock ?? [])], lowerOperators(official, plan))
  const source = new OfficialGraph(
    official,
    blockedFilters(graph, plan.block),
    paddedFilters(graph, plan.block),
    plan.block,
  )
  const blocked = lowerBlocked(source, planBlocked(source, disable), lowerOperator)
  return run(plan.lowered, stockGraph(blocked))
}

/** Returns a graph of stock operators, such as an optimizer's, in the forms that the target has. */
export function inStockForms(graph: Graph, target: Target): Graph {
  const plan: TargetPlan = targets[target]
  return (plan.stock ?? []).reduce((current, pass) => pass.apply(current, NO_CONTEXT), graph.clone())
}

/** Lowers the operators in one walk over the nodes: each is kept, or replaced in its place by its lowering. */
function lowerOperators(source: Graph, { strategies }: TargetPlan): Graph {
  const lowered = source.clone()
  const g = new GraphBuilder(lowered, 'lowered/')
  lowered.nodes = []
  const context = new LoweringContext(g, source, strategies)
  for (const node of source.nodes) lowerOperator(node, context)
  return stockGraph(lowered)
}

function lowerOperator(node: Node, context: LoweringContext): void {
  const lowering = register.get(operatorOf(node))
  if (lowering) lowering.lower(node, context)
  else context.keep(node)
}

/** Returns the graph for feeds of these shapes. */
function withShapes(graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const known = graph.inputs.map(({ name }) => name)
  const received = [...shapes.keys()].find((name) => !known.includes(name))
  if (received !== undefined)
    throw baseError('options/invalid', { option: 'lower: shapes', received, expected: `inputs: ${known}` })
  graph.inputs = graph.inputs.map((input) => {
    const shape = shapes.get(input.name)
    return shape ? { ...input, shape } : input
  })
  return graph
}

const register = new Map(lowerings.map((lowering) => [lowering.operator, lowering]))

/**
 * Tells whether a node is stock or has a lowering. The ONNX standard has no gradients; training builds add some to its
 * domain.
 */
function isLowerable(node: Node, { official, natives }: TargetPlan): boolean {
  if (register.has(operatorOf(node)) || official.some((pass) => pass.lowers?.includes(operatorOf(node)))) return true
  if (node.domain === '') return !node.opType.endsWith('Grad')
  return node.domain !== MS || natives.has(node.opType)
}

/**
 * Drops the domains that training builds import and stock ONNX Runtime does not know, and renames nodes of equal names,
 * which it refuses: lowered nodes are named after their output, as others may be.
 */
function stockGraph(graph: Graph): Graph {
  dropUnusedDomains(graph)
  const taken = new Set<string>()
  for (const node of graph.nodes) {
    while (taken.has(node.name)) node.name = `${node.name}'`
    taken.add(node.name)
  }
  return graph
}

const graphPasses = Object.values<TargetPlan>(targets).flatMap(({ official, lowered }) => [...official, ...lowered])
const optionalPasses = [
  ...new Set([...planPasses, ...graphPasses.filter((pass) => !pass.required).map((pass) => pass.name)]),
]

const schema = z.strictObject({
  target: z.enum(targetNames),
  constants: z.map(z.string(), z.custom<Tensor>()).default(new Map()),
  accumulate: z.boolean().default(false),
  update: z.instanceof(Graph).optional(),
  shapes: z.map(z.string(), z.array(z.int().min(0)).readonly()).default(new Map()),
  disable: z.array(z.enum(optionalPasses)).default([]),
})
