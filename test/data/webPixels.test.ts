import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, noChromium } from '../support/browser.js'
import { openWebPage, type PageLibrary, toBase64 } from '../support/webPage.js'
import { png } from './support.js'

declare const library: PageLibrary

describe.skipIf(!chromiumPath)(`decoded images in the browser${chromiumPath ? '' : ` (${noChromium})`}`, () => {
  let opened: Awaited<ReturnType<typeof openWebPage>>
  beforeAll(async () => {
    opened = await openWebPage()
  })
  afterAll(() => opened?.close())

  test('every kind of decoded image gives its pixels, and trains without an encoder', async () => {
    const results = await opened.page.evaluate(
      async (text) => {
        const file = new Blob([library.fromBase64(text)], { type: 'image/png' })
        const expected = await library.rgbImageFrom(file)
        const [height, width] = expected.shape as [number, number]
        const canvas = Object.assign(document.createElement('canvas'), { width, height })
        canvas.getContext('2d')!.drawImage(await createImageBitmap(file), 0, 0)
        const offscreen = new OffscreenCanvas(width, height)
        offscreen.getContext('2d')!.drawImage(canvas, 0, 0)
        const element = Object.assign(document.createElement('img'), { src: URL.createObjectURL(file) })
        await element.decode()
        const sources = {
          canvas,
          offscreen,
          element,
          data: canvas.getContext('2d')!.getImageData(0, 0, width, height),
          bitmap: await createImageBitmap(file),
          frame: new VideoFrame(canvas, { timestamp: 0 }),
          pixels: expected,
          file: new File([file], 'a.png'),
        }
        const dataset = library.imageDataset(
          Object.entries(sources).map(([key, image]) => ({ image, label: 'x', key })),
        )
        // What the canvas shows after the call is not in the dataset.
        canvas.getContext('2d')!.clearRect(0, 0, width, height)
        const images = await library.pickSamples(dataset, [...dataset.samples.keys()])
        const same = images.map(
          ({ data, shape }) =>
            `${shape}` === `${expected.shape}` && data.every((value, i) => value === expected.data[i]),
        )
        return Object.fromEntries(dataset.samples.map(({ source }, i) => [source, same[i]]))
      },
      toBase64(await png(21, 33)),
    )
    expect(results).toEqual(Object.fromEntries(Object.keys(results).map((name) => [name, true])))
    expect(Object.keys(results).length).toBe(8)
  })

  test('partly transparent pixels of a bitmap are as they were stored', async () => {
    const found = await opened.page.evaluate(async () => {
      const rgba = new ImageData(new Uint8ClampedArray([200, 100, 50, 3, 10, 20, 30, 0]), 2, 1)
      const bitmap = await createImageBitmap(rgba, { premultiplyAlpha: 'none' })
      return [[...(await library.rgbImageFrom(bitmap)).data], [...(await library.rgbImageFrom(rgba)).data]]
    })
    expect(found).toEqual([
      [200, 100, 50, 10, 20, 30],
      [200, 100, 50, 10, 20, 30],
    ])
  })

  test('an image that is not loaded is an error that says so', async () => {
    const error = await opened.page.evaluate(() =>
      library
        .rgbImageFrom(document.createElement('img'))
        .catch((error) => ({ code: error.code, option: error.facts.option })),
    )
    expect(error).toMatchObject({ code: 'data/unreadable' })
  })

  test('a camera gives square, mirrored images at their pace until the button is released', async () => {
    const { shapes, colours, milliseconds } = await opened.page.evaluate(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 40 })
      const context = canvas.getContext('2d')!
      const draw = () => {
        context.fillStyle = 'red'
        context.fillRect(0, 0, 30, 40)
        context.fillStyle = 'blue'
        context.fillRect(30, 0, 30, 40)
      }
      const timer = setInterval(draw, 20)
      const released = new AbortController()
      const images = []
      const start = performance.now()
      for await (const image of library.cameraFrames(canvas.captureStream(), {
        every: 60,
        square: true,
        mirror: true,
        signal: released.signal,
      }))
        if (images.push(image) === 4) released.abort()
      clearInterval(timer)
      return {
        milliseconds: performance.now() - start,
        shapes: images.map(({ shape }) => `${shape}`),
        colours: images.map((image) => [
          image.get(20, 5, 0) > 128,
          image.get(20, 5, 2) > 128,
          image.get(20, 35, 0) > 128,
        ]),
      }
    })
    expect(shapes).toEqual(Array(4).fill('40,40,3'))
    expect(colours).toEqual(Array(4).fill([false, true, true]))
    expect(milliseconds).toBeGreaterThan(3 * 60)
  })

  test('the images of a video end where it does, and those of a stream when its tracks stop', async () => {
    const counts = await opened.page.evaluate(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
      const stream = canvas.captureStream(30)
      const context = canvas.getContext('2d')!
      const timer = setInterval(() => context.fillRect(0, 0, 8, 8), 20)
      let count = 0
      for await (const _ of library.cameraFrames(stream, { every: 0 })) if (++count === 3) stream.getTracks()[0]!.stop()
      clearInterval(timer)
      return count
    })
    expect(counts).toBeGreaterThanOrEqual(3)
  })
})
