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

    const picture = new Uint8Array(await readFile(join(directory, 'lunch.jpg')))
    const { status, body } = await ask('POST', '/classify', picture)
    expect(status).toBe(200)
    expect(['hotdog', 'not-hotdog']).toContain(body.label)
    expect(await ask('POST', '/classify', 'no picture')).toMatchObject({ status: 400 })
  }, 60_000)

  test('a run can be ended; the classifier stays', async () => {
    expect((await ask('POST', '/train', { folder: 'photos', epochs: 100 })).status).toBe(202)
    expect((await ask('DELETE', '/train')).status).toBe(200)
    expect(await ask('GET', '/status')).toMatchObject({
      body: { training: false, last: { type: 'stopped' }, classes: ['hotdog', 'not-hotdog'] },
    })
  })
})
