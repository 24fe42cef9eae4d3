import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RuntimeName } from '../../src/platform/runtimes.js'

const run = promisify(execFile)

/** Says what opening a session of a tiny network comes to. */
const PROGRAM = `
  import { generateArtifacts, loadBackbone, paramGroups, replaceHead, sgd, TrainingEngine } from 'onnx-finetune'
  const model = replaceHead(await loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 }), { classes: ['a', 'b'] })
  const artifacts = await generateArtifacts(model, {
    requiresGrad: model.trainable,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: sgd(paramGroups(model, { lr: 1 })),
  })
  const [runtime] = process.argv.slice(2)
  try {
    const session = await TrainingEngine.create({ artifacts, ...(runtime && { runtime }) })
    await session.release()
    console.log(JSON.stringify({ runtime: session.runtime }))
  } catch ({ code, message, facts }) {
    console.log(JSON.stringify({ code, message, facts }))
  }
`

/** The built library in a project of its own. */
let project = ''
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'onnx-finetune-runtimes-'))
  const home = join(project, 'node_modules/onnx-finetune')
  await cp('dist', join(home, 'dist'), { recursive: true })
  await cp('package.json', join(home, 'package.json'))
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const name of Object.keys(dependencies)) await link(name)
  await writeFile(join(project, 'program.mjs'), PROGRAM)
})
afterAll(() => rm(project, { recursive: true, force: true }))

async function link(name: string): Promise<void> {
  await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true })
  await symlink(resolve('node_modules', name), join(project, 'node_modules', name), 'dir')
}

/** Installs something under the name of a runtime: `env` is what it says of itself. */
async function pretend(name: RuntimeName, env: string): Promise<void> {
  const directory = join(project, 'node_modules', name)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, version: '1.14.0', main: 'index.js' }))
  await writeFile(
    join(directory, 'index.js'),
    `module.exports = { InferenceSession: class {}, Tensor: class {}, env: ${env} }`,
  )
}

async function open(runtime?: RuntimeName) {
  const { stdout } = await run(process.execPath, ['program.mjs', ...(runtime ? [runtime] : [])], { cwd: project })
  return JSON.parse(stdout)
}

test('without any ONNX Runtime, it is said which to install', async () => {
  expect(await open()).toMatchObject({
    code: 'session/no-runtime',
    facts: { runtimes: ['onnxruntime-node', 'onnxruntime-web'] },
    message: expect.stringContaining('npm install onnxruntime-node'),
  })
  expect(await open('onnxruntime-web')).toMatchObject({
    code: 'session/no-runtime',
    facts: { runtimes: ['onnxruntime-web'] },
    message: expect.stringContaining('npm install onnxruntime-web'),
  })
})

test.each<[RuntimeName, string, string]>([
  ['onnxruntime-node', '{ wasm: {} }', 'of an unknown version'],
  ['onnxruntime-node', `{ wasm: {}, versions: { common: '1.30.0', node: '1.20.1' } }`, '1.20.1'],
  ['onnxruntime-node', `{ wasm: {}, versions: { node: '0.99.0' } }`, '0.99.0'],
  ['onnxruntime-web', `{ wasm: {}, versions: { web: '1.29.9-dev.20250101' } }`, '1.29.9-dev.20250101'],
])('%s that says %s is too old, and it is said what to install', async (runtime, env, version) => {
  await pretend(runtime, env)
  const expected = {
    code: 'session/runtime-version',
    facts: { runtime, version, supported: '1.30.0' },
    message: expect.stringContaining(`npm install ${runtime}@latest`),
  }
  expect(await open(runtime)).toMatchObject(expected)
  await rm(join(project, 'node_modules', runtime), { recursive: true })
})

test('an old runtime is not passed over in silence for another', async () => {
  await pretend('onnxruntime-node', '{ wasm: {} }')
  await link('onnxruntime-web')
  expect(await open()).toMatchObject({ code: 'session/runtime-version' })
  expect(await open('onnxruntime-web')).toEqual({ runtime: 'onnxruntime-web' })
})
