import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

/** The packed package in a project of its own, beside the packages that this repository has installed. */
describe('the packed package', () => {
  let project = ''
  let packed = ''
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'onnx-finetune-packed-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project])
    packed = join(project, JSON.parse(stdout)[0].filename)
    const home = join(project, 'node_modules/onnx-finetune')
    await mkdir(home, { recursive: true })
    await run('tar', ['-xzf', packed, '-C', home, '--strip-components', '1'])
    const others = [...Object.keys(manifest.dependencies), 'onnxruntime-node', 'onnxruntime-web', '@types/node']
    for (const name of others) {
      await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true })
      await symlink(resolve('node_modules', name), join(project, 'node_modules', name), 'dir')
    }
    await writeFile(join(project, 'package.json'), '{}')
  }, 120_000)
  afterAll(() => rm(project, { recursive: true, force: true }))

  test('is small', async () => {
    expect((await stat(packed)).size).toBeLessThan(2.5e6)
  })

  test('is declared as its files are', async () => {
    const { messages } = await publint({
      pkgDir: join(project, 'node_modules/onnx-finetune'),
      strict: true,
      pack: false,
    })
    expect(messages).toEqual([])
  })

  test('every face can be required, and imported, from CommonJS', async () => {
    const program = `
      const { fineTune } = require('onnx-finetune')
      const { ImageFolder } = require('onnx-finetune/node')
      const { TrainingSession } = require('onnx-finetune/training')
      import('onnx-finetune').then((face) => console.log(face.fineTune === fineTune, typeof ImageFolder, typeof TrainingSession))
    `
    const { stdout, stderr } = await run(process.execPath, ['--no-warnings', '-e', program], { cwd: project })
    expect({ stdout, stderr }).toEqual({ stdout: 'true function function\n', stderr: '' })
  })

  test('TypeScript takes it from CommonJS and from ECMAScript modules', async () => {
    const program = [
      "import { fineTune, type FineTuneRun } from 'onnx-finetune'",
      "import { ImageFolder } from 'onnx-finetune/node'",
      "import { TrainingSession } from 'onnx-finetune/training'",
      'export const all: [(...options: never[]) => FineTuneRun, object, object] = [fineTune, ImageFolder, TrainingSession]',
    ].join('\n')
    for (const ending of ['cts', 'mts']) await writeFile(join(project, `program.${ending}`), program)
    const options = [
      '--module',
      'nodenext',
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      '--target',
      'es2023',
      '--types',
      'node',
    ]
    const tsc = resolve('node_modules/typescript/bin/tsc')
    const ended = await run(process.execPath, [tsc, ...options, 'program.cts', 'program.mts'], { cwd: project }).catch(
      (error) => error,
    )
    expect(ended.stdout).toBe('')
  })

  test('trains, and prints nothing of its own', async () => {
    const program = `
      import { fineTune, imageDataset, loadBackbone, paramGroups, replaceHead, rgbImage, sgd } from 'onnx-finetune'
      const image = (grey) => rgbImage(new Uint8Array(32 * 32 * 3).fill(grey), 32, 32)
      const train = imageDataset([{ image: image(0), label: 'dark' }, { image: image(200), label: 'light' }])
      const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8 })
      const model = replaceHead(backbone, { classes: train.classes })
      const before = model.get('fc.weight').data.slice()
      const { epochs } = await fineTune(model, { train, epochs: 1, batchSize: 2, optimizer: sgd(paramGroups(model, { lr: 0.1 })) })
      console.log(epochs[0].trainLoss > 0, model.get('fc.weight').data.some((value, i) => value !== before[i]))`
    await writeFile(join(project, 'train.mjs'), program)
    const { stdout, stderr } = await run(process.execPath, ['train.mjs'], { cwd: project })
    expect({ stdout, stderr }).toEqual({ stdout: 'true true\n', stderr: '' })
  })

  test('brings its command line', async () => {
    const bin = join(project, 'node_modules/onnx-finetune', manifest.bin['onnx-finetune'])
    expect(await readFile(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const { stdout } = await run(process.execPath, [bin, '--version'], { cwd: project })
    expect(stdout).toBe(`${manifest.version}\n`)
  })

  test('Vite makes a page of it, with its workers and the runtime, and without anything of Node', async () => {
    const page = join(project, 'page')
    await mkdir(page)
    await writeFile(join(page, 'index.html'), '<script type="module" src="./main.js"></script>')
    await writeFile(
      join(page, 'main.js'),
      "import { fineTune, loadClassifier } from 'onnx-finetune'\nObject.assign(globalThis, { fineTune, loadClassifier })\n",
    )
    const warnings: string[] = []
    const log = { info() {}, warn: (text: string) => warnings.push(text), error: (text: string) => warnings.push(text) }
    const customLogger = { ...log, warnOnce: log.warn, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false }
    await build({
      root: page,
      configFile: false,
      customLogger,
      worker: { format: 'es' },
      build: { chunkSizeWarningLimit: 5000 },
    })
    const assets = await readdir(join(page, 'dist/assets'))
    expect(
      assets
        .filter((name) => /worker/.test(name))
        .map((name) => name.replace(/-.*/, ''))
        .sort(),
    ).toEqual(expect.arrayContaining(['finetune.worker']))
    expect(assets.some((name) => name.endsWith('.wasm'))).toBe(true)
    const scripts = await Promise.all(
      assets.filter((name) => /\.m?js$/.test(name)).map((name) => readFile(join(page, 'dist/assets', name), 'utf8')),
    )
    expect(scripts.filter((code) => /from\s*["']node:/.test(code))).toEqual([])
    // How long the parts of a build took is no warning about the package.
    expect(warnings.filter((text) => !text.includes('PLUGIN_TIMINGS'))).toEqual([])
  }, 120_000)
})

describe('what it depends on', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8'))
  const imports = (name: string) => sources.some((code) => new RegExp(`['"]${name}(/[^'"]*)?['"]`).test(code))

  test('every dependency is used', () => {
    // The types of a package are used where the package is.
    const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
    expect(names.filter((name) => !imports(name.replace('@types/', '')))).toEqual([])
  })

  test('every package that the sources import is one', () => {
    const known = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
    const named = sources.flatMap((code) =>
      [...code.matchAll(/^(?:import|export)\s(?!type)[^'"`;]*?from\s+'(?![.#]|node:)((?:@[^/']+\/)?[^/']+)/gm)].map(
        ([, name]) => name!,
      ),
    )
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([])
  })
})
