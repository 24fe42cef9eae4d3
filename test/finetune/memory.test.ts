import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { estimateMemory } from '../../src/finetune/memory/estimateMemory.js'
import { liveBytes } from '../../src/finetune/memory/liveBytes.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { adamW } from '../../src/optim/adam.js'
import { sgd } from '../../src/optim/sgd.js'
import { images, smallModel } from './support/smallRun.js'

const system = vi.hoisted(() => ({ available: undefined as number | undefined }))
vi.mock('#platform', async (original) => ({ ...(await original<object>()), availableMemory: () => system.available }))
afterEach(() => {
  system.available = undefined
})

const child = fileURLToPath(new URL('support/trainAlone.js', import.meta.url))

async function model(width: number, imageSize: number) {
  const backbone = await loadBackbone('resnet18', { weights: 'none', width, imageSize, classes: 3 })
  return replaceHead(backbone, { classes: ['blue', 'red'] })
}

test('values live from the node that makes them to the last that reads them', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [10])
  for (const name of ['a', 'b', 'c']) g.graph.values.set(name, { name, type: 'float32', shape: [10] })
  g.op('Relu', [x], {}, { outputs: ['a'] })
  g.op('Relu', ['a'], {}, { outputs: ['b'] })
  g.op('Relu', ['b'], {}, { outputs: ['c'] })
  g.output(g.op('Add', ['c', 'a'], {}, { outputs: ['y'] }), 'float32', [10])
  // a, b and c while c is made; with a read no more at the end, two at a time.
  expect(liveBytes(g.graph, () => true)).toBe(3 * 40)
  g.graph.nodes.at(-1)!.inputs[1] = 'x'
  expect(liveBytes(g.graph, () => true)).toBe(2 * 40)
  expect(liveBytes(g.graph, (name) => name === 'a')).toBe(40)
})

test('an estimate grows with batches, optimizer state and accumulation, and shrinks with frozen layers', async () => {
  const network = await model(16, 64)
  const [plain, heavy] = [sgd(paramGroups(network, { lr: 1 }), { momentum: 0 }), adamW(paramGroups(network, { lr: 1 }))]
  const base = await estimateMemory(network, { optimizer: plain, batchSize: 8 })
  const double = await estimateMemory(network, { optimizer: plain, batchSize: 16 })
  expect(double.activations / base.activations).toBeCloseTo(2, 1)
  expect(double.batches).toBe(2 * base.batches)
  expect(base.optimizer).toBe(0)
  expect((await estimateMemory(network, { optimizer: heavy })).optimizer).toBe(4 * base.gradients)
  const adding = await estimateMemory(network, { optimizer: plain, batchSize: 8, accumulate: 2 })
  expect(adding.gradients).toBe(3 * base.gradients)
  const { total, ...parts } = base
  expect(total).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0))
  freeze(network, { upTo: 'layer4' })
  const frozen = await estimateMemory(network, { optimizer: sgd(paramGroups(network, { lr: 1 })), batchSize: 8 })
  expect(frozen.activations).toBeLessThan(base.activations / 2)
})

test('an estimate is that of a process which trains', async () => {
  const measure = (batchSize: number) => {
    const task = { width: 16, imageSize: 128, batchSize, images: batchSize }
    return JSON.parse(execFileSync(process.execPath, [child, JSON.stringify(task)], { encoding: 'utf8' })).peak
  }
  const network = await model(16, 128)
  const optimizer = sgd(paramGroups(network, { lr: 1 }))
  const loading = { workers: 0, cacheBytes: 0, prefetch: 1 }
  const estimate = async (batchSize: number) =>
    (await estimateMemory(network, { optimizer, batchSize, ...loading })).total
  const [small, large] = [measure(8), measure(80)]
  expect((await estimate(80)) / large).toBeGreaterThan(0.6)
  expect((await estimate(80)) / large).toBeLessThan(1.6)
  const growth = ((await estimate(80)) - (await estimate(8))) / (large - small)
  expect(growth).toBeGreaterThan(0.5)
  expect(growth).toBeLessThan(2)
})

async function warningsOf(available: number | undefined, batchSize: number): Promise<FineTuneEvent[]> {
  const network = await smallModel()
  const optimizer = sgd(paramGroups(network, { lr: 1e-3 }))
  const options = { train: await images(8, 0), epochs: 1, batchSize, optimizer, workers: 0, threads: 1 }
  system.available = available
  const events: FineTuneEvent[] = []
  for await (const event of fineTune(network, options)) events.push(event)
  return events.filter(({ type }) => type === 'warning')
}

test('a run that will not fit says so, with batches that do; one that fits is silent', async () => {
  const network = await smallModel()
  const optimizer = sgd(paramGroups(network, { lr: 1e-3 }))
  const need = async (batchSize: number, accumulate: number) =>
    (await estimateMemory(network, { optimizer, batchSize, accumulate, workers: 0 })).total
  const available = await need(100, 3)
  const [warning] = await warningsOf(available, 300)
  expect(warning).toMatchObject({
    code: 'train/memory',
    facts: { batchSize: 300, available, needed: await need(300, 1) },
  })
  expect(warning).toMatchObject({ facts: { instead: { batchSize: 100, accumulate: 3 } } })
  expect(warning).toMatchObject({ message: expect.stringContaining('batchSize: 100 with accumulate: 3') })
  expect(await warningsOf(await need(300, 1), 300)).toEqual([])
  expect(await warningsOf(undefined, 300)).toEqual([])
  const [hopeless] = await warningsOf(2 ** 20, 300)
  expect(hopeless).toMatchObject({ message: expect.stringContaining('Freeze layers') })
})

test.skipIf(process.platform !== 'linux')(
  'where memory is at its end the run says how to need less, ends, and the model is as it was',
  () => {
    const task = JSON.stringify({ width: 64, imageSize: 512, batchSize: 32, images: 32 })
    // Of 5 GB that it wants.
    const command = `ulimit -v 4400000; exec "$0" "$1" "$2"`
    const output = untilItLives(() =>
      execFileSync('sh', ['-c', command, process.execPath, child, task], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 120_000,
      }),
    )
    const { code, message, facts, isUnchanged } = JSON.parse(output.trim().split('\n').at(-1)!)
    expect([code, isUnchanged]).toEqual(['train/out-of-memory', true])
    expect(facts).toMatchObject({ batchSize: 32, instead: { batchSize: 16, accumulate: 2 } })
    expect(message).toMatch(/batches of 32 images.*estimated to need 5\.\d GiB.*batchSize: 16 with accumulate: 2/s)
  },
)

/** Where V8 is the one that finds no memory, it ends the process: then again, a few times. */
function untilItLives(run: () => string, times = 6): string {
  try {
    return run()
  } catch (error) {
    if (times === 1) throw error
    return untilItLives(run, times - 1)
  }
}
