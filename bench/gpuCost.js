/** Operators that give the same memory another shape, or whose result is known before the run: nothing is dispatched. */
const FREE = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Shape', 'ConstantOfShape'])
const BYTES = { float32: 4, int32: 4, int64: 8, uint8: 1, bool: 1 }

/**
 * What a graph costs on a GPU, by the shapes of its values, which it must declare (`inferShapes`): for each node that is dispatched, bytes
 * (its inputs and outputs, once each) and floating-point operations. A kernel may need several dispatches, and read an
 * input more than once: these are lower bounds. What depends on constants alone is computed before the run.
 */
export function costsOf(graph) {
  const constant = new Set(graph.initializers.keys())
  return graph.nodes.flatMap((node) => {
    if (node.inputs.every((name) => name === '' || constant.has(name)) || node.opType === 'Shape') {
      for (const output of node.outputs) constant.add(output)
      return []
    }
    if (FREE.has(node.opType)) return []
    const [inputs, outputs] = [node.inputs, node.outputs].map((names) => names.filter(Boolean).map(valueIn(graph)))
    const bytes = [...inputs, ...outputs].reduce((sum, value) => sum + value.size * value.bytes, 0)
    return [{ node: node.name, opType: node.opType, bytes, flops: flopsOf(node, inputs, outputs[0]) }]
  })
}

const valueIn = (graph) => (name) => {
  const { type = 'float32', shape } = graph.info(name) ?? {}
  if (!shape?.every((dim) => typeof dim === 'number')) throw new Error(`The shape of ${name} is not known`)
  return { shape, size: shape.reduce((product, dim) => product * dim, 1), bytes: BYTES[type] }
}

/** Multiplications and additions are two; anything else is one for each element that it makes or, to reduce, reads. */
function flopsOf({ opType, attributes }, [x, w], output) {
  const products = (shape) => shape.slice(1).reduce((product, dim) => product * dim, 1)
  if (opType === 'Conv') return 2 * output.size * products(w.shape)
  if (opType === 'ConvTranspose') return 2 * x.size * products(w.shape)
  if (opType === 'MatMul') return 2 * output.size * x.shape.at(-1)
  if (opType === 'Gemm') return 2 * output.size * x.shape[attributes.transA?.value ? 0 : 1]
  if (opType.startsWith('Reduce') || opType.startsWith('Global')) return x.size
  if (opType.endsWith('Pool')) return output.size * attributes.kernel_shape.value.reduce((a, b) => a * b, 1)
  return MOVES.has(opType) ? 0 : output.size
}

const MOVES = new Set(['Cast', 'Concat', 'Expand', 'Gather', 'Identity', 'Pad', 'Slice', 'Split', 'Transpose'])

/**
 * The least time that a card needs, in seconds: for each dispatch the longest of its arithmetic, its memory traffic and
 * its launch. `held` is the share of the time in which each of the three is the longest.
 */
export function boundOf(costs, { flops, bandwidth }, launch) {
  const held = { arithmetic: 0, memory: 0, launches: 0 }
  for (const cost of costs) {
    const times = { arithmetic: cost.flops / flops, memory: cost.bytes / bandwidth, launches: launch }
    const [longest, seconds] = Object.entries(times).reduce((a, b) => (b[1] > a[1] ? b : a))
    held[longest] += seconds
  }
  const seconds = held.arithmetic + held.memory + held.launches
  return { seconds, held: Object.fromEntries(Object.entries(held).map(([name, time]) => [name, time / seconds])) }
}
