import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { chromiumPath, noChromium } from '../support/browser.js'
import { openWebPage, type PageLibrary, toBase64 } from '../support/webPage.js'

declare const library: PageLibrary

const golden = new URL('../golden/', import.meta.url)
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, golden)))
const NETWORK = bytesOf('classifier/float32.onnx')
const FILES = [
  'classifier/tall.png',
  'classifier/turned.png',
  'classifier/wide.png',
  'decode/colour.jpg',
  'decode/turned.jpg',
]

describe.skipIf(!chromiumPath)(`a classifier in the browser${chromiumPath ? '' : ` (${noChromium})`}`, () => {
  let opened: Awaited<ReturnType<typeof openWebPage>>
  beforeAll(async () => {
    opened = await openWebPage()
  })
  afterAll(() => opened?.close())

  test.each([false, true])('predicts of files what Node predicts (in a worker: %s)', async (worker) => {
    const inNode = await loadClassifier(NETWORK, { threads: 1 })
    const expected = await inNode.classify(FILES.map(bytesOf))
    await inNode.release()
    const found = await opened.page.evaluate(
      async ([network, files, worker]) => {
        const classifier = await library.loadClassifier(library.fromBase64(network), { threads: 1, worker })
        const results = await classifier.classify(files.map((text) => new File([library.fromBase64(text)], 'a')))
        await classifier.release()
        return results
      },
      [toBase64(NETWORK), FILES.map((path) => toBase64(bytesOf(path))), worker] as const,
    )
    expect(found.map(({ label }) => label)).toEqual(expected.map(({ label }) => label))
    for (const [i, { scores }] of found.entries())
      for (const [j, { label, score }] of scores.entries()) {
        expect(label).toBe(expected[i]!.scores[j]!.label)
        expect(score).toBeCloseTo(expected[i]!.scores[j]!.score, 4)
      }
  })

  test('takes what a page shows, as it takes the file', async () => {
    const scores = await opened.page.evaluate(
      async ([network, text]) => {
        const classifier = await library.loadClassifier(library.fromBase64(network), { threads: 1 })
        const file = new Blob([library.fromBase64(text)])
        const bitmap = await createImageBitmap(file)
        const { width, height } = bitmap
        const canvas = Object.assign(document.createElement('canvas'), { width, height })
        canvas.getContext('2d')!.drawImage(bitmap, 0, 0)
        const sources = [
          file,
          bitmap,
          canvas,
          canvas.getContext('2d')!.getImageData(0, 0, width, height),
          new VideoFrame(canvas, { timestamp: 0 }),
        ]
        const results = await classifier.classify(sources)
        await classifier.release()
        return results.map(({ scores }) => scores)
      },
      [toBase64(NETWORK), toBase64(bytesOf('classifier/wide.png'))] as const,
    )
    expect(scores.length).toBe(5)
    for (const each of scores) expect(each).toEqual(scores[0])
  })

  test('names a file that is no image', async () => {
    const message = await opened.page.evaluate(async (network) => {
      const classifier = await library.loadClassifier(library.fromBase64(network), { threads: 1 })
      return classifier.classify(new File(['text'], 'lunch.jpg')).catch((error) => `${error.code}: ${error.message}`)
    }, toBase64(NETWORK))
    expect(message).toBe('deploy/unreadable-image: Cannot classify the image lunch.jpg: it is in no known image format')
  })
})
