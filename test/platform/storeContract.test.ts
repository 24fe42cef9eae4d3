import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/platform/node/fileStore.js'
import { chromiumPath, launchChromium, noChromium } from '../support/browser.js'
import { type FileServer, serve } from '../support/fileServer.js'
import { CONTRACT, observeStore } from './support/storeContract.js'

test("Node's store of files keeps the contract", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-store-'))
  try {
    expect(await observeStore((name) => openStore(join(directory, name)))).toEqual(CONTRACT)
  } finally {
    await rm(directory, { recursive: true })
  }
})

const CODE = `
import { observeStore } from './test/platform/support/storeContract.ts'
import { openCacheStore } from './src/platform/web/cacheStore.ts'
import { openStore } from './src/platform/web/webStore.ts'
import { diskProblem } from './src/platform/diskProblem.ts'
Object.assign(globalThis, { observeStore, openCacheStore, openStore, diskProblem })
`

describe.skipIf(chromiumPath === undefined)(`in a page (or ${noChromium})`, () => {
  let browser: Browser
  let server: FileServer
  let page: Page
  beforeAll(async () => {
    const stdin = { contents: CODE, resolveDir: process.cwd() }
    const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false })
    server = await serve({
      '/': (_, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<script type="module" src="code.js"></script>'),
      '/code.js': (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputFiles[0]!.text),
    })
    browser = await launchChromium()
    page = await browser.newPage()
    await page.goto(server.url)
    await page.waitForFunction('globalThis.openStore')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('the origin private file system keeps the contract', async () => {
    expect(await page.evaluate('observeStore(openStore)')).toEqual(CONTRACT)
    expect(await page.evaluate(`openStore('contract/first').read('a').then((bytes) => [...bytes])`)).toEqual([
      4, 5, 6, 7,
    ])
    const names = `navigator.storage.getDirectory().then(async (root) => {
      const folder = await (await root.getDirectoryHandle('contract')).getDirectoryHandle('first')
      return Array.fromAsync(folder.keys())
    })`
    expect((await page.evaluate<string[]>(names)).sort()).toEqual(['a', 'c'])
  })

  test('the Cache API, where there is no such file system, keeps the contract', async () => {
    expect(await page.evaluate('observeStore(openCacheStore)')).toEqual(CONTRACT)
    const without = `(delete FileSystemFileHandle.prototype.move, openStore('contract/first').read('c').then((c) => [...c]))`
    expect(await page.evaluate(without)).toEqual([1, 2, 3])
  })

  test('a file that exceeds the quota is refused with what to do, and leaves what was there', async () => {
    const full = await (await browser.newContext()).newPage()
    await full.goto(server.url)
    await full.waitForFunction('globalThis.openStore')
    const devtools = await full.context().newCDPSession(full)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 100_000 })
    const write = `(async () => {
      const store = openStore('small')
      await store.write('a', [Uint8Array.of(1)])
      const problem = await store.write('a', [new Uint8Array(1_000_000)]).then(() => 'none', diskProblem)
      return { problem, kept: [...(await store.read('a'))], names: await store.list() }
    })()`
    expect(await full.evaluate(write)).toEqual({
      problem: expect.stringMatching(/no more space: keep fewer checkpoints/),
      kept: [1],
      names: ['a'],
    })
    await full.context().close()
  })
})
