import { isFineTuneError } from '../errors.js'
import { GraphBuilder } from '../onnx/builder.js'
import { writeModel } from '../onnx/format/write.js'
import type { Graph } from '../onnx/graph/graph.js'
import { float32, type Tensor, zeros } from '../onnx/graph/tensor.js'
import type { Value } from './DeviceTensor.js'
import type { Runtime, RuntimeSession } from './runtime.js'

/** Opens a graph in a runtime; `label` names it in errors. */
export type OpenSession<Result extends Value = Tensor> = (
  graph: Graph,
  label: string,
) => Promise<RuntimeSession<Result>>

/** An output that is not a tensor, in front of all others. */
const SEQUENCE = 'sequence'

/**
 * Returns the function that opens graphs whose results are large. onnxruntime-node 1.30 copies each result of a run to
 * new memory, even one that was computed in preallocated memory; for a training step that is the whole network. It does
 * so when the run is done, in the order of the outputs, and refuses one that is a sequence. So with a sequence in front
 * nothing is copied: the run ends with that refusal, and all results are in the preallocated memory. Whether a runtime
 * behaves like that is found out by running a tiny model; if it does not, and for graphs with outputs of unknown shape,
 * ordinary sessions are used.
 */
export async function openerFor(runtime: Runtime): Promise<OpenSession> {
  const plain: OpenSession = (graph, label) => runtime.createSession(writeModel(graph), label)
  const refusal = runtime.fillsMemory ? await probeRefusal(plain).catch(() => undefined) : undefined
  if (refusal === undefined) return plain
  return async (graph, label) => {
    const places = placesOf(graph)
    if (!places) return plain(graph, label)
    return inPlace(await plain(withSequence(graph), label), places, refusal)
  }
}

/** Returns the runtime's refusal of a sequence, if the other result has then been computed in its memory. */
async function probeRefusal(open: OpenSession): Promise<string | undefined> {
  const g = new GraphBuilder()
  g.output(g.op('Add', [g.input('x', 'float32', [2]), 'x'], {}, { outputs: ['y'] }), 'float32', [2])
  const session = await open(withSequence(g.graph), 'probe of results in place')
  const y = float32([0, 0], [2])
  const answer = await session.run({ x: float32([1, 2], [2]) }, { [SEQUENCE]: null, y }).catch(problemOf)
  await session.release()
  return typeof answer === 'string' && `${y.data}` === '2,4' ? answer : undefined
}

function withSequence(graph: Graph): Graph {
  const copy = graph.clone()
  const g = new GraphBuilder(copy, 'inPlace/')
  g.op('SequenceConstruct', [g.scalar(0)], {}, { outputs: [SEQUENCE] })
  copy.outputs = [{ name: SEQUENCE }, ...copy.outputs]
  return copy
}

function inPlace(session: RuntimeSession, places: ReadonlyMap<string, () => Tensor>, refusal: string): RuntimeSession {
  const { inputNames, outputNames } = session
  return {
    inputNames,
    outputNames: outputNames.filter((name) => name !== SEQUENCE),
    async run(feeds, fetches) {
      const results = Object.fromEntries(
        Object.entries(fetches).map(([name, place]) => [name, place ?? places.get(name)!()]),
      )
      await session.run(feeds, { [SEQUENCE]: null, ...results }).catch((error: unknown) => {
        if (problemOf(error) !== refusal) throw error
      })
      return results
    },
    release: () => session.release(),
  }
}

/** Returns the functions that allocate each output, or undefined if a shape is known only after the run. */
function placesOf(graph: Graph): ReadonlyMap<string, () => Tensor> | undefined {
  const places = new Map<string, () => Tensor>()
  for (const { name, type, shape } of graph.outputs) {
    if (!type || type === 'string' || !shape?.every((dim) => typeof dim === 'number')) return undefined
    places.set(name, () => zeros(type, shape as readonly number[]))
  }
  return places
}

const problemOf = (error: unknown): string | undefined =>
  isFineTuneError(error, 'session/run-failed') ? error.facts.problem : undefined
