import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import type { Page } from 'playwright'
import { launchChromium } from './browser.js'
import { type Handler, serve } from './fileServer.js'

const root = new URL('../../', import.meta.url).pathname
const RUNTIME = ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'] as const
const RUNTIME_PATH = `/${RUNTIME[0]}`

/** What a page that `openWebPage` opens can call: `globalThis.library`, with helpers for bytes in messages. */
export type PageLibrary = typeof import('../../src/index.js') &
  typeof import('../../src/web.js') & {
    fromBase64(text: string): Uint8Array<ArrayBuffer>
    toBase64(bytes: ArrayLike<number>): string
  }

/** Bytes as text, for a page: its arguments travel as JSON. */
export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** The text of such a page's module. */
const ENTRY = `
import * as portable from './dist/index.js'
import * as web from './dist/web.js'
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
globalThis.library = { ...portable, ...web, fromBase64, toBase64 }
`

/**
 * Opens Chromium on an empty page that has the built library, bundled as a page would have it.
 *
 * @param files further files that the page and its workers can fetch, by path
 */
export async function openWebPage(files: Readonly<Record<string, Handler>> = {}) {
  const server = await serve({ ...(await bundled()), ...(await runtimeFiles()), ...files })
  const browser = await launchChromium()
  const page = await browser.newPage()
  const failures: Error[] = []
  page.on('pageerror', (error) => failures.push(error))
  await page.goto(`${server.url}/`)
  await page.waitForFunction('globalThis.library').catch((error) => {
    throw failures[0] ?? error
  })
  const close = async () => {
    await browser.close()
    await server.close()
  }
  return { page, close, [Symbol.asyncDispose]: close } satisfies {
    page: Page
    close(): Promise<void>
  } & AsyncDisposable
}

/** Bundles the page's module and the script of its workers beside it, which is where they are looked for. */
async function bundled(): Promise<Record<string, Handler>> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root, sourcefile: 'page.js' },
    ...common,
    outfile: join(root, 'page.js'),
  })
  const workers = await build({
    entryPoints: [{ in: join(root, 'dist/worker.web.js'), out: 'finetune.worker' }],
    ...common,
    outdir: root,
  })
  const scripts = [...outputFiles, ...workers.outputFiles].map(
    ({ path, contents }) => [`/${path.slice(root.length)}`, answer('text/javascript', contents)] as const,
  )
  const html = new TextEncoder().encode('<!doctype html><script type="module" src="/page.js"></script>')
  return { '/': answer('text/html', html), ...Object.fromEntries(scripts) }
}

const common: BuildOptions & { readonly write: false } = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  // Else the paths for tests replace the package's own imports.
  tsconfigRaw: {},
  // What a page never imports.
  external: ['jimp', 'onnxruntime-node', 'sharp', RUNTIME_PATH],
  alias: { 'onnxruntime-web/wasm': RUNTIME_PATH, 'onnxruntime-web/webgpu': RUNTIME_PATH },
}

async function runtimeFiles(): Promise<Record<string, Handler>> {
  const entries = RUNTIME.map(async (name) => {
    const bytes = await readFile(join(root, 'node_modules/onnxruntime-web/dist', name))
    return [`/${name}`, answer(name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', bytes)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Answers with bytes. The page is isolated from others, as one needs that computes with several threads. */
export const answer =
  (type: string, bytes: Uint8Array): Handler =>
  (_, response) => {
    response.writeHead(200, {
      'content-type': type,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    response.end(bytes)
  }
