import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readSample } from '../../src/data/dataset/dataset.js'
import { tarDataset } from '../../src/data/dataset/tarDataset.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { cutOff, honest, serve } from '../support/fileServer.js'
import { type TarFile, tar } from '../support/tar.js'
import { collect, directoryOf, errorOf, png } from './support.js'

/** The shards `0.tar`, `1.tar`, ... of these files, as paths. */
async function shardsOf(...shards: readonly (readonly TarFile[])[]): Promise<string[]> {
  const files = Object.fromEntries(shards.map((shard, i) => [`${i}.tar`, tar(shard)]))
  const directory = await directoryOf(files)
  return shards.map((_, i) => join(directory, `${i}.tar`))
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('shards', () => {
  test('have their images, with classes in numbers or by name, in any order of files', async () => {
    const shards = await shardsOf(
      [
        { name: 'd/a.jpg', content: 'A' },
        { name: 'd/a.cls', content: '10\n' },
        { name: 'd/b.seg.png', content: 'mask' },
        { name: 'd/b.CLS', content: '9' },
        { name: 'd/b.JPG', content: 'B' },
      ],
      [
        { name: 'd/a.txt', content: 'rex' },
        { name: 'd/a.png', content: 'A again' },
      ],
    )
    const dataset = await tarDataset([shards[0]!, pathToFileURL(shards[1]!)])
    expect(dataset.classes).toEqual(['9', '10', 'rex'])
    expect(dataset.samples).toEqual([
      { source: `${shards[0]}/d/a.jpg`, label: 1 },
      { source: `${shards[0]}/d/b.JPG`, label: 0 },
      { source: `${shards[1]}/d/a.png`, label: 2 },
    ])
    expect(await Promise.all([0, 1, 2].map(async (i) => text(await readSample(dataset, i))))).toEqual([
      'A',
      'B',
      'A again',
    ])
  })

  test('have labels, weights and groups in JSON; a number is that of a given class', async () => {
    const json = (facts: object) => JSON.stringify(facts)
    const [shard] = await shardsOf([
      { name: '1.jpg', content: '1' },
      { name: '1.json', content: json({ label: 1, weight: 2, group: 'x', more: [] }) },
      { name: '2.jpg', content: '2' },
      { name: '2.json', content: json({ labels: ['cat', 1], group: 7 }) },
    ])
    const { classes, samples } = await tarDataset(shard!, { classes: ['cat', 'dog'] })
    expect(classes).toEqual(['cat', 'dog'])
    expect(samples.map(({ source: _, ...facts }) => facts)).toEqual([
      { label: 1, labels: [1], weight: 2, group: 'x' },
      { label: 0, labels: [0, 1], weight: 1, group: '7' },
    ])
  })

  test('are named by a range of numbers', async () => {
    const sample = (name: string) => [
      { name: `${name}.jpg`, content: name },
      { name: `${name}.cls`, content: '0' },
    ]
    const directory = await directoryOf({
      'a-08.tar': tar(sample('x')),
      'a-09.tar': tar(sample('y')),
      'a-10.tar': tar(sample('z')),
    })
    const dataset = await tarDataset(join(directory, 'a-{08..10}.tar'))
    const names = dataset.samples.map(({ source }) => source.slice(directory.length + 1))
    expect(names).toEqual(['a-08.tar/x.jpg', 'a-09.tar/y.jpg', 'a-10.tar/z.jpg'])
  })

  test('are read nearly in sequence with a window, from the seed, and from any batch on', async () => {
    const image = await png(8, 8)
    const shard = (i: number) =>
      Array.from({ length: 8 }, (_, k) => [
        { name: `${i}-${k}.png`, content: image },
        { name: `${i}-${k}.cls`, content: String(i % 2) },
      ]).flat()
    const dataset = await tarDataset(await shardsOf(...Array.from({ length: 5 }, (_, i) => shard(i))), { window: 6 })
    const order = async (seed: number, epoch: number, from?: number) => {
      const transform = compose([resize(8), toTensor()])
      const loader = createLoader(dataset, { transform, batchSize: 4, shuffle: true, seed, workers: 0 })
      const batches = await collect(loader.epoch(epoch, from))
      await loader.close()
      return batches.flatMap(({ indices }) => [...indices])
    }
    const first = await order(0, 0)
    expect(first.toSorted((a, b) => a - b)).toEqual([...Array(40).keys()])
    expect(await order(0, 0, 3)).toEqual(first.slice(12))
    expect(await order(0, 1)).not.toEqual(first)
    expect(await order(1, 0)).not.toEqual(first)
    // Half a dozen samples reach into two shards of eight at most.
    for (let at = 0; at + 4 <= 40; at += 4)
      expect(new Set(first.slice(at, at + 4).map((index) => Math.floor(index / 8))).size).toBeLessThanOrEqual(3)
  })

  test.each<[string, readonly TarFile[], string]>([
    ['no image', [{ name: 'a.cls', content: '1' }], 'the sample "a" has no image'],
    ['two images', [{ name: 'a.jpg' }, { name: 'a.png' }], 'the sample "a" has two images'],
    ['no class', [{ name: 'a.jpg' }, { name: 'b.cls' }], 'the sample "a" has no class'],
    ['an empty class', [{ name: 'a.jpg' }, { name: 'a.cls' }], 'label must be a text that is not empty'],
    ['a class that is no JSON', [{ name: 'a.jpg' }, { name: 'a.json', content: '{' }], 'is not JSON'],
    ['no class in its JSON', [{ name: 'a.jpg' }, { name: 'a.json', content: 'null' }], 'has neither label nor labels'],
    ['a wrong weight', [{ name: 'a.jpg' }, { name: 'a.json', content: '{"label":1,"weight":-1}' }], 'weight must be'],
    ['a path upwards', [{ name: '../a.jpg' }], 'is a path that leaves the archive'],
    ['nothing', [], 'it has no image'],
  ])('with %s are refused, and named', async (_, files, message) => {
    const [shard] = await shardsOf(files)
    const error = await errorOf(tarDataset(shard!))
    expect(error.code).toBe('dataset/bad-shard')
    expect(error.message).toContain(message)
    expect(error.message).toContain(shard)
  })

  test('of the web are fetched once, whole, and again after a break; they must fit', async () => {
    const shard = (name: string) =>
      tar([
        { name: `${name}.jpg`, content: name.repeat(3000) },
        { name: `${name}.cls`, content: name },
      ])
    const served = await serve({ '/a-0.tar': cutOff(shard('x'), 1000, 1), '/a-1.tar': honest(shard('y')) })
    onTestFinished(() => served.close())
    const cacheDirectory = await directoryOf({})
    const shards = `${served.url}/a-{0..1}.tar`
    const dataset = await tarDataset(shards, { cacheDirectory })
    expect(dataset.samples.map(({ source }) => source)).toEqual([
      `${served.url}/a-0.tar/x.jpg`,
      `${served.url}/a-1.tar/y.jpg`,
    ])
    expect(text(await readSample(dataset, 0))).toBe('x'.repeat(3000))
    const asked = served.requests.map(({ path, range }) => [path, range])
    expect(asked.slice(0, 2)).toEqual([
      ['/a-0.tar', undefined],
      ['/a-0.tar', 'bytes=1000-'],
    ])
    expect((await tarDataset([`${served.url}/a-1.tar`], { cacheDirectory })).classes).toEqual(['y'])
    expect(served.requests).toHaveLength(asked.length)
    const small = await errorOf(tarDataset(shards, { cacheDirectory, shardBytes: 8000 }))
    expect(small.message).toContain('a-1.tar cannot be read: with it, the shards need more than the 8000 bytes')
    expect((await errorOf(tarDataset(`${served.url}/b.tar`, { cacheDirectory }))).code).toBe('download/gone')
  })

  test('that are missing, or become shorter, are named', async () => {
    expect((await errorOf(tarDataset('/nowhere/a.tar'))).message).toContain('/nowhere/a.tar cannot be read: ENOENT')
    const [shard] = await shardsOf([
      { name: 'a.cls', content: '0' },
      { name: 'a.jpg', content: 'abc' },
    ])
    const dataset = await tarDataset(shard!)
    await truncate(shard!, 1500)
    expect((await errorOf(readSample(dataset, 0))).message).toContain('the shard has become shorter')
    await writeFile(shard!, '')
    expect((await errorOf(readSample(dataset, 0))).code).toBe('data/unreadable')
  })
})
