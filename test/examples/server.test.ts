import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadBackbone } from 'onnx-finetune'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../examples/server/createApp.js'
import { Trainer } from '../../examples/server/Trainer.js'
import { png, pngHeader } from '../data/decode/crafted.js'
import { tinyFiles } from '../docs/support/tinyFiles.js'

describe('the server', () => {
  let directory: string
  let server: Server
  let at: string
  const trainer = new Trainer(() => loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 }))
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'server-'))
    await tinyFiles(directory)
    server = createApp(trainer, directory).listen(0, '127.0.0.1')
    await once(server, 'listening')
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    await trainer.stop()
    server.close()
    server.closeAllConnections()
    await trainer.classifier?.release()
    await rm(directory, { recursive: true })
  })

  const ask = async (method: string, path: string, body?: object | string | Uint8Array<ArrayBuffer>) => {
    const isJson = typeof body === 'object' && !(body instanceof Uint8Array)
    const response = await fetch(at + path, { method, body: isJson ? JSON.stringify(body) : (body ?? null) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  /** Event names, until one of these. */
  async function heard(...last: string[]): Promise<string[]> {
    const names: string[] = []
    const { body } = await fetch(`${at}/events`)
    for await (const text of body!.pipeThrough(new TextDecoderStream()))
      for (const [, name] of text.matchAll(/^event: (.*)$/gm)) {
        names.push(name!)
        if (last.includes(name!)) return names
      }
    return names
  }

  test.each([
    ['{', 'must be JSON'],
    [{}, 'folder'],
    [{ folder: '../secret' }, 'the name of a folder'],
    [{ folder: '..' }, 'the name of a folder'],
    [{ folder: 'photos', epochs: 0 }, 'epochs'],
    [{ folder: 'photos', epoch: 1 }, 'epoch'],
  ])('refuses %j', async (body, said) => {
    const { status, body: reply } = await ask('POST', '/train', body)
    expect(status).toBe(400)
    expect(reply.error).toContain(said)
  })

  test('says what there is, and that there is no classifier yet', async () => {
    expect(await ask('GET', '/nothing')).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching('/train') },
    })
    expect(await ask('POST', '/classify', new Uint8Array(3))).toMatchObject({ status: 503 })
    expect(await ask('GET', '/status')).toEqual({ status: 200, body: { training: false, classes: null } })
  })

  test('a folder that is not there is told by an event', async () => {
    expect((await ask('POST', '/train', { folder: 'nowhere' })).status).toBe(202)
    expect(await heard('failed', 'ready')).toContain('failed')
    expect((await ask('GET', '/status')).body.last).toMatchObject({ type: 'failed', code: 'dataset/no-directory' })
  })

  test('trains one at a time, tells how it goes, and classifies', async () => {
    expect((await ask('POST', '/train', { folder: 'photos', epochs: 2, batchSize: 4 })).status).toBe(202)
    expect((await ask('POST', '/train', { folder: 'photos' })).status).toBe(409)
    const events = await heard('ready', 'failed')
    expect(events.filter((name) => name === 'epoch')).toHaveLength(2)
    expect(events.at(-1)).toBe('ready')

    const image = new Uint8Array(await readFile(join(directory, 'lunch.jpg')))
    const { status, body } = await ask('POST', '/classify', image)
    expect(status).toBe(200)
    expect(['hotdog', 'not-hotdog']).toContain(body.label)
    expect(await ask('POST', '/classify', 'no image')).toMatchObject({ status: 400 })
  }, 60_000)

  test.each<[string, () => Uint8Array<ArrayBuffer>, number, RegExp]>([
    ['an empty body', () => new Uint8Array(0), 400, /it is empty/],
    ['text', () => new TextEncoder().encode('no image'), 400, /in no known image format/],
    [
      'an image cut off',
      () => new Uint8Array(png(pngHeader(9, 9), new Uint8Array(252)).subarray(0, -5)),
      400,
      /ends before/,
    ],
    [
      'an image of too many pixels',
      () => new Uint8Array(png(pngHeader(9000, 8000), new Uint8Array(9))),
      413,
      /^The image has 9000 x 8000 pixels, more than 50000000$/,
    ],
    [
      'an image with two headers',
      () => new Uint8Array(png(pngHeader(1, 1), new Uint8Array(4), pngHeader(9, 9))),
      400,
      /two headers/,
    ],
    ['a body of 21 MB', () => new Uint8Array(21 * 2 ** 20), 413, /^The body may have 20971520 bytes$/],
  ])('%s is refused in words', async (_, body, status, said) => {
    const reply = await ask('POST', '/classify', body())
    expect(reply).toEqual({ status, body: { error: expect.stringMatching(said) } })
  })

  test('a plan that is too long is refused in words, and so is one that is no text', async () => {
    expect(await ask('POST', '/train', ' '.repeat(2_000_000))).toMatchObject({ status: 413 })
    expect(await ask('POST', '/train', new Uint8Array(9).fill(255))).toMatchObject({ status: 400 })
  })

  test('requests in flight when the classifier changes have their answers', { timeout: 120_000 }, async () => {
    const image = new Uint8Array(await readFile(join(directory, 'lunch.jpg')))
    const before = trainer.classifier
    expect((await ask('POST', '/train', { folder: 'photos', epochs: 1, batchSize: 4 })).status).toBe(202)
    const statuses: number[] = []
    while (trainer.isTraining) {
      const replies = await Promise.all(Array.from({ length: 8 }, () => ask('POST', '/classify', image)))
      statuses.push(...replies.map(({ status }) => status))
    }
    expect(trainer.classifier).not.toBe(before)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  test('a run can be ended; the classifier stays', async () => {
    expect((await ask('POST', '/train', { folder: 'photos', epochs: 100 })).status).toBe(202)
    expect((await ask('DELETE', '/train')).status).toBe(200)
    expect(await ask('GET', '/status')).toMatchObject({
      body: { training: false, last: { type: 'stopped' }, classes: ['hotdog', 'not-hotdog'] },
    })
  })
})
