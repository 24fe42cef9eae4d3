import { writeModel } from '../../onnx/format/write.js'
import type { Value } from '../../runtime/DeviceTensor.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'
import type { OpenSession } from '../../runtime/resultsInPlace.js'
import type { Runtime, RuntimeSession } from '../../runtime/runtime.js'

/** The place where the models of a session run. */
export interface Engine {
  readonly report: RuntimeReport
  readonly runtime: Runtime
  readonly open: OpenSession
}

/**
 * Returns the function that opens the models of a session: with a device, what they compute for the next step stays
 * there.
 *
 * @param returned the outputs that are read after a run
 */
export function keepingOpener({ runtime, open }: Engine, returned: readonly string[]): OpenSession<Value> {
  if (!runtime.keepsOnDevice) return open
  return (graph, label): Promise<RuntimeSession<Value>> => {
    const kept = graph.outputs.map(({ name }) => name).filter((name) => !returned.includes(name))
    return runtime.createSession(writeModel(graph), label, kept)
  }
}
