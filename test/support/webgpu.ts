import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { writeModel } from '../../src/onnx/format/write.js'

/** True if the tests that take the software GPU minutes run, too. */
export const allGpuTests = process.env.PAGE_TESTS === 'all'

/** WebGPU on a processor, by the Vulkan driver that Chromium contains. */
const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json'
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(SOFTWARE_DRIVER))
  process.env.VK_ICD_FILENAMES = SOFTWARE_DRIVER

/**
 * The reason why onnxruntime-node cannot compute with WebGPU on this machine, or undefined if it can. Found out in a
 * process of its own, which a driver may end.
 */
export const noWebGpu: string | undefined = probe()

function probe(): string | undefined {
  const g = new GraphBuilder()
  g.output(g.op('Identity', [g.input('x', 'float32', [1])], {}, { outputs: ['y'] }), 'float32', [1])
  const model = Buffer.from(writeModel(g.graph)).toString('base64')
  const script = `
    const ort = require('onnxruntime-node')
    const model = Uint8Array.from(Buffer.from('${model}', 'base64'))
    const x = new ort.Tensor('float32', Float32Array.of(7), [1])
    ort.InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 4 })
      .then((session) => session.run({ x }))
      .then(({ y }) => console.log(y.data[0]), (error) => console.error(error.message))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 })
  if (stdout.trim() === '7') return undefined
  return `no WebGPU: ${stderr.trim().split('\n')[0] || 'no answer'}. Install a Vulkan driver, or Chromium for its software one`
}
