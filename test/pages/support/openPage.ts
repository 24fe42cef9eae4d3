import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser, Page } from 'playwright'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** A static server of a folder, as simple as one can be. */
export async function serveFolder(folder: string): Promise<{ readonly url: string; close(): void }> {
  const server: Server = createServer(async ({ url }, response) => {
    const path = new URL(url!, 'http://page').pathname
    const file = path === '/' ? '/index.html' : path
    const bytes = await readFile(join(folder, file)).catch(() => undefined)
    if (!bytes) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}

/** Opens a page, and returns what it leaves in `globalThis.answer`. Whatever it complains of is thrown. */
export async function answerOf(browser: Browser, url: string): Promise<unknown> {
  const page: Page = await browser.newPage()
  try {
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject))
    await page.goto(url)
    const answered = page.waitForFunction('globalThis.answer', undefined, { timeout: 0 })
    await Promise.race([answered, failed])
    return await page.evaluate('globalThis.answer')
  } finally {
    await page.close()
  }
}
