import { createHash } from 'node:crypto'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, launchChromium, noChromium } from '../support/browser.js'
import { cutOff, type FileServer, honest, serve } from '../support/fileServer.js'

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251)
const sha256 = createHash('sha256').update(FILE).digest('hex')
const CODE = `
import { openStore } from '#platform'
import { downloadFile } from './src/io/download/downloadFile.ts'
globalThis.events = []
globalThis.download = async (path) => {
  const remote = { file: path, urls: [location.origin + '/' + path], sha256: '${sha256}' }
  const { bytes } = await downloadFile('the weights', [remote], { onProgress: (event) => events.push(event) })
  return bytes.length
}
Object.assign(globalThis, { openStore })
`

describe.skipIf(chromiumPath === undefined)(`weights in a page (or ${noChromium})`, () => {
  let browser: Browser
  let server: FileServer
  let page: Page
  beforeAll(async () => {
    const stdin = { contents: CODE, resolveDir: process.cwd() }
    const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false, tsconfigRaw: '{}' })
    server = await serve({
      '/': (_, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<script type="module" src="/code.js"></script>'),
      '/code.js': (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputFiles[0]!.text),
      '/whole': honest(FILE),
      '/broken-off': cutOff(FILE, 100_000, 2),
    })
    browser = await launchChromium()
    page = await browser.newPage()
    await open()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function open(): Promise<void> {
    await page.goto(server.url)
    await page.waitForFunction('globalThis.download')
  }
  const asked = (path: string) => server.requests.filter((request) => request.path === path)

  test('are downloaded once, with progress, and come from the cache after a reload', async () => {
    expect(await page.evaluate(`download('whole')`)).toBe(FILE.length)
    const last = await page.evaluate(`events.filter(({ type }) => type === 'download').at(-1)`)
    expect(last).toMatchObject({ received: FILE.length, total: FILE.length })
    await open()
    expect(await page.evaluate(`download('whole')`)).toBe(FILE.length)
    expect(await page.evaluate('events')).toEqual([])
    expect(asked('/whole')).toHaveLength(1)
  })

  test('are fetched anew when those in the cache were damaged', async () => {
    await page.evaluate(`openStore().write('whole', [new Uint8Array(${FILE.length})])`)
    expect(await page.evaluate(`download('whole')`)).toBe(FILE.length)
    expect(asked('/whole')).toHaveLength(2)
    const kept = await page.evaluate<number[]>(`openStore().read('whole').then((bytes) => [...bytes.slice(0, 3)])`)
    expect(kept).toEqual([...FILE.slice(0, 3)])
  })

  test('go on where the connection broke off', async () => {
    expect(await page.evaluate(`download('broken-off')`)).toBe(FILE.length)
    const ranges = asked('/broken-off').map(({ range }) => range)
    expect(ranges[0]).toBeUndefined()
    expect(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? ''))).toBe(true)
  })
})
