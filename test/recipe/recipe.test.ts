import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/evaluation/evaluate.js'
import { freeze } from '../../src/model/freeze.js'
import { keepClassifier } from '../../src/model/keepClassifier.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import type { AutomaticEvent } from '../../src/recipe/events.js'
import { fineTune } from '../../src/recipe/fineTune.js'
import { isWorse, lossesOf } from '../../src/recipe/losses.js'
import type { AutomaticOptions } from '../../src/recipe/options.js'
import { checkAutomatic } from '../../src/recipe/options.js'
import { secondsFor } from '../../src/recipe/parts.js'
import { tuningRun } from '../../src/recipe/tuning.js'
import { failure, images, rejection, smallModel, smallResnet18, tensorsOf } from '../finetune/support/smallRun.js'
import { encodePng } from '../support/png.js'
import { settings } from '../support/where.js'

/** So many that two trials are made. */
const train = await images(104, 0)
const validation = await images(16, 1)
const optionsFor = (more: Partial<AutomaticOptions> = {}): AutomaticOptions => ({
  ...{ recipe: 'auto', train, validation, epochs: 1, batchSize: 8, workers: 0, ...settings },
  ...more,
})

function noiseImage(seed: number): Promise<Uint8Array> {
  const random = seededRandom('noise', seed)
  return encodePng(
    Uint8Array.from({ length: 3 * 48 * 48 }, () => random.integer(0, 255)),
    48,
    48,
  )
}

async function eventsOf(run: AsyncIterable<AutomaticEvent>): Promise<AutomaticEvent[]> {
  const events: AutomaticEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

describe('the automatic recipe', () => {
  let chosen: Record<string, Tensor> = {}

  test('tells its plan, tries heads and all layers, and the model is what it chose', async () => {
    const model = await smallModel()
    const run = fineTune(model, optionsFor())
    const events = await eventsOf(run)
    chosen = tensorsOf(model)
    const { recipe, validation: measured } = await run
    const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []))
    const trials = ['trial', 'measurement']
    expect(events[0]!.type).toBe('plan')
    expect(stages.slice(0, 5)).toEqual(['data', 'features', 'head', ...trials])
    expect(stages.filter((stage) => stage === 'trial')).toHaveLength(recipe.plan.trials)
    expect(recipe.plan).toMatchObject({ images: 104, perClass: [52, 52], epochs: 1, trials: 2, refit: true })
    expect(recipe.candidates.map(({ share, images }) => [share, images])).toEqual(
      [0, 0.5, 1].map((share) => [share, 42]),
    )
    expect(recipe.candidates).toContainEqual(recipe.chosen)
    expect(measured!.accuracy).toBe((await evaluate(model, validation, settings)).accuracy)
    expect(run.record).toMatchObject({ status: 'done', validation: { samples: 16 } })
    expect(run.record.epochs.at(-1)!.validation!.examples).toBe(16)
    expect(run.record.predictions).toHaveLength(16)
    expect(run.record.recipe).toEqual(recipe)
  })

  test('gives the same bytes again, whatever the head was', async () => {
    const other = await smallModel()
    other.set('fc.bias', { ...other.get('fc.bias'), data: Float32Array.of(3, -3) })
    await fineTune(other, optionsFor({ validation: undefined, workers: 2 }))
    expect(tensorsOf(other)).toEqual(chosen)
  })

  test('resumes after interruptions in a trial and in the last training, with the same bytes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'recipe-'))
    const kept = (more: Partial<AutomaticOptions> = {}) =>
      optionsFor({ validation: undefined, checkpoint: { directory, everySteps: 3 }, resume: 'auto', ...more })
    const stages: string[][] = []
    const runUntil = async (wanted: string) => {
      const [model, seen] = [await smallModel(), [] as string[]]
      stages.push(seen)
      const run = fineTune(model, kept())
      for await (const event of run) {
        if (event.type === 'stage') seen.push(`${event.stage} ${event.trial ?? ''}`.trim())
        if (event.type === 'resumed') seen.push(`from step ${event.step}`)
        if (seen.at(-1) === wanted && event.type === 'step' && event.step === 5) break
      }
      return { model, run }
    }
    await runUntil('trial 2')
    await runUntil('training')
    const { model, run } = await runUntil('the end')
    expect(stages[0]).toEqual(['data', 'features', 'head', 'trial 1', 'measurement 1', 'trial 2'])
    expect(stages[1]).toEqual(['data', 'features', 'head', 'trial 2', 'from step 5', 'measurement 2', 'training'])
    expect(stages[2]).toEqual(['data', 'features', 'head', 'training', 'from step 5'])
    expect(tensorsOf(model)).toEqual(chosen)
    expect(run.record.steps).toHaveLength(13)
    expect((await readdir(join(directory, 'trial-1'))).filter((name) => name.endsWith('.safetensors'))).toEqual([])
    const changed = kept({ train: { ...train, samples: train.samples.slice(1) } })
    expect((await failure(fineTune(await smallModel(), changed))).code).toBe('train/checkpoint-differs')
    expect((await failure(fineTune(model, kept()))).message).toContain('weights:')
    const anew = kept({ resume: undefined })
    expect((await failure(fineTune(await smallModel(), anew))).code).toBe('train/checkpoints-there')
    await rm(directory, { recursive: true })
  })

  test('leaves everything but the head as it was where only that is to train', async () => {
    const model = await smallModel()
    const before = tensorsOf(model)
    freeze(model, /^(?!fc)/)
    const { recipe } = await fineTune(model, optionsFor({ epochs: undefined }))
    const changed = Object.entries(tensorsOf(model)).filter(
      ([name, { data }]) => String(data) !== String(before[name]!.data),
    )
    expect(changed.map(([name]) => name)).toEqual(['fc.weight', 'fc.bias'])
    expect(recipe.candidates).toHaveLength(1)
    expect(recipe.plan).toMatchObject({ epochs: 0, trials: 0, isHeadAlone: true })
    expect(recipe.advice[0]).toContain('only the head is to be trained')
  })

  test('finds the labels that are wrong, and names the class that is recognised least', async () => {
    const model = await smallResnet18()
    const samples = train.samples.map((sample, i) => (i === 3 ? { ...sample, label: 1 - sample.label } : sample))
    const { recipe } = await fineTune(
      model,
      optionsFor({ train: { ...train, samples }, epochs: 0, validation: undefined }),
    )
    expect(recipe.labelIssues[0]).toMatchObject({ index: 3, given: 0, suggested: 1, source: 'image 3' })
    expect(recipe.advice.join('\n')).toContain('1 label looks wrong, first of all image 3: blue, or rather red?')
  })

  test('names copies, and measures none on that others of it were trained on', async () => {
    // The labels of images of noise are chance: only who has seen them before knows them.
    const noise = Array.from({ length: 24 }, (_, i) => noiseImage(i))
    const bytes = await Promise.all([...noise, ...noise, ...noise])
    const samples = bytes.map((_, i) => ({ source: `noise ${i}`, label: (i % 24) % 2 }))
    const noisy = { classes: train.classes, samples, read: async (index: number) => bytes[index]!.slice() }
    const model = await smallModel()
    const { recipe } = await fineTune(
      model,
      optionsFor({ train: noisy, validation: { ...noisy, samples: samples.slice(2, 3) }, epochs: 0 }),
    )
    expect(recipe.duplicates).toHaveLength(24)
    expect(recipe.duplicates[1]!.images.map(({ index }) => index)).toEqual([1, 25, 49])
    expect(recipe.candidates[0]!.accuracy).toBeLessThan(0.75)
    const advice = recipe.advice.join('\n')
    expect(advice).toContain('24 images occur more than once, or nearly so, first of all noise 0 and noise 24')
    expect(advice).toContain('1 validation image is among the training images too')
  })

  test('uses what the pretrained network knew of the classes, if that helps', async () => {
    const known = await smallModel()
    await fineTune(known, optionsFor({ epochs: 0, validation: undefined }))
    const few = { ...train, samples: train.samples.slice(0, 12) }
    const accuracies: number[] = []
    for (const backbone of [known, keepClassifier(known, { classes: [0, 1] })]) {
      const model = replaceHead(backbone, { classes: train.classes })
      const { recipe, validation: measured } = await fineTune(model, optionsFor({ train: few, epochs: 0 }))
      accuracies.push(measured!.accuracy)
      expect(recipe.usesKept).toBe(backbone !== known)
      expect(recipe.advice.join('\n').includes('already knew')).toBe(backbone !== known)
    }
    expect(accuracies[1]).toBeGreaterThanOrEqual(accuracies[0]!)
  })

  test('is stopped by its signal, with the head that it had fitted', async () => {
    const model = await smallModel()
    const stop = new AbortController()
    const reason = new Error('enough')
    const run = fineTune(model, optionsFor({ signal: stop.signal }))
    const consume = async () => {
      for await (const event of run) if (event.type === 'stage' && event.stage === 'trial') stop.abort(reason)
    }
    expect(await rejection(consume())).toBe(reason)
    expect((await evaluate(model, validation, settings)).accuracy).toBeGreaterThan(0.8)
    expect(run.record.status).toBe('stopped')
  })

  test('refuses other classes and options of a run without recipe', async () => {
    const model = await smallModel()
    const other = { ...train, classes: ['red', 'blue'] }
    expect((await failure(Promise.resolve().then(() => fineTune(model, optionsFor({ train: other }))))).code).toBe(
      'train/classes',
    )
    const wrong = { ...optionsFor(), accumulate: 2 } as AutomaticOptions
    expect((await failure(Promise.resolve().then(() => fineTune(model, wrong)))).code).toBe('options/invalid')
  })

  test('ends a training that is slower than planned when its time is over', async () => {
    const model = await smallModel()
    const options = checkAutomatic(optionsFor({ epochs: undefined, budget: 10 }))
    const { epochs, seconds } = await tuningRun(model, train, { epochs: 10_000, seconds: 1 }, options)
    expect(epochs.length).toBeLessThan(10_000)
    expect(seconds).toBeLessThan(20)
    const run = { options, since: performance.now() - 2000 }
    expect(secondsFor(run, 0.5)).toBeCloseTo((0.95 * 10 - 2) / 2, 1)
    expect(secondsFor({ ...run, options: checkAutomatic(optionsFor({ epochs: 3 })) }, 0.5)).toBeUndefined()
  })
})

test('losses are worse if the difference is beyond its standard error', () => {
  const others = [0.2, 0.4, 0.1, 0.3]
  const plus = (more: readonly number[]) => others.map((loss, i) => loss + more[i]!)
  expect(isWorse(plus([0.1, 0.1, 0.1, 0.1]), others)).toBe(true)
  // A mean of 0.1, with a standard error of 0.165.
  expect(isWorse(plus([0.5, -0.3, 0.4, -0.2]), others)).toBe(false)
  expect(isWorse(others, plus([0.1, 0.1, 0.1, 0.1]))).toBe(false)
  // Softmax of (2, 0) at its label 0 and of (2, 0) at 1, at the temperature at which half of them may be wrong.
  expect(lossesOf(Float64Array.of(2, 0, 2, 0), [0, 1], 2).map((loss) => loss.toFixed(1))).toEqual(['0.6', '0.7'])
})
