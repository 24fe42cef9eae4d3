import type { Target } from '../lowering/targets.js'
import { GraphBuilder } from '../onnx/builder.js'
import { writeModel } from '../onnx/format/write.js'
import { NCHWC } from '../onnx/graph/graph.js'
import { float32 } from '../onnx/graph/tensor.js'
import type { Runtime } from './runtime.js'

/**
 * Chooses the lowering that suits a runtime. On the CPU it depends on the block size of ONNX Runtime's own layout,
 * which depends on the processor: 16 channels with AVX-512, 8 with AVX2, none elsewhere. No interface reports it, so a
 * tiny model is run.
 */
export async function chooseTarget(runtime: Runtime): Promise<Target> {
  if (runtime.provider === 'webgpu') return 'webgpu'
  if (runtime.name === 'onnxruntime-web') return 'wasm'
  if (!runtime.onCpu) return 'cpu'
  const block = await probeBlock(runtime).catch(() => undefined)
  return block === 16 ? 'cpu-blocked16' : block === 8 ? 'cpu-blocked8' : 'cpu'
}

/** Runs two pixels of 32 channels in blocked order: the second pixel's first channel comes after one block. */
async function probeBlock(runtime: Runtime): Promise<number> {
  const g = new GraphBuilder()
  g.graph.opsets.set(NCHWC, 1)
  g.input('x', 'float32', [1, 32, 1, 2])
  g.op('ReorderInput', ['x'], {}, { domain: NCHWC, outputs: ['y'] })
  g.output('y', 'float32', [1, 32, 1, 2])
  const session = await runtime.createSession(writeModel(g.graph), 'probe of the blocked layout')
  const x = Float32Array.from({ length: 64 }, (_, i) => (i === 1 ? 1 : 0))
  const { y } = await session.run({ x: float32(x, [1, 32, 1, 2]) }, { y: null })
  await session.release()
  return Array.from(y!.data as Float32Array).indexOf(1)
}
