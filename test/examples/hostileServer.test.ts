import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportClassifier, loadBackbone, loadClassifier, replaceHead } from 'onnx-finetune'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../examples/server/createApp.js'
import { Trainer } from '../../examples/server/Trainer.js'
import { png } from '../data/support.js'

const limits = {
  ...{ imageBytes: 50_000, jobs: 1, waiting: 1, listeners: 2, connections: 20 },
  ...{ headersTime: 400, bodyTime: 400, idleTime: 1500 },
}
const trainer = new Trainer(() => loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 }))
let directory: string
let server: Server
let port: number
let image: Buffer

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostile-'))
  await writeFile(join(directory, 'secret'), 'a secret')
  image = Buffer.from(await png(20, 20))
  const backbone = await loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 })
  const model = replaceHead(backbone, { classes: ['a', 'b'] })
  trainer.classifier = await loadClassifier(await exportClassifier(model))
  server = createApp(trainer, directory, limits).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await trainer.classifier?.release()
  await rm(directory, { recursive: true })
})

interface Talk {
  readonly socket: Socket
  /** All that came back, once the server has closed the connection. */
  readonly reply: Promise<string>
}

function talk(...texts: readonly (string | Uint8Array)[]): Talk {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (bytes) => {
    said += bytes
  })
  socket.on('error', () => {})
  for (const text of texts) socket.write(text)
  return { socket, reply: once(socket, 'close').then(() => said) }
}

const head = (line: string, ...fields: readonly string[]): string =>
  `${[`${line} HTTP/1.1`, `host: localhost:${port}`, ...fields].join('\r\n')}\r\n\r\n`
const classify = (...fields: readonly string[]) => head('POST /classify', ...fields)
const statusOf = (reply: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1])
const whole = (): Talk => talk(classify(`content-length: ${image.length}`, 'connection: close'), image)

test('one image is classified', async () => {
  expect(statusOf(await whole().reply)).toBe(200)
})

test('headers that never end are not waited for', async () => {
  const { socket, reply } = talk('POST /classify HTTP/1.1\r\nhost: localhost\r\n')
  const drip = setInterval(() => socket.write('x-a: b\r\n'), 50)
  expect(statusOf(await reply)).toBe(408)
  clearInterval(drip)
})

test('a body that never ends is not waited for, and its place is free again', async () => {
  const { socket, reply } = talk(classify('content-length: 40000'))
  const drip = setInterval(() => socket.write('.'), 50)
  expect(statusOf(await reply)).toBe(408)
  clearInterval(drip)
  expect(statusOf(await whole().reply)).toBe(200)
})

test('chunks without end are cut off', async () => {
  const { socket, reply } = talk(classify('transfer-encoding: chunked'))
  const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`
  const flood = setInterval(() => socket.write(chunk), 1)
  expect(statusOf(await reply)).toBe(413)
  clearInterval(flood)
})

test.each<[string, () => string[], number]>([
  ['a body longer than it says', () => [classify('content-length: 3', 'connection: close'), 'abcdefgh'], 400],
  ['two lengths', () => [classify('content-length: 3', 'content-length: 4'), 'abcd'], 400],
  ['a length and chunks', () => [classify('content-length: 3', 'transfer-encoding: chunked'), 'abc'], 400],
  ['a negative length', () => [classify('content-length: -1')], 400],
  ['headers of a megabyte', () => [`GET /status HTTP/1.1\r\nx: ${'x'.repeat(2 ** 20)}\r\n\r\n`], 431],
  ['no HTTP at all', () => ['\u0016\u0003\u0001\u0000\r\n\r\n'], 400],
  ['a compressed body', () => [classify('content-encoding: gzip', 'content-length: 2'), 'ab'], 415],
  ['another method', () => [head('PUT /classify', 'connection: close')], 405],
  ['a method of objects', () => [head('GET /constructor', 'connection: close')], 404],
  ['a way up', () => [head('GET /../secret', 'connection: close')], 404],
  ['an encoded way up', () => [head('GET /%2e%2e%2fsecret', 'connection: close')], 404],
  ['a whole address', () => [head('GET http://elsewhere/secret', 'connection: close')], 404],
  ['another name', () => ['GET /status HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n'], 403],
  ['a page of another', () => [head('POST /train', 'origin: https://evil.example', 'content-length: 2'), '{}'], 403],
  ['a page of this server', () => [head('GET /status', `origin: http://localhost:${port}`, 'connection: close')], 200],
  ['a query', () => [head('GET /status?a=%0d%0ax:y', 'connection: close')], 200],
])('%s is answered', async (_, texts, status) => {
  const reply = await talk(...texts()).reply
  expect(statusOf(reply)).toBe(status)
  expect(reply).not.toContain('secret"')
  expect(reply).not.toMatch(/^x:/m)
})

test('a method that is not taken is told which are', async () => {
  expect(await talk(head('GET /train', 'connection: close')).reply).toMatch(/^allow: POST, DELETE$/im)
})

test.each(['..', 'a/b', 'a\\b', 'C:', '.hidden', '', 'a\u0000'])('%j is no folder of images', async (folder) => {
  const body = JSON.stringify({ folder })
  const reply = await talk(head('POST /train', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'), body)
    .reply
  expect(statusOf(reply)).toBe(400)
  expect(trainer.isTraining).toBe(false)
})

test('keys of prototypes in a plan are unknown options', async () => {
  const body = '{"folder": "a", "__proto__": {"epochs": 1}, "constructor": {}}'
  const reply = await talk(head('POST /train', `content-length: ${body.length}`, 'connection: close'), body).reply
  expect(statusOf(reply)).toBe(400)
})

test('more requests than there are places are sent away, and told when to come again', async () => {
  const slow = [talk(classify('content-length: 9')), talk(classify('content-length: 9'))]
  await sleep(50)
  const reply = await whole().reply
  expect(statusOf(reply)).toBe(503)
  expect(reply).toMatch(/^retry-after: \d+$/im)
  for (const one of slow) expect(statusOf(await one.reply)).toBe(408)
  expect(statusOf(await whole().reply)).toBe(200)
})

test('who goes away gives up its place, also while it waits', async () => {
  const first = talk(classify('content-length: 9'))
  const second = talk(classify('content-length: 9'))
  await sleep(50)
  second.socket.destroy()
  first.socket.destroy()
  await sleep(50)
  expect(statusOf(await whole().reply)).toBe(200)
})

test('listeners are counted, hear that the server is there, and are dropped when they do not read', async () => {
  const listening = [talk(head('GET /events')), talk(head('GET /events'))]
  await sleep(100)
  expect(statusOf(await talk(head('GET /events', 'connection: close')).reply)).toBe(503)
  listening[0]!.socket.pause()
  const event = { type: 'failed', code: 'x'.repeat(2 ** 20), message: '' } as const
  for (let i = 0; i < 40 && trainer.listenerCount('event') === 2; i++) {
    trainer.emit('event', event)
    await sleep(5)
  }
  expect(trainer.listenerCount('event')).toBeLessThan(2)
  for (const { socket } of listening) socket.destroy()
})

test('a listener who goes away is forgotten, and one who reads hears events of any size', async () => {
  const event = { type: 'failed', code: 'x'.repeat(3 * 2 ** 20), message: '' } as const
  const { socket } = talk(head('GET /events'))
  let heard = 0
  socket.on('data', (bytes) => {
    heard += bytes.length
  })
  await sleep(100)
  for (let i = 0; i < 3; i++) {
    trainer.emit('event', event)
    await sleep(100)
  }
  expect(heard).toBeGreaterThan(3 * event.code.length)
  expect(trainer.listenerCount('event')).toBe(1)
  socket.destroy()
  await sleep(100)
  expect(trainer.listenerCount('event')).toBe(0)
})

test('a connection on which nothing moves is closed', async () => {
  const begun = performance.now()
  await talk().reply
  expect(performance.now() - begun).toBeLessThan(10_000)
})
