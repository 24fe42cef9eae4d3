import { expect, test } from 'vitest'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { compose } from '../../src/transforms/compose.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { AnyTransform } from '../../src/transforms/transform.js'
import { transformModule } from '../../src/transforms/transformModule.js'
import { collect, directoryOf, errorOf, twoClasses } from './support.js'

const urlOf = (name: string) => new URL(`transformModules/${name}.js`, import.meta.url).href
const moduleNamed = (name: string) => transformModule(urlOf(name))
const noise: AnyTransform = (await import(urlOf('noise'))).default
const through = (...steps: AnyTransform[]) =>
  compose([randomResizedCrop(8), ...steps, toTensor()] as unknown as [ReturnType<typeof toTensor>])
const photos = async () => ImageFolder(await directoryOf(await twoClasses(4)))

async function load(dataset: Awaited<ReturnType<typeof photos>>, workers: number, ...steps: AnyTransform[]) {
  const loader = createLoader(dataset, { transform: through(...steps), batchSize: 3, shuffle: true, seed: 2, workers })
  try {
    return [...(await collect(loader.epoch(0))), ...(await collect(loader.epoch(1)))].map(({ images }) => images.data)
  } finally {
    await loader.close()
  }
}

const asItIs: AnyTransform = { name: 'asItIs', apply: (value) => value }

test('a module is the transform that it exports, to the byte, with any number of workers and behind any other', async () => {
  const dataset = await photos()
  const expected = await load(dataset, 0, noise)
  for (const workers of [0, 1, 2]) {
    expect(await load(dataset, workers, moduleNamed('noise'))).toEqual(expected)
    expect(await load(dataset, workers, moduleNamed('named'))).toEqual(expected)
  }
  const behind = await load(dataset, 0, asItIs, noise)
  expect(behind).not.toEqual(expected)
  for (const workers of [0, 1]) expect(await load(dataset, workers, asItIs, moduleNamed('noise'))).toEqual(behind)
})

test('it runs in the workers where there are any, and else in the calling thread', async () => {
  const dataset = await photos()
  const paints = async (workers: number, ...steps: AnyTransform[]) =>
    new Set((await load(dataset, workers, ...steps)).flatMap((data) => [...data]))
  expect(await paints(1, moduleNamed('where'))).toEqual(new Set([0]))
  expect(await paints(2, moduleNamed('where'))).toEqual(new Set([0]))
  expect(await paints(0, moduleNamed('where'))).toEqual(new Set([1]))
  expect(await paints(1, asItIs, moduleNamed('where'))).toEqual(new Set([1]))
})

test.each([
  ['empty', /neither its default export nor its export "transform" is an object with a name and apply/],
  ['function', /neither its default export nor its export "transform" is an object with a name and apply/],
  ['throws', /it cannot be imported: out of order/],
  ['missing', /it cannot be imported: /],
])('a module that is %s is an error that names it, in a worker or not', async (name, problem) => {
  const dataset = await photos()
  for (const workers of [0, 1]) {
    const error = await errorOf(load(dataset, workers, moduleNamed(name)))
    expect(error.code).toBe('transforms/bad-module')
    expect(error.facts).toMatchObject({ module: urlOf(name) })
    expect(error.message).toMatch(problem)
  }
})

test('what its transform throws is told as that of any other', async () => {
  const dataset = await photos()
  for (const workers of [0, 1]) {
    const error = await errorOf(load(dataset, workers, moduleNamed('fails')))
    expect(error).toMatchObject({ code: 'transforms/failed', facts: { transform: 'fails', position: 1 } })
    expect((error.cause as Error).message).toBe('not today')
  }
  await expect(async () => moduleNamed('noise').apply(null!, null!)).rejects.toMatchObject({
    code: 'transforms/bad-module',
  })
})
