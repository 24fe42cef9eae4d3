import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ImageDataset, readSample } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { failure, images, smallModel } from './support/smallRun.js'

/** Sixteen images in a folder for each class, and what else there is to be in it. */
async function folder(more: Readonly<Record<string, string>> = {}) {
  const drawn = await images(16, 0)
  const files = drawn.samples.map(
    async ({ label }, i) => [`${drawn.classes[label]}/${10 + i}.png`, await readSample(drawn, i)] as const,
  )
  const directory = await directoryOf({ ...Object.fromEntries(await Promise.all(files)), ...more })
  return { directory, train: await ImageFolder(directory) }
}

async function start(train: ImageDataset, more: Partial<FineTuneOptions>) {
  const model = await smallModel()
  const optimizer = sgd(paramGroups(model, { lr: 0.02 }))
  const loading = { workers: 0, cacheBytes: 0, prefetch: 1 }
  return { run: fineTune(model, { train, epochs: 3, batchSize: 4, optimizer, threads: 1, ...loading, ...more }) }
}

test('unreadable images are left out of a run, counted and named; or they end it with their name', async () => {
  const broken = { 'blue/bad.png': 'nothing', 'red/empty.png': '' }
  const { directory, train } = await folder(broken)
  const { epochs } = await (await start(train, { onError: 'skip' })).run
  const expected = Object.keys(broken).map((name) => [join(directory, name), 'data/unreadable'])
  for (const { skipped } of epochs) expect(skipped.map(({ source, error }) => [source, error.code])).toEqual(expected)
  const error = await failure((await start(train, { onError: 'throw' })).run)
  expect(expected).toContainEqual([(error.facts as { source?: string }).source, error.code])
})

describe.each([0, 1])('a file that vanishes in the middle of a run, with %i workers,', (workers) => {
  /** It is gone when the first of three epochs is over. */
  async function vanishing(onError: 'throw' | 'skip') {
    const { directory, train } = await folder()
    const source = join(directory, 'red/11.png')
    const { run } = await start(train, { onError, workers })
    const examples = [0, 0, 0]
    const skipped: (readonly string[])[] = []
    const problem = await failure(
      (async () => {
        for await (const event of run) {
          if (event.type === 'step') examples[event.epoch - 1]! += event.examples
          if (event.type !== 'epoch') continue
          skipped.push(event.skipped.map((sample) => `${sample.error.code} ${sample.source}`))
          if (event.epoch === 1) await rm(source)
        }
      })(),
    ).catch(() => undefined)
    return { source, examples, skipped, problem }
  }

  test('is left out from there on', async () => {
    const { source, examples, skipped, problem } = await vanishing('skip')
    expect(problem).toBeUndefined()
    expect(examples).toEqual([16, 15, 15])
    expect(skipped).toEqual([[], [`data/unreadable ${source}`], [`data/unreadable ${source}`]])
  })

  test('or ends it with its name', async () => {
    const { source, examples, problem } = await vanishing('throw')
    expect(problem).toMatchObject({ code: 'data/unreadable', facts: { source } })
    expect(problem!.message).toContain('ENOENT')
    expect(examples[0]).toBe(16)
    expect(examples[2]).toBe(0)
  })
})

test('a run that has no image left says so, of those to train on and of those to measure on', async () => {
  const directory = await directoryOf({ 'blue/a.png': '', 'red/b.png': 'nothing' })
  const unreadable = await ImageFolder(directory)
  const error = await failure((await start(unreadable, { onError: 'skip' })).run)
  expect(error).toMatchObject({ code: 'train/no-images', facts: { option: 'train', skipped: 2 } })
  expect(error.message).toContain(`The image ${join(directory, 'blue/a.png')} cannot be read`)
  const { train } = await folder()
  const other = await failure((await start(train, { onError: 'skip', validation: unreadable })).run)
  expect(other).toMatchObject({ code: 'train/no-images', facts: { option: 'validation', skipped: 2 } })
})
