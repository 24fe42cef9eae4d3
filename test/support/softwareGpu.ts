import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'

/** A model to open: that loads the GPU's driver, which ends the process of Node where it fails. */
const PROGRAM = `
  const { InferenceSession } = await import('onnxruntime-node')
  const options = { executionProviders: ['webgpu'], logSeverityLevel: 4 }
  await InferenceSession.create('test/interop/conv_head/torchscript.onnx', options)`

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the tests of this project cannot run here, if they cannot. */
    readonly missing?: string
  }
}

/** Finds out once whether onnxruntime-node can open a GPU here. */
export default function setup(project: TestProject): void {
  const env = { ...process.env, ...project.config.env }
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: project.config.root,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (status === 0) return
  const problem = /(Failed|Error).*/.exec(stderr)?.[0] ?? `the probe ended with ${status}`
  const missing = `no WebGPU in Node (apt-get install chromium libvulkan1): ${problem}`
  console.warn(`${project.name} is skipped: ${missing}`)
  project.provide('missing', missing)
}
