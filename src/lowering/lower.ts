import { z } from 'zod'
import { FineTuneError } from '../errors.js'
import { GraphBuilder } from '../onnx/builder.js'
import { Graph, MS, type Node } from '../onnx/graph.js'
import type { Tensor } from '../onnx/tensor.js'
import { checkOptions } from '../options.js'
import { blockedFilters } from './blocked/layout.js'
import { lowerBlocked } from './blocked/lowerBlocked.js'
import { LoweringContext } from './ops/lowering.js'
import { lowerings } from './ops/register.js'
import type { Pass, PassContext } from './passes/pass.js'
import { type Target, type TargetPlan, targetNames, targets } from './targets.js'

export interface LowerOptions {
  /** Where the graph will run: `'cpu'` (onnxruntime-node) or `'wasm'` (onnxruntime-web). */
  readonly target: Target
  /** Inputs whose value is known, such as frozen parameters: they become constants of the graph. Default: none. */
  readonly constants?: ReadonlyMap<string, Tensor>
  /** Whether the gradients of a run are added to the inputs `<parameter>_grad.accumulation.buffer`. Default: false. */
  readonly accumulate?: boolean
  /**
   * An optimizer's graph, as `Optimizer.buildGraph` gives it, to be computed in the same run: what it puts out takes the
   * place of the gradients. Default: none.
   */
  readonly update?: Graph | undefined
  /**
   * Examples in a batch, where the target wants to know: symbolic dimensions become this number. Default: any number.
   */
  readonly batchSize?: number
  /** Names of passes to leave out, to find out what one is worth or to look for a fault. Default: none. */
  readonly disable?: readonly string[]
}

/**
 * Turns a graph with official training operators into one that stock ONNX Runtime runs, at any batch size. The graph
 * itself stays as it is. Outputs `<parameter>_grad.accumulation.out` become the gradients themselves, `<parameter>_grad`.
 *
 * @throws 'lowering/no-lowering' for a training operator that the register does not list
 */
export function lower(graph: Graph, options: LowerOptions): Graph {
  const { target, constants, accumulate, update, batchSize, disable } = checkOptions(schema, options, 'lower')
  const plan: TargetPlan = targets[target]
  for (const node of graph.nodes)
    if (!isLowerable(node, plan))
      throw new FineTuneError('lowering/no-lowering', { op: node.opType, node: node.name, target })

  const context: PassContext = { constants, accumulate, update }
  const run = (passes: readonly Pass[], start: Graph) =>
    passes.filter((pass) => !disable.includes(pass.name)).reduce((current, pass) => pass.apply(current, context), start)

  if (!plan.block || batchSize === undefined)
    return run(plan.lowered, lowerOperators(run(plan.official, graph.clone())))
  const official = run(plan.official, withBatchSize(graph.clone(), batchSize))
  const blocked = lowerBlocked(official, blockedFilters(graph, plan.block), plan.block, lowerOperator)
  return run(plan.lowered, withUniqueNames(dropDomains(blocked)))
}

/** One walk over the nodes: each is kept, or replaced in its place by what its lowering writes. */
function lowerOperators(source: Graph): Graph {
  const lowered = source.clone()
  const g = new GraphBuilder(lowered, 'lowered/')
  lowered.nodes = []
  const context = new LoweringContext(g, source)
  for (const node of source.nodes) lowerOperator(node, context)
  return withUniqueNames(dropDomains(lowered))
}

function lowerOperator(node: Node, context: LoweringContext): void {
  const lowering = register.get(key(node))
  if (lowering) lowering.lower(node, context)
  else context.g.graph.nodes.push({ ...node, inputs: [...node.inputs], outputs: [...node.outputs] })
}

/** The graph for one size of batch: what a user feeds has no symbolic dimension any more. */
function withBatchSize(graph: Graph, batchSize: number): Graph {
  graph.inputs = graph.inputs.map(({ name, type, shape }) => ({
    name,
    ...(type && { type }),
    ...(shape && { shape: shape.map((dim) => (typeof dim === 'number' ? dim : batchSize)) }),
  }))
  return graph
}

const key = ({ domain, opType }: { domain: string; opType: string }): string => `${domain}:${opType}`
const register = new Map(lowerings.map((lowering) => [key(lowering), lowering]))

/** Whether a node is stock already, or something makes it so. The ONNX standard has no gradients; training builds add some to its domain. */
function isLowerable(node: Node, { official, natives }: TargetPlan): boolean {
  if (register.has(key(node)) || official.some((pass) => pass.lowers?.includes(key(node)))) return true
  if (node.domain === '') return !node.opType.endsWith('Grad')
  return node.domain !== MS || natives.has(node.opType)
}

/** Training builds import many domains that stock ONNX Runtime does not know. */
function dropDomains(graph: Graph): Graph {
  const used = new Set(['', ...graph.nodes.map((node) => node.domain)])
  for (const domain of graph.opsets.keys()) if (!used.has(domain)) graph.opsets.delete(domain)
  return graph
}

/** ONNX Runtime refuses two nodes of one name. What a lowering writes is named after its output, as other nodes may be. */
function withUniqueNames(graph: Graph): Graph {
  const taken = new Set<string>()
  for (const node of graph.nodes) {
    while (taken.has(node.name)) node.name = `${node.name}'`
    taken.add(node.name)
  }
  return graph
}

const optionalPasses = [
  ...new Set(
    Object.values<TargetPlan>(targets)
      .flatMap(({ official, lowered }) => [...official, ...lowered])
      .filter((pass) => !pass.required)
      .map((pass) => pass.name),
  ),
]

const schema = z.object({
  target: z.enum(targetNames),
  constants: z.map(z.string(), z.custom<Tensor>()).default(new Map()),
  accumulate: z.boolean().default(false),
  update: z.instanceof(Graph).optional(),
  batchSize: z.int().min(1).optional(),
  disable: z.array(z.enum(optionalPasses)).default([]),
})
