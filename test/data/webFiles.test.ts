import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomHorizontalFlip } from '../../src/transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { chromiumPath, noChromium } from '../support/browser.js'
import { openWebPage, type PageLibrary, toBase64 } from '../support/webPage.js'
import { collect, directoryOf, png, twoClasses } from './support.js'

declare const library: PageLibrary

/** A hundred files of each of two classes, one of them damaged. */
async function files(): Promise<Record<string, Uint8Array>> {
  const all = await twoClasses(100)
  return { ...all, 'dog/7.png': all['dog/7.png']!.subarray(0, 60) }
}

describe.skipIf(!chromiumPath)(`image files in the browser${chromiumPath ? '' : ` (${noChromium})`}`, () => {
  let opened: Awaited<ReturnType<typeof openWebPage>>
  beforeAll(async () => {
    opened = await openWebPage()
  })
  afterAll(() => opened?.close())

  test('200 chosen files load as in Node, to the bit; the damaged one is named', async () => {
    const directory = await directoryOf(await files())
    const transform = compose([
      randomResizedCrop(24),
      randomHorizontalFlip(),
      toTensor(),
      normalize([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]),
    ])
    const folder = await ImageFolder(directory)
    const loader = createLoader(folder, { transform, batchSize: 16, shuffle: true, seed: 5, onError: 'skip' })
    const expected = [...(await collect(loader.epoch(0))), ...(await collect(loader.epoch(1)))]
    await loader.close()

    await opened.page.setContent('<input type="file" webkitdirectory>')
    await opened.page.setInputFiles('input', directory)
    const found = await opened.page.evaluate(async () => {
      const { compose, randomResizedCrop, randomHorizontalFlip, toTensor, normalize } = library
      const { files } = await library.imageFiles(document.querySelector('input')!.files!)
      const dataset = library.fileDataset(files)
      const transform = compose([
        randomResizedCrop(24),
        randomHorizontalFlip(),
        toTensor(),
        normalize([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]),
      ])
      const loader = library.createLoader(dataset, {
        transform,
        batchSize: 16,
        shuffle: true,
        seed: 5,
        workers: 3,
        onError: 'skip',
      })
      const batches = []
      for (const epoch of [0, 1])
        for await (const { images, labels, indices } of loader.epoch(epoch))
          batches.push({
            images: library.toBase64(
              new Uint8Array(images.data.buffer, images.data.byteOffset, images.data.byteLength),
            ),
            labels: [...labels.data].map(Number),
            indices: [...indices],
          })
      const skipped = loader.skipped.map(({ source, error }) => [source, error.code])
      await loader.close()
      return { classes: dataset.classes, batches, skipped }
    })
    expect(found.classes).toEqual(folder.classes)
    expect(found.skipped).toEqual([[join(directory.split('/').at(-1)!, 'dog/7.png'), 'data/unreadable']])
    expect(found.batches.map(({ labels, indices }) => ({ labels, indices }))).toEqual(
      expected.map(({ labels, indices }) => ({ labels: [...labels.data].map(Number), indices: [...indices] })),
    )
    const bytesOf = ({ data }: { data: Float32Array }) =>
      toBase64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    expect(found.batches.map(({ images }) => images)).toEqual(expected.map(({ images }) => bytesOf(images)))
  })

  test('a worker that dies is replaced: the batches are the same, and no file is blamed', async () => {
    const directory = await directoryOf(await twoClasses(8))
    await opened.page.setContent('<input type="file" webkitdirectory>')
    await opened.page.setInputFiles('input', directory)
    const [calm, disturbed] = await opened.page.evaluate(async () => {
      const { files } = await library.imageFiles(document.querySelector('input')!.files!)
      const dataset = library.fileDataset(files)
      const load = async () => {
        const transform = library.compose([library.randomResizedCrop(16), library.toTensor()])
        const loader = library.createLoader(dataset, { transform, batchSize: 4, workers: 2, seed: 1, onError: 'skip' })
        const sums = []
        for await (const { images, indices } of loader.epoch(0))
          sums.push(
            [...indices],
            images.data.reduce((sum, value) => sum + value),
          )
        await loader.close()
        return { sums, skipped: loader.skipped.map(({ index }) => index) }
      }
      const calm = await load()
      const Plain = Worker
      let deaths = 0
      /** A worker that dies of its fifth message, twice in all. */
      globalThis.Worker = class extends Plain {
        #messages = 0
        override postMessage(...message: unknown[]): void {
          if (++this.#messages === 5 && ++deaths <= 2) {
            this.terminate()
            setTimeout(() => this.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' })))
          } else super.postMessage(...(message as [unknown, Transferable[]]))
        }
      }
      const disturbed = await load().finally(() => {
        globalThis.Worker = Plain
      })
      return [calm, { ...disturbed, deaths: Math.min(deaths, 2) }] as const
    })
    expect(disturbed).toEqual({ ...calm, deaths: 2 })
    expect(calm.skipped).toEqual([])
  })

  test('dropped folders and directory handles are walked, and what is left out is said', async () => {
    const image = await png(9, 8)
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, i) => [`cat/${i}.png`, image]))
    const directory = await directoryOf({
      ...many,
      'dog/x/1.PNG': image,
      'dog/.hidden.png': image,
      '.git/a.png': image,
      'dog/notes.txt': 'x',
    })
    await opened.page.setContent('<div style="width:300px;height:300px">drop here</div>')
    await opened.page.evaluate(() => {
      document.body.addEventListener('dragover', (event) => event.preventDefault())
      document.body.addEventListener('drop', (event) => {
        event.preventDefault()
        Object.assign(globalThis, { dropped: library.imageFiles(event.dataTransfer!) })
      })
    })
    const cdp = await opened.page.context().newCDPSession(opened.page)
    const data = { items: [], files: [directory], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await cdp.send('Input.dispatchDragEvent', { type, x: 50, y: 50, data })
    const root = directory.split('/').at(-1)!
    const { paths, leftOut, handled } = await opened.page.evaluate(async (root) => {
      const { files, leftOut } = await (globalThis as unknown as { dropped: ReturnType<typeof library.imageFiles> })
        .dropped
      // The same tree as handles.
      const top = await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true })
      for (const { path, file } of files) {
        const parts = path.split('/').slice(1)
        let folder = top
        for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true })
        const handle = await folder.getFileHandle(parts.at(-1)!, { create: true })
        const stream = await handle.createWritable()
        await stream.write(file)
        await stream.close()
      }
      await top.getFileHandle('notes.txt', { create: true })
      const byHandle = await library.imageFiles(top)
      return {
        paths: files.map(({ path }) => path).sort(),
        leftOut: leftOut.map(({ path, reason }) => `${path} ${reason}`).sort(),
        handled: { paths: byHandle.files.map(({ path }) => path).sort(), leftOut: byHandle.leftOut },
      }
    }, root)
    expect(paths).toEqual([...Object.keys(many), 'dog/x/1.PNG'].map((path) => `${root}/${path}`).sort())
    expect(leftOut).toEqual([
      `${root}/.git hidden`,
      `${root}/dog/.hidden.png hidden`,
      `${root}/dog/notes.txt not an image`,
    ])
    expect(handled).toEqual({ paths, leftOut: [{ path: `${root}/notes.txt`, reason: 'not an image' }] })
  })
})
