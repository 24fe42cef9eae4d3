import { lower } from '../../lowering/lower.js'
import { blockOf } from '../../lowering/targets.js'
import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { OpenSession } from '../../runtime/resultsInPlace.js'
import type { Tensors } from '../protocol/HostCalls.js'
import { inDeclaredTypes } from './declaredTypes.js'
import { allFinite } from './FiniteCheck.js'
import { factsOf } from './feeds.js'
import type { ModelSources } from './modelGraphs.js'

/** The output that has an element for each value: 0 if all elements of the value are finite, else NaN. */
const SUMS = 'finite_sums'

/**
 * Finds the first tensor of a training step that is not finite: a feed, a parameter, then the values of the network and
 * of its gradients in the order of computation. The step is computed once more for that, in the standard layout.
 *
 * @returns its name, and for a computed one the operator; undefined if all are finite
 */
export async function firstNotFinite(
  open: OpenSession,
  sources: ModelSources,
  feeds: Tensors,
): Promise<string | undefined> {
  const { target, training, state, roles } = sources
  const parameters = new Map<string, Tensor>()
  for (const name of [...roles.frozen, ...roles.statistics, ...roles.trainable])
    if (state.has(name)) parameters.set(name, await state.fetch(name))
  const given = [...Object.entries(feeds), ...parameters].find(([, tensor]) => !allFinite(tensor))
  if (given) return given[0]
  const plain = blockOf(target) ? 'cpu' : target
  const step = lower(training, { target: plain, constants: parameters, shapes: factsOf(feeds).shapes })
  const named = new Set(training.nodes.flatMap(({ outputs }) => outputs))
  const watched = step.nodes.filter(({ outputs: [name] }) => isWatched(name!, step, named))
  const session = await open(
    withSums(
      step,
      watched.map(({ outputs }) => outputs[0]!),
    ),
    'search for what is not finite',
  )
  try {
    const inputs = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!]))
    const { [SUMS]: sums } = await session.run(inDeclaredTypes(inputs, step.inputs), { [SUMS]: null })
    const node = watched[(sums!.data as Float32Array).findIndex(Number.isNaN)]
    return node && `${node.outputs[0]} (${node.opType})`
  } finally {
    await session.release()
  }
}

/** Tells whether a value is checked: one that the training graph itself names, so that a reader finds it there. */
const isWatched = (name: string, step: Graph, named: ReadonlySet<string>): boolean =>
  (named.has(name) || name.endsWith('_grad')) && step.info(name)?.type === 'float32'

/**
 * Returns the step with the output `SUMS`. A finite element times 0 is 0; any other gives NaN, and so does the sum. No
 * large tensor is kept.
 */
function withSums(step: Graph, values: readonly string[]): Graph {
  const g = new GraphBuilder(step, 'finite/')
  const sums = values.map((value) => g.op('ReduceSum', [g.op('Mul', [value, g.scalar(0)])], { keepdims: 0 }))
  g.op(
    'Concat',
    sums.map((sum) => g.op('Reshape', [sum, g.ints(1)])),
    { axis: 0 },
    { outputs: [SUMS] },
  )
  step.outputs = [{ name: SUMS, type: 'float32', shape: [values.length] }]
  return step
}
