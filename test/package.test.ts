import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Jimp } from 'jimp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)

/** What a user has: a folder of images. */
async function drawImages(directory: string): Promise<void> {
  for (const [name, color] of Object.entries({ blue: 0x2040e0ff, red: 0xe04020ff })) {
    await mkdir(join(directory, name), { recursive: true })
    for (let i = 0; i < 4; i++)
      await new Jimp({ width: 48 + i, height: 40, color }).write(`${directory}/${name}/${i}.png`)
  }
}

/** What a user writes: a small network, one epoch on the folder, the weights. */
const PROGRAM = `
import { writeFile } from 'node:fs/promises'
import { fineTune, loadBackbone, paramGroups, replaceHead, saveWeights, sgd } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

const train = await ImageFolder('images')
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8 })
const model = replaceHead(backbone, { classes: train.classes })
const groups = paramGroups(model, { lr: 1e-3, headLrMultiplier: 10 })
const { epochs } = await fineTune(model, { train, validation: train, epochs: 1, batchSize: 4, optimizer: sgd(groups) })
await writeFile('weights.safetensors', saveWeights(model))
console.log(\`loss \${epochs[0]!.trainLoss > 0} accuracy \${epochs[0]!.validation!.accuracy >= 0}\`)
`

/** What a user of the removed training API writes: a session on artifact files, here of a model with one layer. */
const TRAINING_PROGRAM = `
import { mkdir } from 'node:fs/promises'
import { float32, GraphBuilder, generateArtifacts, int64 } from 'onnx-finetune'
import { TrainingSession } from 'onnx-finetune/training'

const g = new GraphBuilder()
g.initializer('weight', float32(new Float32Array(6), [2, 3]))
g.initializer('bias', float32(new Float32Array(2), [2]))
const logits = g.op('Gemm', [g.input('input', 'float32', ['N', 3]), 'weight', 'bias'], { transB: 1 })
g.output(logits, 'float32', ['N', 2])
await mkdir('artifacts')
await generateArtifacts(g.graph, {
  requiresGrad: ['weight', 'bias'],
  loss: { type: 'crossEntropy', reduction: 'mean' },
  optimizer: 'adamW',
  directory: 'artifacts',
})

const session = await TrainingSession.create({
  checkpointState: 'artifacts/checkpoint',
  trainModel: 'artifacts/training_model.onnx',
  evalModel: 'artifacts/eval_model.onnx',
  optimizerModel: 'artifacts/optimizer_model.onnx',
})
const feeds = { input: float32([1, 0, 2, 0, 1, -1], [2, 3]), labels: int64([0, 1]) }
const loss = session.trainingOutputNames[0]!
const before = Number((await session.runTrainStep(feeds))[loss]!.data[0])
await session.runOptimizerStep()
await session.lazyResetGrad()
const after = Number((await session.runEvalStep(feeds))[loss]!.data[0])
await session.release()
console.log(before.toFixed(4), after < before)
`

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    skipLibCheck: false,
    outDir: 'out',
    rootDir: '.',
  },
  include: ['program.ts', 'training.ts'],
}

describe('the package as a user installs it', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-package-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory])
    const [{ filename }] = JSON.parse(stdout)
    const versions = JSON.parse(await readFile('package.json', 'utf8')).devDependencies as Record<string, string>
    const dependencies = Object.fromEntries(
      ['onnxruntime-node', 'typescript', '@types/node'].map((name) => [name, versions[name]]),
    )
    await writeFile(
      join(directory, 'package.json'),
      JSON.stringify({ type: 'module', dependencies: { ...dependencies, 'onnx-finetune': `file:${filename}` } }),
    )
    await writeFile(join(directory, 'program.ts'), PROGRAM)
    await writeFile(join(directory, 'training.ts'), TRAINING_PROGRAM)
    await drawImages(join(directory, 'images'))
    await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: directory })
  }, 240_000)
  afterAll(() => rm(directory, { recursive: true, force: true }))

  test.each(['nodenext', 'bundler'])(
    'its types check with moduleResolution %s',
    async (moduleResolution) => {
      const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext'
      const config = { ...TSCONFIG, compilerOptions: { ...TSCONFIG.compilerOptions, module, moduleResolution } }
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
      const tsc = join(directory, 'node_modules/typescript/bin/tsc')
      const output = await run('node', [tsc, '-p', '.'], { cwd: directory }).catch((error) => error)
      expect(output.stdout).toBe('')
    },
    120_000,
  )

  test('it trains, and prints nothing of its own', async () => {
    const { stdout, stderr } = await run('node', ['out/program.js'], { cwd: directory })
    expect({ stdout, stderr }).toEqual({ stdout: 'loss true accuracy true\n', stderr: '' })
    expect((await readFile(join(directory, 'weights.safetensors'))).length).toBeGreaterThan(500_000)
  }, 120_000)

  test('onnx-finetune/training trains on artifact files', async () => {
    const { stdout, stderr } = await run('node', ['out/training.js'], { cwd: directory })
    expect({ stdout, stderr }).toEqual({ stdout: '0.6931 true\n', stderr: '' })
  }, 120_000)

  test('require finds it too', async () => {
    const program = "const { fineTune } = require('onnx-finetune'); console.log(typeof fineTune)"
    const { stdout } = await run('node', ['--no-warnings', '-e', program], { cwd: directory })
    expect(stdout).toBe('function\n')
  })

  test('it holds what it needs and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: resolve('.') })
    const [{ files, unpackedSize }] = JSON.parse(stdout) as [{ files: { path: string }[]; unpackedSize: number }]
    const roots = new Set(files.map(({ path }) => path.split('/')[0]))
    expect([...roots].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'src'])
    expect(unpackedSize).toBeLessThan(8.5e6)
  })
})
