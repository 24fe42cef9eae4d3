import { gradientOfFlag, LAZY_RESET } from '../../contract/names.js'
import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, MS, type Node, type ValueInfo } from '../../onnx/graph/graph.js'
import { renameValues } from '../../onnx/transform/renameValues.js'
import type { Pass } from './pass.js'

/**
 * The lowering of gradient accumulation. The official graph adds each gradient to a buffer in place
 * (InPlaceAccumulatorV2) and has a flag as output. Stock operators have no side effects, so the gradient itself becomes
 * the output `<parameter>_grad`, in place of the flag.
 *
 * Without accumulation the buffers and `lazy_reset_grad` are removed from the inputs. With it the output is buffer +
 * gradient, or the gradient alone if `lazy_reset_grad` is true: a selection, not a product, so that a NaN in the buffer
 * is discarded.
 */
export const accumulate: Pass = {
  name: 'accumulate',
  required: true,
  lowers: [`${MS}:InPlaceAccumulatorV2`],
  apply(graph, context) {
    const accumulators = graph.nodes.filter((node) => node.domain === MS && node.opType === 'InPlaceAccumulatorV2')
    if (!accumulators.length) return graph
    for (const node of accumulators) {
      const output = outputName(graph, node)
      // The sum takes the name of the gradient of this run alone.
      if (context.accumulate && node.inputs[1] === output) renameValues(graph, new Map([[output, `${output}.current`]]))
      replaceOutput(graph, node.outputs[0]!, output, node.inputs[0]!)
      if (context.accumulate) addToBuffer(graph, node, output)
      else nameGradient(graph, node, output)
    }
    graph.nodes = graph.nodes.filter((node) => !accumulators.includes(node))
    if (!context.accumulate) removeBuffers(graph, accumulators)
    return graph
  },
}

/** Returns `<parameter>_grad`. A flag with another form of name keeps it. */
function outputName(graph: Graph, node: Node): string {
  const flag = node.outputs[0]!
  const name = gradientOfFlag(flag) ?? flag
  return graph.outputs.some((output) => output.name === name) ? flag : name
}

function replaceOutput(graph: Graph, flag: string, output: string, buffer: string): void {
  const { type = 'float32', shape } = graph.info(buffer) ?? {}
  const info: ValueInfo = { name: output, type, ...(shape && { shape }) }
  graph.values.delete(flag)
  graph.outputs = graph.outputs.map((value) => (value.name === flag ? info : value))
}

/** Gives the gradient the name of the output, which it usually has already. */
function nameGradient(graph: Graph, { inputs: [, gradient] }: Node, output: string): void {
  if (gradient !== output) new GraphBuilder(graph).op('Identity', [gradient], {}, { outputs: [output] })
}

function addToBuffer(graph: Graph, { inputs: [buffer, gradient, reset], outputs }: Node, output: string): void {
  const g = new GraphBuilder(graph, 'accumulate/')
  const accumulated = outputs[1] || output
  const sum = reset ? g.fresh('sum') : accumulated
  g.op('Add', [buffer, gradient], {}, { outputs: [sum] })
  if (reset) g.op('Where', [g.op('Reshape', [reset, g.ints()]), gradient, sum], {}, { outputs: [accumulated] })
  if (accumulated !== output) g.op('Identity', [accumulated], {}, { outputs: [output] })
}

function removeBuffers(graph: Graph, accumulators: readonly Node[]): void {
  const gone = new Set([LAZY_RESET, ...accumulators.flatMap((node) => [node.inputs[0]!, node.inputs[2] ?? ''])])
  graph.inputs = graph.inputs.filter(({ name }) => !gone.has(name))
  for (const name of gone) graph.initializers.delete(name)
}
